"""The running system under a benchmark: real servers, real processes, all of them ours to start, watch and kill."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.report import ROOT
from embedded.services import NAMES, Services

CELERY = ["-m", "celery", "-A", "equilibrate_site"]


class Stack:
    """Servers in a directory of their own, and Equilibrate's processes beside them.

    Args:
        directory: Emptied first, removed at the end.
        settings: Environment variables for every process.
        servers: Which servers are needed.
        is_kept: Whether the directory's data are used as they are found, and left behind.
    """

    def __init__(
        self,
        directory: Path,
        *,
        settings: dict[str, str] | None = None,
        servers: Iterable[str] = NAMES,
        is_kept: bool = False,
    ) -> None:
        self.directory = directory
        self.is_kept = is_kept
        if not is_kept:
            shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True, exist_ok=True)
        self.services = Services(directory, environ={}, names=servers)
        self.settings = settings or {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment: dict[str, str] = {}
        self.peaks_mb: dict[str, float] = {}

    def __enter__(self) -> Self:
        os.environ.setdefault("EMBEDDED_SHARED_BUFFERS", "4GB")
        os.environ.setdefault("EMBEDDED_MAX_WAL_SIZE", "16GB")
        os.environ.setdefault("EMBEDDED_CACHE_MAXMEMORY", "3gb")
        self.services.start()
        self.environment = {
            **os.environ,
            **self.services.environment(),
            "SECRET_KEY": "only-for-this-run-" + "0" * 40,
            "DJANGO_SETTINGS_MODULE": "equilibrate_site.settings",
            "PYTHONPATH": f"{ROOT / 'script'}{os.pathsep}{ROOT}",
            "LOG_LEVEL": "INFO",  # the consumer says at this level when its reading begins
            "BENCH_DIRECTORY": str(self.directory),
            **self.settings,
        }
        self.manage("migrate", "-v0")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self.processes):
            self.stop(name)
        self.services.stop()
        if error is None and not self.is_kept:
            shutil.rmtree(self.directory, ignore_errors=True)

    def use_django(self) -> None:
        """Make this process a client of the stack, with Django set up."""
        os.environ.update(self.environment)
        import django

        django.setup()

    def manage(self, *arguments: str) -> None:
        """Run one management command to its end."""
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, check=True)

    def start_consumer(self, name: str = "consumer") -> None:
        """Start a consumer."""
        self.start(name, ["manage.py", "consume_transactions"])

    def start_worker(self, name: str = "worker", *, concurrency: int = 1) -> None:
        """Start a Celery worker."""
        self.start(
            name,
            [*CELERY, "worker", "-n", f"{name}@bench", "--concurrency", str(concurrency), "-l", "WARNING"],
        )

    def start_beat(self) -> None:
        """Start Celery's beat."""
        self.start("beat", [*CELERY, "beat", "-s", str(self.directory / "beat"), "-l", "WARNING"])

    def start(self, name: str, arguments: list[str]) -> None:
        """Start one of our processes in a process group of its own; its output goes to a log file."""
        log = (self.directory / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def kill(self, name: str) -> None:
        """SIGKILL a process and its children."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name: str) -> None:
        """Ask a process to stop, and make sure that it does."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def log(self, name: str) -> str:
        """What a process has written so far."""
        return (self.directory / f"{name}.log").read_text(errors="replace")

    def note_peaks(self) -> None:
        """Remember the peak memory of every process, ours and the servers', the largest of each kind."""
        for kind, directory in self._running():
            status = _read(directory / "status")
            peak = next((line for line in status.splitlines() if line.startswith("VmHWM")), None)
            if peak:
                self.peaks_mb[kind] = max(self.peaks_mb.get(kind, 0.0), int(peak.split()[1]) / 1024)

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time used so far by the running processes of each kind."""
        used: dict[str, float] = {}
        for kind, directory in self._running():
            fields = _read(directory / "stat").rpartition(")")[2].split()
            if fields:
                ticks = int(fields[11]) + int(fields[12])
                used[kind] = used.get(kind, 0.0) + ticks / os.sysconf("SC_CLK_TCK")
        return used

    def _running(self) -> Iterator[tuple[str, Path]]:
        for directory in Path("/proc").glob("[0-9]*"):
            if kind := self._kind(_read(directory / "cmdline").replace("\0", " "), directory):
                yield kind, directory

    def _kind(self, command: str, directory: Path) -> str | None:
        """What a process of this stack is; None for any other process."""
        # PostgreSQL's processes write their titles over their environment, but work in the data directory.
        place = (
            _working_directory(directory) if command.startswith("postgres") else _read(directory / "environ")
        )
        if str(self.directory) not in command + place:
            return None
        if "consume_transactions" in command:
            return "consumer"
        if "celery" in command and " worker " in command:
            return "worker"
        kinds = {"kafka.Kafka": "kafka", "postgres": "postgresql", "valkey": "valkey"}
        return next((kind for mark, kind in kinds.items() if mark in command), None)


def _read(path: Path) -> str:
    """A file of a process; empty when the process has ended meanwhile."""
    try:
        return path.read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def _working_directory(directory: Path) -> str:
    try:
        return os.readlink(directory / "cwd")
    except OSError:
        return ""


def wait_until(
    condition: Callable[[], bool], *, timeout_seconds: float, what: str, every_seconds: float = 0.05
) -> None:
    """Wait for a condition.

    Raises:
        TimeoutError: it did not come true in time.
    """
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_seconds:.0f} s for {what}")
        time.sleep(every_seconds)
