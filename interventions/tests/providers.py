"""Providers on this machine that fail as they are told to, and remember every byte they were sent."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs

Behaviour = Callable[["Conversation"], None]


@dataclass
class Request:
    """One request that arrived whole."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The form's fields."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Conversation:
    """One connection, as a behaviour sees it."""

    connection: socket.socket
    requests: list[Request]
    stopped: threading.Event

    def read(self) -> None:
        """The whole request."""
        file = self.connection.makefile("rb")
        line = file.readline().decode().strip()
        if not line:
            raise ConnectionAbortedError
        head = b"".join(iter(file.readline, b"\r\n"))
        headers = dict(BytesHeaderParser().parsebytes(head).items())
        body = file.read(int(headers.get("Content-Length", 0)))
        self.requests.append(Request(line, headers, body))

    def say(self, raw: bytes) -> None:
        """Exactly these bytes."""
        self.connection.sendall(raw)

    def reset(self) -> None:
        """Hang up as if the machine had died."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def hang(self) -> None:
        """Say nothing until the test is over."""
        self.stopped.wait(20)

    def drip(self, raw: bytes) -> None:
        """One byte now and then, always within the other side's patience with a single one."""
        for position in range(len(raw)):
            if self.stopped.wait(0.05):
                return
            self.connection.sendall(raw[position : position + 1])


@dataclass
class RawServer:
    """Accepts connections and treats each as the behaviour says."""

    behaviour: Behaviour
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        # Closing alone would leave the thread in `accept`.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(20)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=[connection], daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.behaviour(Conversation(connection, self.requests, self._stopped))
            except OSError:
                return


@contextmanager
def closed_port() -> Iterator[int]:
    """A port of this machine at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def answering(raw: bytes) -> Behaviour:
    """Read the request and answer with these bytes."""

    def behave(conversation: Conversation) -> None:
        conversation.read()
        conversation.say(raw)

    return behave


def json_answer(status: int, body: str, *headers: str) -> bytes:
    """An answer in HTTP."""
    content = body.encode()
    lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(content)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content
