"""An end to every exchange, however slowly the other side drips."""

import socket
import threading
from types import TracebackType
from typing import Self


class Deadline:
    """Cuts the connection it watches when the time is over.

    A socket's own timeout begins anew with each byte that comes, so a server that sends one now and then would hold a
    worker for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def watch(self, connection: socket.socket) -> None:
        """From now on this is what is cut; at once where the time is over already."""
        with self._lock:
            self._socket = connection
            if self._is_over:
                _shut(connection)

    def _cut(self) -> None:
        with self._lock:
            self._is_over = True
            if self._socket:
                _shut(self._socket)


def _shut(connection: socket.socket) -> None:
    # The plain socket's own method: that of a TLS socket takes the encryption away under a thread that reads.
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        # It is closed already, which is what is wanted.
        return
