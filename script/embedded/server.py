"""One supervised server: start, readiness, kill, ordered stop, recovery from a crash."""

import signal
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from embedded.errors import ServerFailedError
from embedded.memory import Memory
from embedded.processes import Command, ProcessIdentity, Spawner, tail, wait_until

Report = Callable[[str], None]
RESTART_PAUSES_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0)
STEADY_AFTER_SECONDS = 60.0


class Server(ABC):
    """A server with its own folder, pid file, log and remembered facts.

    `start`, `kill`, `stop` and `restart_if_dead` may be called from any thread; they wait for each other.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    start_timeout_seconds: ClassVar[float] = 60.0
    stop_timeout_seconds: ClassVar[float] = 30.0

    def __init__(self, *, directory: Path, spawner: Spawner, report: Report) -> None:
        self.directory = directory.resolve() / self.name
        self.log_path = self.directory / "server.log"
        self._pid_path = self.directory / "pid"
        self._memory = Memory(self.directory / "memory.json")
        self._spawner = spawner
        self._report = report
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_wanted = False
        self._failures = 0
        self._started_monotonic_seconds = 0.0

    @abstractmethod
    def prepare(self) -> None:
        """Make what the server needs before it can start; changes nothing when it is there already."""

    @abstractmethod
    def command(self) -> Command:
        """The command line of the server."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server answers a real request now."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The variables by which programs find the server."""

    def provision(self) -> None:
        """What must be in the running server before anybody uses it (roles, databases)."""
        return

    @property
    def pid(self) -> int | None:
        """The id of the server's process while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start the server and return when it answers; a running one is left alone.

        Raises:
            ServerFailedError: It died or did not answer in time; the message shows the end of its log.
        """
        with self._lock:
            if self.pid is None:
                self.end_leftover()
                self.directory.mkdir(parents=True, exist_ok=True)
                self.prepare()
                self._start_prepared()
            self._is_wanted = True

    def kill(self) -> None:
        """End the server with SIGKILL and leave it dead until `start` is called."""
        with self._lock:
            self._is_wanted = False
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    def stop(self) -> None:
        """Stop the server in its orderly way, by force after the time limit."""
        with self._lock:
            self._is_wanted = False
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(self.stop_signal)
                try:
                    self._process.wait(self.stop_timeout_seconds)
                except subprocess.TimeoutExpired:
                    self._report(
                        f"{self.title} did not stop in {self.stop_timeout_seconds:.0f} s and is killed."
                    )
                    self._process.kill()
                    self._process.wait()
            self._pid_path.unlink(missing_ok=True)
            self._process = None

    def restart_if_dead(self) -> None:
        """Start the server again when it has died though nobody asked it to."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._is_wanted and self.pid is None:
                self._restart()
        finally:
            self._lock.release()

    def _restart(self) -> None:
        if time.monotonic() - self._started_monotonic_seconds > STEADY_AFTER_SECONDS:
            self._failures = 0
        pause_seconds = RESTART_PAUSES_SECONDS[min(self._failures, len(RESTART_PAUSES_SECONDS) - 1)]
        self._failures += 1
        self._report(f"{self.title} died ({self._how_it_ended()}) and is started again.")
        time.sleep(pause_seconds)
        try:
            self.start()
        except ServerFailedError as error:
            self._report(str(error))

    def _how_it_ended(self) -> str:
        code = self._process.returncode if self._process is not None else None
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    def _start_prepared(self) -> None:
        self._process = self._spawner.spawn(self.command(), self.log_path)
        self._started_monotonic_seconds = time.monotonic()
        identity = ProcessIdentity.of(self._process.pid)
        if identity is not None:
            identity.write(self._pid_path)
        self._wait_until_ready(self._process)
        self.provision()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        wait_until(lambda: process.poll() is not None or self.is_ready(), self.start_timeout_seconds)
        if process.poll() is not None:
            raise ServerFailedError(
                self.title, f"ended at once with code {process.returncode}", tail(self.log_path)
            )
        if not self.is_ready():
            process.kill()
            process.wait()
            reason = f"did not answer within {self.start_timeout_seconds:.0f} s"
            raise ServerFailedError(self.title, reason, tail(self.log_path))

    def end_leftover(self) -> None:
        """End the process that a killed predecessor left behind; the pid file names it beyond doubt."""
        leftover = ProcessIdentity.read(self._pid_path)
        if leftover is not None and leftover.is_alive():
            self._report(
                f"{self.title} of a run that was killed is still there (process {leftover.pid}): ending it."
            )
            leftover.end(self.stop_signal, self.stop_timeout_seconds)
        self._pid_path.unlink(missing_ok=True)
