"""`manage.py monitor_model`: everything that is checked of the models once per bank day, now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers import bank_clock
from risk.monitoring.daily import CUSTOMERS, steps

ALARMED = 1


class Command(BaseCommand):
    """Drift, realised performance, fairness and parity; the reports stand on the model page.

    The worker does the same once per bank day by itself. Repeating it adds reports, but no second alert.
    Exits with 1 where something alarmed, with 0 otherwise, even where no model scores.
    """

    help = "Run every check of the models' monitoring for the bank's present day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sample", type=int, default=CUSTOMERS, metavar="N", help="how many customers with a loan"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sample"] < 1:
            raise CommandError("--sample must be at least 1.")
        todo = steps(day=bank_clock.today(), customers=options["sample"], seconds=float("inf"))
        if not todo:
            self.stdout.write("No model is active or in shadow: there is nothing to monitor.")
        alarms = 0
        for step in todo:
            outcome = step.run()
            alarms += outcome.is_alarm
            self.stdout.write(f"{step.kind:<12} {step.model or 'live features'}: {outcome.in_words}.")
        if alarms:
            raise CommandError(f"{alarms} of {len(todo)} checks alarmed.", returncode=ALARMED)
