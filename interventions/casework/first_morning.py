"""On which morning a bank that begins now can reach somebody: the first on which it is open and contact is allowed."""

import datetime as dt
from collections.abc import Collection, Mapping

from customers import bank_clock
from interventions.casework import bank_calendar
from interventions.casework.business_hours import LONGEST_SEARCH_DAYS, BusinessHours, NeverOpen
from interventions.contact import contact_history, packs
from interventions.contact.contact_rules import Hours


def from_today() -> dt.datetime:
    """The first such morning from the bank's present day on, by its calendar and the pack that stands.

    Raises:
        NeverOpen: there is none within years: calendar and pack do not fit together.
    """
    rules, calendar = packs.active_rules(), bank_calendar.calendar()
    return first(
        from_on=bank_clock.today(),
        at=dt.time(bank_clock.FIRST_HOUR),
        calendar=calendar,
        contact_hours=rules.contact_hours if rules else {},
        holidays=contact_history.holidays(bank_clock.now(), rules),
    )


def first(
    *,
    from_on: dt.date,
    at: dt.time,
    calendar: BusinessHours,
    contact_hours: Mapping[str, Hours],
    holidays: Collection[dt.date],
) -> dt.datetime:
    """The first morning on which the bank opens and every channel may be used. Pure.

    Args:
        from_on: The first day that is looked at.
        at: When a morning begins, where the hours of contact have begun by then.
        calendar: The bank's.
        contact_hours: The pack's, by channel; empty: none stands.
        holidays: Days on which nobody is contacted, beside the calendar's own.

    Returns:
        `at` of that day in the calendar's zone, or later: when the last of the channels may be used.

    Raises:
        NeverOpen: there is no such day within three years.
    """
    for ahead in range(LONGEST_SEARCH_DAYS):
        day = from_on + dt.timedelta(days=ahead)
        if day in holidays or not calendar.is_open_on(day):
            continue
        spans = [hours.on(day) for hours in contact_hours.values()]
        begins = max([at, *(span[0] for span in spans if span)])
        if all(span is not None and begins < span[1] for span in spans):
            return dt.datetime.combine(day, begins, tzinfo=calendar.zone)
    raise NeverOpen(f"no day on which every channel may be used comes within {LONGEST_SEARCH_DAYS} days")
