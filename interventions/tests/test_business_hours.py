"""Business hours: by hand, and by properties that hold in any zone, on any day."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from interventions import checks
from interventions.casework.business_hours import (
    BusinessHours,
    NeverOpen,
    Opening,
    at_risk_from,
    deadline,
    parse_week,
)

KOLKATA = ZoneInfo("Asia/Kolkata")
WEEK = parse_week("mon-sat 09:30-17:30")
BANK = BusinessHours(WEEK, KOLKATA, frozenset({2, 4}), frozenset({dt.date(2026, 1, 26)}))


def at(day: int, hour: int, minute: int = 0, *, month: int = 2, zone: ZoneInfo = KOLKATA) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=zone)


def due(start: dt.datetime, hours: float, calendar: BusinessHours = BANK) -> dt.datetime:
    return deadline(start=start, hours=hours, calendar=calendar)


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        (at(17, 10), 4, at(17, 14)),
        (at(17, 16), 4, at(18, 12)),
        (at(17, 6), 4, at(17, 13, 30)),
        (at(17, 22), 8, at(18, 17, 30)),
        (at(17, 22), 9, at(19, 10, 30)),
        (at(20, 17), 8, at(21, 17)),  # the third Saturday is open
        (at(13, 17), 8, at(16, 17)),  # the second is not, and nor is Sunday
        (
            at(24, 17, month=1),
            1,
            at(27, 10, 30, month=1),
        ),  # Saturday the 24th is the fourth; Monday is a holiday
        (at(17, 22), 0, at(18, 9, 30)),
    ],
)
def test_deadlines_by_hand(start: dt.datetime, hours: float, expected: dt.datetime) -> None:
    assert due(start, hours) == expected


def test_less_than_a_quarter_is_left_after_three() -> None:
    assert at_risk_from(start=at(17, 10), hours=4, calendar=BANK) == at(17, 13)


def is_open_at(calendar: BusinessHours, moment: dt.datetime) -> bool:
    """Whether a moment lies in business hours."""
    span = calendar.span(moment.astimezone(calendar.zone).date())
    return span is not None and span[0] <= moment < span[1]


@pytest.mark.parametrize(("moment", "is_open"), [(at(17, 9, 30), True), (at(17, 17, 30), False)])
def test_bank_opens_and_closes_on_the_minute(moment: dt.datetime, is_open: bool) -> None:
    assert is_open_at(BANK, moment) is is_open


@pytest.mark.parametrize("day", [dt.date(2026, 1, 26), dt.date(2026, 2, 14), dt.date(2026, 2, 15)])
def test_bank_is_closed_all_day(day: dt.date) -> None:
    assert not is_open_at(BANK, dt.datetime.combine(day, dt.time(12), tzinfo=KOLKATA))


def test_night_of_the_clock_change_has_the_hours_that_pass() -> None:
    zone = ZoneInfo("Europe/London")
    always = BusinessHours(dict.fromkeys(range(7), Opening(dt.time(0, 30), dt.time(3, 30))), zone)

    # On 29 March 2026 the clocks go from 01:00 to 02:00, on 25 October from 02:00 back to 01:00.
    assert due(at(29, 0, 30, month=3, zone=zone), 2, always) == at(29, 3, 30, month=3, zone=zone)
    assert due(at(25, 0, 30, month=10, zone=zone), 4, always) == at(25, 3, 30, month=10, zone=zone)


def test_hours_that_the_clock_change_swallows_are_none() -> None:
    zone = ZoneInfo("Europe/London")
    nightly = BusinessHours({6: Opening(dt.time(1, 0), dt.time(2, 0))}, zone)

    assert nightly.span(dt.date(2026, 3, 29)) is None
    assert due(at(29, 0, month=3, zone=zone), 1, nightly) == at(5, 2, month=4, zone=zone)


def test_bank_that_never_opens_says_so() -> None:
    with pytest.raises(NeverOpen, match="4 business hours do not pass"):
        due(at(17, 10), 4, BusinessHours({}, KOLKATA))


@pytest.mark.parametrize(
    ("hours", "saturdays", "ids"),
    [
        ("mon-sat 09:30-17:30", [2, 4], []),
        ("always", [], ["interventions.E003"]),
        ("mon 09:30-17:30", [6], ["interventions.E004"]),
    ],
)
def test_settings_are_checked(settings: Settings, hours: str, saturdays: list[int], ids: list[str]) -> None:
    settings.BANK_HOURS, settings.BANK_CLOSED_SATURDAYS = hours, saturdays

    assert [message.id for message in checks.business_hours(None)] == ids


def test_week_is_read() -> None:
    week = parse_week("Mon-Fri 09:30-17:30, sat 9:30-13:00")

    assert sorted(week) == [0, 1, 2, 3, 4, 5]
    assert week[5] == Opening(dt.time(9, 30), dt.time(13))


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("", "is not like"),
        ("mon 9-17", "is not like"),
        ("mon 17:00-09:00", "closes before"),
        ("fri-mon 09:00-17:00", "not a row of days"),
        ("mon-xyz 09:00-17:00", "not a row of days"),
        ("mon-fri 09:00-17:00, wed 10:00-12:00", "comes twice"),
        ("mon 25:00-26:00", "hour must be"),
    ],
)
def test_week_that_cannot_be_is_refused(text: str, because: str) -> None:
    with pytest.raises(ValueError, match=because):
        parse_week(text)


zones = st.sampled_from(
    [
        "Asia/Kolkata",
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Asia/Tehran",
    ]
).map(ZoneInfo)
times = st.builds(dt.time, st.integers(0, 23), st.integers(0, 59))
openings = (
    st.tuples(times, times)
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: Opening(min(pair), max(pair)))
)
calendars = st.builds(
    BusinessHours,
    st.dictionaries(st.integers(0, 6), openings, min_size=1),
    zones,
    st.frozensets(st.integers(1, 5), max_size=2),
    st.frozensets(st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)), max_size=10),
)
noons = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)).map(
    lambda day: dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)
)
moments = st.builds(dt.datetime.__add__, noons, st.timedeltas(dt.timedelta(), dt.timedelta(days=1)))


def passed(start: dt.datetime, end: dt.datetime, calendar: BusinessHours) -> dt.timedelta:
    """Business time between two moments, day by day."""
    days = (end - start).days + 3
    first_on = start.astimezone(calendar.zone).date() - dt.timedelta(days=1)
    spans = [calendar.span(first_on + dt.timedelta(days=ahead)) for ahead in range(days + 1)]
    each = (min(span[1], end) - max(span[0], start) for span in spans if span)
    return sum((max(dt.timedelta(), time) for time in each), dt.timedelta())


@given(calendar=calendars, start=moments, minutes=st.integers(1, 1_000))
def test_deadline_is_as_far_in_business_time_as_was_asked(
    calendar: BusinessHours, start: dt.datetime, minutes: int
) -> None:
    asked = dt.timedelta(minutes=minutes)
    try:
        end = deadline(start=start, hours=minutes / 60, calendar=calendar)
    except NeverOpen:
        return

    assert abs(passed(start, end, calendar) - asked) < dt.timedelta(milliseconds=1)
    assert is_open_at(calendar, end - dt.timedelta(milliseconds=1))


@given(calendar=calendars, start=moments, later=st.timedeltas(dt.timedelta(), dt.timedelta(days=9)))
def test_later_start_is_never_due_earlier(
    calendar: BusinessHours, start: dt.datetime, later: dt.timedelta
) -> None:
    try:
        first, second = (deadline(start=s, hours=4, calendar=calendar) for s in (start, start + later))
    except NeverOpen:
        return

    assert first <= second
