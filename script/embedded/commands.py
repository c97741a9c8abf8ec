"""Running programs next to the servers: one command with their variables, or a command kept alive."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from embedded.errors import DirectoryInUseError
from embedded.memory import remembered_secret
from embedded.processes import Command
from embedded.services import Services, environment_file

CHECKOUT = Path(__file__).parents[2]
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def provided(services: Services) -> Iterator[dict[str, str]]:
    """The servers' variables for as long as the block runs.

    Where another process already keeps the servers of the directory, its variables are used and nothing is
    stopped.
    """
    try:
        services.start()
    except DirectoryInUseError:
        path = environment_file(services.directory)
        if not path.exists():
            raise
        found: dict[str, str] = json.loads(path.read_text())
        yield found
        return
    try:
        yield services.environment()
    finally:
        services.stop()


def program_environment(directory: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """What a Django command needs: our environment, the servers' variables, a kept secret key.

    Where the directory has a key for the audit, as a demonstration's has, a command finds its checkpoints too:
    without them it would take them for lost.
    """
    secret = os.environ.get("SECRET_KEY") or remembered_secret(directory / "secret_key")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**audit_environment(directory), **os.environ, "SECRET_KEY": secret, "PATH": path, **variables}


def audit_environment(directory: Path) -> dict[str, str]:
    """Where the key that signs the audit's checkpoints lies and where they are written; empty without a key."""
    key = directory / "audit-key.pem"
    if not key.exists():
        return {}
    return {
        "AUDIT_SIGNING_KEY_FILE": str(key),
        "AUDIT_CHECKPOINT_DIRECTORY": str(directory / "audit-checkpoints"),
    }


def full_command(command: Sequence[str]) -> list[str]:
    """The command, with Python before it when it names a Python file: `manage.py shell` works as written."""
    if not command[0].endswith(".py"):
        return list(command)
    script = Path(command[0])
    found = script if script.exists() else CHECKOUT / script
    return [sys.executable, str(found), *command[1:]]


def run_forwarding(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end, handing on the signals that ask us to stop.

    Returns:
        Its exit code, or 128 + the number of the signal that ended it, as a shell has it.
    """
    process: subprocess.Popen[bytes] | None = None
    pending: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        if process is None:
            pending.append(number)
        # In a terminal Ctrl-C reaches the whole foreground group: then the command has it already.
        elif not (number == signal.SIGINT and sys.stdin is not None and sys.stdin.isatty()):
            process.send_signal(number)

    previous = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        process = subprocess.Popen(Command(argv=full_command(command)).full_argv(), env=dict(environment))
        for number in pending:
            process.send_signal(number)
        code = process.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
