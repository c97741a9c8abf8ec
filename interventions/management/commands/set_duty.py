"""`manage.py set_duty USER`: until when somebody is away, and how many cases they take."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers import bank_clock
from interventions.casework.assignment import UNCHANGED, set_duty


class Command(BaseCommand):
    """Set the duty of one member of staff; what is not named stays."""

    help = "Say until when somebody is away, on the bank's clock, and how many open cases they take."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the user's name")
        when = parser.add_mutually_exclusive_group()
        when.add_argument("--away-until", type=_moment, metavar="DAY[THH:MM]", help="in the bank's zone")
        when.add_argument("--here", action="store_true", help="away no longer")
        parser.add_argument("--limit", type=_count, help="open cases beyond which none is assigned")

    def handle(self, *args: Any, **options: Any) -> str:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']}.")
        away_until = None if options["here"] else options["away_until"] or UNCHANGED
        limit = UNCHANGED if options["limit"] is None else options["limit"]
        duty = set_duty(user=user, by=None, away_until=away_until, case_limit=limit)
        away = duty.away_until.astimezone(bank_clock.zone()) if duty.away_until else None
        return f"{user}: {f'away until {away:%Y-%m-%d %H:%M}' if away else 'here'}, at most {duty.case_limit} cases."


def _moment(text: str) -> dt.datetime:
    """A day or moment in the bank's zone, unless it names another."""
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=bank_clock.zone())


def _count(text: str) -> int:
    if int(text) < 0:
        raise ValueError(text)
    return int(text)
