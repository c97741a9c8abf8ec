"""For how many business days a case has been open. Pure."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

LONGEST_SEARCH_DAYS = 366


class Age(TextChoices):
    """How long a case has been open, in business days that have begun since the day it was opened."""

    TODAY = "0", _("Less than 1 business day")
    SOME = "1-3", _("1 to 3 business days")
    MANY = "4-7", _("4 to 7 business days")
    LONG = "8", _("More than 7 business days")


LEAST_DAYS: Mapping[Age, int] = {Age.TODAY: 0, Age.SOME: 1, Age.MANY: 4, Age.LONG: 8}


@dataclass(frozen=True)
class Span:
    """The days on which cases of an age were opened.

    Args:
        after_on: The last day that is too early; None: none is.
        until_on: The last day of the span; None: today.
    """

    after_on: dt.date | None
    until_on: dt.date | None


def spans(today_on: dt.date, is_open_on: Callable[[dt.date], bool]) -> dict[Age, Span]:
    """The days of each age, without a gap and without a day in two.

    Args:
        today_on: The bank's day.
        is_open_on: Whether the bank opens on a day.
    """
    last = {age: _last_day(today_on, days, is_open_on) for age, days in LEAST_DAYS.items() if days}
    older = [*list(LEAST_DAYS)[1:], None]
    return {
        age: Span(after_on=last[following] if following else None, until_on=last.get(age))
        for age, following in zip(LEAST_DAYS, older, strict=True)
    }


def _last_day(today_on: dt.date, days: int, is_open_on: Callable[[dt.date], bool]) -> dt.date:
    """The last day since which so many business days have begun, today's included."""
    begun = 0
    for back in range(LONGEST_SEARCH_DAYS):
        day = today_on - dt.timedelta(days=back)
        begun += is_open_on(day)
        if begun == days:
            return day - dt.timedelta(days=1)
    return today_on - dt.timedelta(days=LONGEST_SEARCH_DAYS)
