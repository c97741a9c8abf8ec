"""`manage.py show_first_morning`: when a demonstration begins, so that messages may go out at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from interventions.casework import first_morning
from interventions.casework.business_hours import NeverOpen


class Command(BaseCommand):
    """Prints the first morning from the bank's day on, as `bank_clock begin --at` takes it; writes nothing."""

    help = "Print the first morning on which the bank is open and every channel may be used."

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            return first_morning.from_today().isoformat(timespec="minutes")
        except NeverOpen as error:
            raise CommandError(f"The bank's calendar and the pack of contact rules: {error}.") from error
