"""Starting, recognising and ending the processes of servers.

A process id alone says little after a crash, because ids are reused; a `ProcessIdentity` is the id with the
moment the kernel started it, so that a process is never ended by mistake.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from embedded import launcher
from embedded.accounts import Account

LAUNCHER = Path(launcher.__file__)
LOG_LIMIT_BYTES = 20_000_000
TAIL_BYTES = 4_000


@dataclass(frozen=True, kw_only=True)
class ProcessIdentity:
    """One process for ever: its id and its start in clock ticks since boot."""

    pid: int
    started_ticks: int

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity | None":
        """The process that has this id now, or None when there is none (a zombie counts as none)."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else cls(pid=pid, started_ticks=int(fields[19]))

    @classmethod
    def read(cls, path: Path) -> "ProcessIdentity | None":
        """The process remembered in a pid file, or None when the file is missing or cut short by a crash."""
        try:
            pid, started_ticks = path.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return cls(pid=int(pid), started_ticks=int(started_ticks))

    def write(self, path: Path) -> None:
        path.write_text(f"{self.pid} {self.started_ticks}\n")

    def is_alive(self) -> bool:
        return ProcessIdentity.of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Send a signal if the process is still the same; a process that has just ended is no error."""
        if self.is_alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def end(self, number: signal.Signals, timeout_seconds: float) -> bool:
        """Ask the process to stop, wait, and kill it when it does not.

        Args:
            number: The signal that asks politely.
            timeout_seconds: How long to wait before SIGKILL.

        Returns:
            Whether the process ended without SIGKILL.
        """
        self.send(number)
        if wait_until(lambda: not self.is_alive(), timeout_seconds):
            return True
        self.send(signal.SIGKILL)
        wait_until(lambda: not self.is_alive(), 10)
        return False


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to run and how: as whom, with which environment, and which signal it gets when its parent dies."""

    argv: Sequence[str | Path]
    account: Account = field(default_factory=Account.current)
    environment: Mapping[str, str] = field(default_factory=dict)
    death_signal: signal.Signals = signal.SIGTERM

    def full_argv(self) -> list[str]:
        numbers = (int(self.death_signal), os.getpid(), self.account.launch_uid, self.account.launch_gid)
        return [
            sys.executable,
            "-I",
            "-S",
            str(LAUNCHER),
            *map(str, numbers),
            *map(str, self.argv),
        ]

    def full_environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


def wait_until(condition: Callable[[], bool], timeout_seconds: float, pause_seconds: float = 0.02) -> bool:
    """Poll until the condition holds; returns whether it did in time."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_seconds)
    return True


def run_to_end(command: Command) -> subprocess.CompletedProcess[str]:
    """Run a short command to its end and keep what it printed (both streams together)."""
    return subprocess.run(
        command.full_argv(),
        env=command.full_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def open_log(path: Path) -> int:
    """A descriptor that appends to a log; a long log is put aside first, so that it cannot fill the disk."""
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def tail(path: Path) -> str:
    """The last lines of a log."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return "\n".join(log.read().decode(errors="replace").splitlines()[-25:])


class Spawner:
    """One thread, alive as long as this process, that starts every server.

    The kernel sends the parent-death signal when the *thread* that started a child ends, so a server started
    from a short-lived thread would be stopped with it.
    """

    def __init__(self) -> None:
        self._orders: queue.Queue[tuple[Command, int, Future[subprocess.Popen[bytes]]]] = queue.Queue()
        threading.Thread(target=self._work, name="embedded-spawner", daemon=True).start()

    def spawn(self, command: Command, log_path: Path) -> subprocess.Popen[bytes]:
        """Start a server in a session of its own (a terminal's Ctrl-C does not reach it), with a log."""
        answer: Future[subprocess.Popen[bytes]] = Future()
        log = open_log(log_path)
        try:
            self._orders.put((command, log, answer))
            return answer.result()
        finally:
            os.close(log)

    def _work(self) -> None:
        while True:
            command, log, answer = self._orders.get()
            try:
                answer.set_result(self._popen(command, log))
            except OSError as error:
                answer.set_exception(error)

    @staticmethod
    def _popen(command: Command, log: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command.full_argv(),
            env=command.full_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
