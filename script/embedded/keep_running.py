"""`python -m embedded.keep_running -- COMMAND…`: start a program again whenever it fails.

A consumer ends itself on purpose when its Kafka group is in a state that only a new start repairs; under
systemd or Kubernetes their restart policy does this job. Where KEEP_RUNNING_WHILE names a process id, the
program is stopped when that process ends, however it ends.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

from embedded.processes import Command, ProcessIdentity

PAUSES_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0)
STEADY_AFTER_SECONDS = 30.0
WATCH_SECONDS = 0.5


class KeptProgram:
    """A command that is run until it ends with code 0 or a signal asks to stop.

    Args:
        command: The program and its arguments.
    """

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()

    def stop(self, number: int, _frame: FrameType | None) -> None:
        """Signal handler: hand the signal on, and do not start again."""
        self._stop.set()
        if self._process is not None:
            self._process.send_signal(number)

    def run(self) -> int:
        """Run until the program ends well or a signal asks to stop; returns 0."""
        failures = 0
        while not self._stop.is_set():
            started = time.monotonic()
            code = self._run_once()
            if code == 0 or self._stop.is_set():
                break
            failures = 0 if time.monotonic() - started > STEADY_AFTER_SECONDS else failures
            pause_seconds = PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS) - 1)]
            failures += 1
            print(
                f"It ended with code {code} and is started again in {pause_seconds} s.",
                file=sys.stderr,
                flush=True,
            )
            self._stop.wait(pause_seconds)
        return 0

    def _run_once(self) -> int:
        self._process = subprocess.Popen(Command(argv=self._command).full_argv())
        if self._stop.is_set():
            # The signal came before there was a process to hand it to.
            self._process.terminate()
        return self._process.wait()


def stop_with(guardian_pid: int) -> None:
    """Send ourselves SIGTERM as soon as another process has ended."""
    guardian = ProcessIdentity.of(guardian_pid)

    def watch() -> None:
        while guardian is not None and guardian.is_alive():
            time.sleep(WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="guardian-watch", daemon=True).start()


def main(arguments: list[str]) -> int:
    """Run the command that follows `--`."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print("Say what to keep running: python -m embedded.keep_running -- COMMAND", file=sys.stderr)
        return 2
    program = KeptProgram(command)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, program.stop)
    guardian_pid = os.environ.get("KEEP_RUNNING_WHILE")
    if guardian_pid:
        stop_with(int(guardian_pid))
    return program.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
