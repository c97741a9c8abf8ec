"""`manage.py bank_clock begin|run|pause|show`: the demonstration's clock."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from customers import bank_clock


class Command(BaseCommand):
    """Sets, starts, pauses or shows the bank's clock and prints the bank's time in its own zone."""

    help = "Set, start, pause or show the bank's clock. Only a demonstration's clock can be set, started and paused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["begin", "run", "pause", "show"])
        parser.add_argument(
            "--at",
            type=datetime.fromisoformat,
            help="with begin: where the clock stands until it is first run, such as 2026-11-25T09:00+05:30",
        )

    def handle(self, *args: Any, action: str, at: datetime | None, **options: Any) -> str:
        if action != "show" and not settings.BANK_CLOCK_SPEED:
            raise CommandError(
                "The bank's clock is the wall clock; only BANK_CLOCK_SPEED, for demonstrations, changes that."
            )
        match action:
            case "begin":
                moment = _begin(at)
            case "run":
                moment = bank_clock.run()
            case "pause":
                moment = bank_clock.pause()
            case _:
                moment = bank_clock.now()
        return f"{moment.astimezone(bank_clock.zone()).isoformat(timespec='seconds')} ({_pace()})"


def _begin(at: datetime | None) -> datetime:
    if at is None or at.tzinfo is None:
        raise CommandError("Say with --at when it begins, with its offset from UTC.")
    try:
        return bank_clock.begin(at)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _pace() -> str:
    """How fast the clock runs, in words."""
    speed = bank_clock.speed()
    if not settings.BANK_CLOCK_SPEED:
        return "the wall clock"
    return f"{speed:g} bank seconds a second" if speed else "paused"
