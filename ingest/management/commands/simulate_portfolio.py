"""`manage.py simulate_portfolio`: a bank of simulated customers with their history."""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from customers import bank_clock
from ingest.simulator.history import Written, portfolio_write
from ingest.simulator.portfolio import PortfolioRefused, Recipe, is_there, recipe_until

DEFAULT_SEED = 2026


class Command(BaseCommand):
    """Write a simulated portfolio into an empty database, in one transaction.

    The history ends with the bank day before the present one, where the live stream takes over. Repeating the
    command changes nothing; asking for another portfolio than the one that is there is refused.
    """

    help = "Write simulated customers with their history; repeating it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, default=5_000)
        parser.add_argument("--days", type=int, default=120, help="bank days of history")
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
        parser.add_argument(
            "--end",
            type=date.fromisoformat,
            help="last bank day of the history (default: yesterday on the bank's clock)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["customers"], options["days"]) < 1 or not 0 <= options["seed"] < 2**63:
            raise CommandError("--customers and --days must be at least 1, --seed between 0 and 2**63 - 1.")
        end_on = options["end"] or bank_clock.today() - timedelta(days=1)
        recipe = recipe_until(
            end_on=end_on, days=options["days"], customers=options["customers"], seed=options["seed"]
        )
        try:
            if is_there(recipe, any_end=options["end"] is None):
                self.stdout.write("This portfolio is there already; nothing was changed.")
                return
            self._tell(recipe, self._write(recipe))
        except PortfolioRefused as refusal:
            raise CommandError(str(refusal)) from refusal

    def _write(self, recipe: Recipe) -> Written:
        columns = (TextColumn("{task.description:20}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
        with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task("Simulating", total=1.0)
            return portfolio_write(
                recipe=recipe, report=lambda what, share: bar.update(task, description=what, completed=share)
            )

    def _tell(self, recipe: Recipe, written: Written) -> None:
        self.stdout.write(
            f"Written: {recipe}; {written.loans:,} loans, {written.transactions:,} transactions,"
            f" {written.tiles:,} tiles, {written.payments:,} payments."
        )
