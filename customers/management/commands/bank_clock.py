"""`manage.py bank_clock run|pause|show`: the demonstration's clock."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from customers import bank_clock


class Command(BaseCommand):
    """Starts, pauses or shows the bank's clock and prints the bank's time in its own zone."""

    help = "Start, pause or show the bank's clock. Only a demonstration's clock can be started and paused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["run", "pause", "show"])

    def handle(self, *args: Any, action: str, **options: Any) -> str:
        if action != "show" and not settings.BANK_CLOCK_SPEED:
            raise CommandError(
                "The bank's clock is the wall clock; only BANK_CLOCK_SPEED, for demonstrations, changes that."
            )
        match action:
            case "run":
                moment = bank_clock.run()
            case "pause":
                moment = bank_clock.pause()
            case _:
                moment = bank_clock.now()
        return f"{moment.astimezone(bank_clock.zone()).isoformat(timespec='seconds')} ({_pace()})"


def _pace() -> str:
    """How fast the clock runs, in words."""
    speed = bank_clock.speed()
    if not settings.BANK_CLOCK_SPEED:
        return "the wall clock"
    return f"{speed:g} bank seconds a second" if speed else "paused"
