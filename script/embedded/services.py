"""All servers of one directory together: started side by side, watched, stopped in order."""

import atexit
import fcntl
import json
import os
import shutil
import sys
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from embedded.errors import DirectoryInUseError, EmbeddedError
from embedded.kafka import Kafka
from embedded.memory import write_private
from embedded.postgresql import ForgetfulPostgreSQL, PostgreSQL
from embedded.processes import Spawner
from embedded.server import Report, Server
from embedded.valkey import Broker, Cache

OwnServer = TypeVar("OwnServer", bound=Server)

NAMES = ("postgresql", "broker", "cache", "kafka")
VARIABLES = {
    "postgresql": ("DATABASE_URL", "DATABASE_OWNER_URL"),
    "broker": ("REDIS_URL",),
    "cache": ("CACHE_URL",),
    "kafka": ("KAFKA_BOOTSTRAP_SERVERS",),
}
# Whoever depends on another is stopped first; clients of all of them are stopped before this list begins.
STOP_ORDER = ("kafka", "cache", "broker", "postgresql")
WATCH_SECONDS = 0.2


def say(message: str) -> None:
    """The default report: one line on standard error."""
    print(message, file=sys.stderr, flush=True)


class Services:
    """The servers of one directory.

    Args:
        directory: Where all data, logs and pid files live; made when missing.
        names: Which servers are wanted (of `NAMES`).
        environ: Where to look for servers that run already; one that is named there is not started.
        report: Told what a person may want to know (a download, a restart).
        is_kept: Whether the database is to outlive a power failure; that of a test run need not.
    """

    def __init__(
        self,
        directory: Path | str,
        *,
        names: Iterable[str] = NAMES,
        environ: Mapping[str, str] | None = None,
        report: Report = say,
        is_kept: bool = True,
    ) -> None:
        self.directory = Path(directory).absolute()
        self._environ = os.environ if environ is None else environ
        self._report = report
        self._names = tuple(names)
        spawner = Spawner()
        own = [name for name in self._names if not self._environ.get(VARIABLES[name][0])]
        kinds: dict[str, type[Server]] = {
            "postgresql": PostgreSQL if is_kept else ForgetfulPostgreSQL,
            "broker": Broker,
            "cache": Cache,
            "kafka": Kafka,
        }
        self._servers = {
            name: kinds[name](directory=self.directory, spawner=spawner, report=report) for name in own
        }
        self._lock_file: int | None = None
        self._watcher: threading.Thread | None = None
        self._is_stopping = threading.Event()

    @property
    def postgresql(self) -> PostgreSQL:
        return self._own("postgresql", PostgreSQL)

    @property
    def broker(self) -> Broker:
        return self._own("broker", Broker)

    @property
    def cache(self) -> Cache:
        return self._own("cache", Cache)

    @property
    def kafka(self) -> Kafka:
        return self._own("kafka", Kafka)

    def start(self) -> None:
        """Start every wanted server that does not run elsewhere; return when all answer.

        Raises:
            DirectoryInUseError: Another process keeps the servers of this directory.
            EmbeddedError: A server could not be started; those that were are stopped again.
        """
        self._take_directory()
        atexit.register(self.stop)
        try:
            with ThreadPoolExecutor(max(1, len(self._servers))) as pool:
                for done in [pool.submit(server.start) for server in self._servers.values()]:
                    done.result()
        except BaseException:
            self.stop()
            raise
        write_private(environment_file(self.directory), json.dumps(self.environment()))
        self._is_stopping.clear()
        self._watcher = threading.Thread(target=self._watch, name="embedded-watcher", daemon=True)
        self._watcher.start()

    def environment(self) -> dict[str, str]:
        """The variables by which programs find the servers, those that run elsewhere included."""
        found: dict[str, str] = {}
        for name in self._names:
            if name in self._servers:
                found |= self._servers[name].environment()
            else:
                found |= {key: self._environ[key] for key in VARIABLES[name] if self._environ.get(key)}
        return found

    def stop(self) -> None:
        """Stop all of our servers in order; calling it again does nothing."""
        self._is_stopping.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None
        for name in STOP_ORDER:
            if name in self._servers:
                self._servers[name].stop()
        self._leave_directory()
        atexit.unregister(self.stop)

    def erase(self) -> None:
        """Remove the directory with all data, ending first what a killed run left behind.

        Raises:
            DirectoryInUseError: Its servers run.
            EmbeddedError: The directory was not made by this package.
        """
        if not self.directory.exists():
            return
        if not (self.directory / "lock").exists() and any(self.directory.iterdir()):
            raise EmbeddedError(f"{self.directory} holds something else and is not removed.")
        self._take_directory()
        for server in self._servers.values():
            server.end_leftover()
        shutil.rmtree(self.directory)
        self._leave_directory()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _own(self, name: str, kind: type[OwnServer]) -> OwnServer:
        server = self._servers.get(name)
        if not isinstance(server, kind):
            raise EmbeddedError(f"No {name} was started here: it was not asked for, or it runs elsewhere.")
        return server

    def _take_directory(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 20).decode().strip()
            os.close(lock)
            raise DirectoryInUseError(self.directory, holder or "(unknown)") from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock_file = lock

    def _leave_directory(self) -> None:
        if self._lock_file is not None:
            environment_file(self.directory).unlink(missing_ok=True)
            os.close(self._lock_file)
            self._lock_file = None

    def _watch(self) -> None:
        while not self._is_stopping.wait(WATCH_SECONDS):
            for server in self._servers.values():
                server.restart_if_dead()


def environment_file(directory: Path) -> Path:
    """Where a running `Services` leaves its variables for other programs of the same user."""
    return directory / "environment.json"
