"""The programs of the running demonstration: honcho starts them, one log takes what they print."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from demonstration.bank import Bank
from embedded import EmbeddedError
from embedded.commands import CHECKOUT
from embedded.processes import Command, open_log, tail, wait_until

PROCFILE = Path(__file__).with_name("Procfile")
ANSWER_WITHIN_SECONDS = 60.0
# honcho kills after 5 seconds what has not stopped; all of it is made to be killed.
STOP_WITHIN_SECONDS = 15.0


class Programs:
    """Web, consumer, worker, beat and simulator, for as long as the `with` block runs."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # No file named so exists: honcho must not read a stranger's .env.
        options = ["--env", "none", "--procfile", str(PROCFILE), "--app-root", str(CHECKOUT), "--no-colour"]
        honcho = [sys.executable, "-m", "honcho", *options, "start"]
        # honcho's own children outlive it when it is killed; keep_running ends with the process named here.
        command = Command(argv=["sh", "-c", 'KEEP_RUNNING_WHILE=$$ exec "$@"', "sh", *honcho])
        with os.fdopen(open_log(self._bank.log_path), "ab") as log:
            self._process = subprocess.Popen(
                command.full_argv(),
                cwd=CHECKOUT,
                env=self._bank.process_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A terminal's Ctrl-C comes to us; we stop the programs first and the servers after them.
                start_new_session=True,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait_until_answering(self) -> None:
        """Return when the login page answers 200.

        Raises:
            EmbeddedError: It did not in time, or the programs ended; the message shows the end of their log.
        """
        page = f"{self._bank.url}accounts/login/"
        wait_until(lambda: self.have_ended() or answers(page), ANSWER_WITHIN_SECONDS, pause_seconds=0.5)
        if self.have_ended() or not answers(page):
            log = self._bank.log_path
            raise EmbeddedError(f"{page} does not answer. The end of {log}:\n{tail(log)}")

    def have_ended(self) -> bool:
        """Whether the programs ended by themselves."""
        return self._process is None or self._process.poll() is not None

    def wait(self) -> None:
        """Block until the programs end by themselves, which they should not.

        Raises:
            EmbeddedError: They did; the message shows the end of their log.
        """
        if self._process is not None:
            self._process.wait()
        log = self._bank.log_path
        raise EmbeddedError(f"The programs ended by themselves. The end of {log}:\n{tail(log)}")


def answers(url: str) -> bool:
    """Whether the page at a URL answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 (our own http URL)
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
