"""Deadlines in the business hours of a bank. Pure: no database, no clock, no settings.

Hours are counted as they pass, in UTC, between a day's opening and closing on the wall: a day on which the clocks
change has as many business hours as really pass between them.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

SATURDAY = 5
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_SEARCH_DAYS = 3 * 366
AT_RISK_SHARE = 0.25
_PART = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? (?P<opens>\d{1,2}:\d{2})-(?P<closes>\d{1,2}:\d{2})"
)


class NeverOpen(ValueError):
    """The calendar has no business hours within years: its settings are wrong."""


@dataclass(frozen=True)
class Opening:
    """When a bank opens and closes on a weekday, on the wall clock of its zone."""

    opens: dt.time
    closes: dt.time


@dataclass(frozen=True)
class BusinessHours:
    """A bank's calendar.

    Attributes:
        week: the opening of each weekday on which the bank opens at all; 0 is Monday.
        zone: where its clocks hang.
        closed_saturdays: which Saturdays of a month are closed, 1 the first.
        holidays: days on which it is closed.
    """

    week: Mapping[int, Opening]
    zone: ZoneInfo
    closed_saturdays: frozenset[int] = frozenset()
    holidays: frozenset[dt.date] = field(default_factory=frozenset)

    def is_open_on(self, day: dt.date) -> bool:
        """Whether the bank opens on a day."""
        if day.weekday() == SATURDAY and (day.day + 6) // 7 in self.closed_saturdays:
            return False
        return day.weekday() in self.week and day not in self.holidays

    def span(self, day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
        """From when to when the bank is open on a day, in UTC; None when it is not."""
        if not self.is_open_on(day):
            return None
        opening = self.week[day.weekday()]
        opens, closes = (
            dt.datetime.combine(day, time, tzinfo=self.zone).astimezone(dt.UTC)
            for time in (opening.opens, opening.closes)
        )
        # A night in which clocks go forward may swallow a whole span.
        return (opens, closes) if opens < closes else None


def parse_week(text: str) -> dict[int, Opening]:
    """Read a week such as "mon-fri 09:30-17:30, sat 09:30-13:00".

    Raises:
        ValueError: it cannot be understood, a day comes twice, or a day closes before it opens.
    """
    week: dict[int, Opening] = {}
    for part in text.lower().split(","):
        read = _PART.fullmatch(part.strip())
        if read is None:
            raise ValueError(f'"{part.strip()}" is not like "mon-fri 09:30-17:30"')
        opening = Opening(*(_time(read[name]) for name in ("opens", "closes")))
        if opening.opens >= opening.closes:
            raise ValueError(f'"{part.strip()}" closes before it opens')
        for day in _days(read["first"], read["last"] or read["first"]):
            if day in week:
                raise ValueError(f'"{DAYS[day]}" comes twice in "{text}"')
            week[day] = opening
    return week


def deadline(*, start: dt.datetime, hours: float, calendar: BusinessHours) -> dt.datetime:
    """The moment at which so many business hours have passed since a moment, in UTC.

    Args:
        start: From when on; aware. Outside business hours counting begins with the next opening.
        hours: Business hours, 0 or more.
        calendar: The bank's.

    Returns:
        A moment in business hours, or a closing time; of 0 hours the first moment open from `start` on.

    Raises:
        NeverOpen: the bank does not open often enough for it within three years.
    """
    left = dt.timedelta(hours=hours)
    for opens, closes in _spans(start, calendar):
        begin = max(opens, start)
        if closes - begin >= left:
            return begin + left
        left -= closes - begin
    raise NeverOpen(f"{hours} business hours do not pass within {LONGEST_SEARCH_DAYS} days")


def at_risk_from(*, start: dt.datetime, hours: float, calendar: BusinessHours) -> dt.datetime:
    """From when on less than a quarter of the business hours is left."""
    return deadline(start=start, hours=hours * (1 - AT_RISK_SHARE), calendar=calendar)


def _spans(start: dt.datetime, calendar: BusinessHours) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """The spans of business hours that end after a moment, in order."""
    first = start.astimezone(calendar.zone).date()
    for ahead in range(LONGEST_SEARCH_DAYS):
        span = calendar.span(first + dt.timedelta(days=ahead))
        if span is not None and span[1] > start:
            yield span


def _time(text: str) -> dt.time:
    hour, minute = text.split(":")
    return dt.time(int(hour), int(minute))


def _days(first: str, last: str) -> range:
    if first not in DAYS or last not in DAYS or DAYS.index(first) > DAYS.index(last):
        raise ValueError(f'"{first}-{last}" is not a row of days such as "mon-fri"')
    return range(DAYS.index(first), DAYS.index(last) + 1)
