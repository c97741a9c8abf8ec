"""Start the demonstration, show where it is, stop everything in order on Ctrl-C."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from demonstration.bank import Bank, Login
from demonstration.check import watch_stream
from demonstration.model import ensure_model
from demonstration.policy import ensure_consents, ensure_policy
from demonstration.programs import Programs
from embedded import EmbeddedError, Services
from embedded.commands import CHECKOUT

screen = Console(stderr=True, highlight=False)


def main(arguments: list[str]) -> int:
    """Parse the command line and run; returns the exit code."""
    options = parse(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_like_ctrl_c)
    try:
        if options.reset:
            reset(options.directory)
        with running_bank(options) as (bank, logins):
            if options.check:
                return check(bank)
            show(bank, logins)
    except KeyboardInterrupt:
        say("Stopped. The data is kept; `script/demo` goes on with it, `script/demo --reset` starts anew.")
    except EmbeddedError as error:
        say(str(error))
        return 1
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="run headless for 30 s, print one JSON object, stop"
    )
    parser.add_argument("--reset", action="store_true", help="remove the demonstration's data and start anew")
    parser.add_argument(
        "--speed", type=float, default=60.0, help="bank seconds per second (default %(default)s)"
    )
    parser.add_argument("--port", type=int, help="the web port (default: the last one, or 8000)")
    parser.add_argument(
        "--customers", type=int, default=5_000, help="simulated customers (default %(default)s)"
    )
    parser.add_argument("--days", type=int, default=270, help="days of history (default %(default)s)")
    parser.add_argument("--directory", type=Path, default=CHECKOUT / "var" / "demo", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.speed <= 0:
        parser.error("--speed must be greater than 0")
    options.directory = options.directory.absolute()
    return options


def say(message: str) -> None:
    screen.print(message, markup=False)


def stop_like_ctrl_c(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def reset(directory: Path) -> None:
    """Remove the data of the last demonstration, and nothing else; a running one is left alone.

    Raises:
        EmbeddedError: The demonstration runs, or the directory holds something else.
    """
    Services(directory, report=say).erase()
    if os.environ.get("DATABASE_URL"):
        say("The database in DATABASE_URL is yours and was not emptied.")


@contextmanager
def running_bank(options: argparse.Namespace) -> Iterator[tuple[Bank, list[Login]]]:
    """Servers, database, portfolio and programs, stopped in the opposite order when the block ends."""
    status = screen.status("Starting PostgreSQL, Valkey and Apache Kafka …")
    with status, Services(options.directory, report=say) as services:
        bank = Bank(
            directory=options.directory,
            speed=options.speed,
            wanted_port=options.port,
            servers=services.environment(),
        )
        logins = prepare(bank, options, status.update)
        with Programs(bank) as programs:
            try:
                clock = bank.run_clock()
                programs.wait_until_answering()
                status.stop()
                say(f"The bank's clock: {clock}.")
                yield bank, logins
                if not options.check:
                    programs.wait()
            finally:
                status.update("Stopping …")
                status.start()
                bank.pause_clock()


def prepare(bank: Bank, options: argparse.Namespace, progress: Callable[[str], None]) -> list[Login]:
    """Bring the database up to date, with its users and, the first time, its portfolio; returns the users."""
    progress("Bringing the database up to date …")
    bank.migrate()
    logins = bank.logins(customers=options.customers)
    progress("Approving the shipped policies and rules of contact …")
    say(ensure_policy(bank))
    if not bank.has_portfolio():
        # Before the portfolio, whose history ends with the day before the one on which the clock begins.
        bank.begin_clock()
        progress(f"Simulating {options.customers:,} customers with {options.days} days of history …")
        bank.load_portfolio(customers=options.customers, days=options.days)
        # Once more: the relationship managers are given its customers.
        logins = bank.logins(customers=options.customers)
    progress("Training the early-warning model on the history, once …")
    say(ensure_model(bank))
    say(ensure_consents(bank))
    progress("Starting web, consumer, worker, beat and simulator …")
    return logins


def show(bank: Bank, logins: list[Login]) -> None:
    """Say where the site is and who may log in."""
    table = Table("User", "Password", "Role", box=None, pad_edge=False)
    for login in logins:
        table.add_row(login.username, login.password, login.role)
    screen.print(Panel.fit(table, title=f"Equilibrate runs at [bold]{bank.url}[/bold]"))
    say("Nobody is ever contacted: messages go to the sandbox, which the page Outbox shows.")
    say(f"What the programs say is in {bank.log_path}. Ctrl-C stops everything.")


def check(bank: Bank) -> int:
    """Print the one JSON object; the exit code says whether everything moved."""
    finding = watch_stream(bank, say)
    print(json.dumps(finding.result), flush=True)
    for words in finding.standing_still:
        say(f"Not well: {words}.")
    return 1 if finding.standing_still else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
