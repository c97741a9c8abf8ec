"""`python -m embedded up|run`: the servers for developers and scripts."""

import argparse
import shlex
import signal
import sys
import threading
from pathlib import Path

from embedded.commands import CHECKOUT, FORWARDED, program_environment, provided, run_forwarding
from embedded.errors import EmbeddedError
from embedded.services import NAMES, Services


def main(arguments: list[str]) -> int:
    """Parse the command line, do it, return the exit code."""
    parser = argparse.ArgumentParser(prog="script/services", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    up = actions.add_parser("up", help="start the servers, print their variables, stay until Ctrl-C")
    run = actions.add_parser("run", help="start the servers, run a command with their variables, stop them")
    for action in (up, run):
        action.add_argument("--directory", type=Path, default=CHECKOUT / "var" / "services")
        action.add_argument("--only", default=",".join(NAMES), help="a comma-separated choice of %(default)s")
    run.add_argument("--forgetful", action="store_true", help="the data is thrown away: write it quickly")
    run.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    try:
        names = chosen_names(options.only)
        if options.action == "up":
            return stay_up(Services(options.directory, names=names))
        services = Services(options.directory, names=names, is_kept=not options.forgetful)
        return run_beside(services, options.command)
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1


def chosen_names(text: str) -> list[str]:
    """The server names in a comma-separated list.

    Raises:
        EmbeddedError: A name is not one of ours.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise EmbeddedError(f"There is no server {unknown[0]}: choose among {', '.join(NAMES)}.")
    return names


def stay_up(services: Services) -> int:
    """Print `export` lines for a shell and keep the servers until a signal asks to stop."""
    asked_to_stop = threading.Event()
    for number in FORWARDED:
        signal.signal(number, lambda *_: asked_to_stop.set())
    services.start()
    try:
        for key, value in services.environment().items():
            print(f"export {key}={shlex.quote(value)}")
        print("The servers are up; Ctrl-C stops them.", file=sys.stderr, flush=True)
        sys.stdout.flush()
        asked_to_stop.wait()
    finally:
        services.stop()
    return 0


def run_beside(services: Services, command: list[str]) -> int:
    """Run one command with the servers' variables; its exit code is ours."""
    command = command[1:] if command[:1] == ["--"] else command
    if not command:
        raise EmbeddedError("Say what to run, for example: script/services -- manage.py shell")
    with provided(services) as variables:
        return run_forwarding(command, program_environment(services.directory, variables))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
