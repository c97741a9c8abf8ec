"""When a case may be looked at again: days that mean something to this customer and on which the bank opens. Pure."""

import calendar
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

LONGEST_DAYS = 30


@dataclass(frozen=True)
class Preset:
    """One day to wait for.

    Args:
        label: What it is, as a button says it.
        until_on: The morning on which the case comes back.
    """

    label: str
    until_on: dt.date


def presets(
    *,
    today_on: dt.date,
    is_open_on: Callable[[dt.date], bool],
    pay_day: int | None,
    due_on: dt.date | None,
) -> list[Preset]:
    """The days that are offered, each once, the soonest first; none that is past or too far ahead.

    Args:
        today_on: The bank's day.
        is_open_on: Whether the bank opens on a day.
        pay_day: The day of the month on which the customer is usually paid; None: nobody knows.
        due_on: Of the next instalment; None: none waits.
    """
    last_on = today_on + dt.timedelta(days=LONGEST_DAYS)

    def opening(day: dt.date, step: int = 1) -> dt.date | None:
        """The first day from one on, or back, on which the bank opens."""
        while today_on < day <= last_on:
            if is_open_on(day):
                return day
            day += dt.timedelta(days=step)
        return None

    found: dict[dt.date, str] = {}

    def offer(label: str, day: dt.date | None) -> None:
        if day is not None:
            found.setdefault(day, label)

    tomorrow = opening(today_on + dt.timedelta(days=1))
    offer(_("Next business morning"), tomorrow)
    offer(_("In 3 business days"), _after(today_on, 3, is_open_on, last_on))
    if pay_day is not None:
        offer(_("The day after pay day"), opening(_next_pay_on(today_on, pay_day) + dt.timedelta(days=1)))
    if due_on is not None:
        offer(_("The day before the due date"), opening(due_on - dt.timedelta(days=1), step=-1))
    return [Preset(label, day) for day, label in sorted(found.items())]


def _after(
    today_on: dt.date, days: int, is_open_on: Callable[[dt.date], bool], last_on: dt.date
) -> dt.date | None:
    day = today_on
    while days and day < last_on:
        day += dt.timedelta(days=1)
        days -= is_open_on(day)
    return None if days else day


def _next_pay_on(today_on: dt.date, pay_day: int) -> dt.date:
    """The next pay day from today on; in a short month its last day."""
    this = _in_month(today_on.year, today_on.month, pay_day)
    if this >= today_on:
        return this
    following = today_on.replace(day=28) + dt.timedelta(days=4)
    return _in_month(following.year, following.month, pay_day)


def _in_month(year: int, month: int, day: int) -> dt.date:
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))
