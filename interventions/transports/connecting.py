"""A connection within a time, however many addresses a host has and however slowly it shakes hands."""

import socket
import time


def connect(host: str, port: int, *, seconds: float) -> socket.socket:
    """Connect to the first address that answers; each gets an equal share of what is left of the time.

    Raises:
        OSError: none answered in time, or the name is unknown.
    """
    until = time.monotonic() + seconds
    problem: OSError = TimeoutError("no time was left to connect")
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for tried, (family, kind, protocol, _name, address) in enumerate(found):
        left = until - time.monotonic()
        if left <= 0:
            break
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(left / (len(found) - tried))
            made.connect(address)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            made.close()
            problem = error
        else:
            return made
    raise problem
