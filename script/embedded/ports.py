"""Free loopback ports that stay the same from start to start."""

import random
import socket
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.memory import Memory

LOWEST_PORT = 15_000
EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return not accepts(port)


def accepts(port: int) -> bool:
    """Whether something listens on this loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def free_port() -> int:
    """A free port below the range from which the kernel takes ports for outgoing connections.

    A remembered port inside that range could be taken by any client at the moment its server restarts.

    Raises:
        EmbeddedError: A thousand random ports were all taken.
    """
    choose = random.SystemRandom().randrange
    for _ in range(1_000):
        port = choose(LOWEST_PORT, _lowest_ephemeral_port())
        if is_free(port):
            return port
    raise EmbeddedError("No free loopback port was found: stop some servers of this machine.")


def remembered_port(memory: Memory, key: str) -> int:
    """The port stored under a key; another one, stored instead, when a stranger has taken it meanwhile."""
    stored = memory.get(key)
    if stored is not None and is_free(int(stored)):
        return int(stored)
    port = free_port()
    memory.put(key, str(port))
    return port


def _lowest_ephemeral_port() -> int:
    if not EPHEMERAL_RANGE.exists():
        return 32_768
    lowest = int(EPHEMERAL_RANGE.read_text().split()[0])
    return lowest if lowest > LOWEST_PORT + 1_000 else 32_768
