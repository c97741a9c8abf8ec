"""When the next digest is due. Pure."""

import datetime as dt
from zoneinfo import ZoneInfo

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def next_hour(after: dt.datetime) -> dt.datetime:
    """The next full hour, strictly after a moment, in UTC."""
    return after.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0) + HOUR


def next_day(after: dt.datetime, *, at: dt.time, zone: ZoneInfo) -> dt.datetime:
    """The next time that a clock in a zone shows `at`, strictly after a moment, in UTC.

    Where clocks go forward past it, it is the moment at which they do.
    """
    day = after.astimezone(zone).date()
    while True:
        due = dt.datetime.combine(day, at, tzinfo=zone).astimezone(dt.UTC)
        if due > after:
            return due
        day += DAY
