"""Equilibrate's own processes, as a supervisor runs them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded.processes import wait_until

CHECKOUT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 60.0
MANAGE = (sys.executable, "manage.py")
CELERY = (sys.executable, "-m", "celery", "-A", "equilibrate_site")


class Program:
    """One process in a group of its own; it ends with the block, and whoever it started with it."""

    def __init__(self, *command: str, environment: Mapping[str, str], output: Path) -> None:
        self._output = output
        with output.open("ab") as file:
            self._process = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env=dict(environment),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.kill()

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds, while the process lives."""
        assert wait_until(lambda: self._process.poll() is not None or condition(), PATIENCE_SECONDS), (
            self.said()
        )
        assert self._process.poll() is None, self.said()

    def stop(self) -> int:
        """Ask it to end with SIGTERM; returns its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """End it with SIGKILL, its children too, which would outlive it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE_SECONDS)

    def said(self) -> str:
        """What it has written so far."""
        return self._output.read_text(errors="replace")[-4_000:]
