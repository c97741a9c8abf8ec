"""Hours in zones whose clocks are changed."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions.contact.gate_hours import UnknownZone, local, midnight_after, reach, zone_of

NEW_YORK = ZoneInfo("America/New_York")


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def wall(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("since", "shows", "reached"),
    [
        ("2026-06-01T10:00", "2026-06-01T08:00", "2026-06-01T12:00"),
        # It shows it already.
        ("2026-06-01T13:00", "2026-06-01T08:00", "2026-06-01T13:00"),
        # At 02:00 of 8 March it becomes 03:00: 02:30 is never shown, and passed at the change.
        ("2026-03-08T06:00", "2026-03-08T02:30", "2026-03-08T07:00"),
        # After the change: whoever asks looks again from there.
        ("2026-03-08T06:00", "2026-03-08T08:00", "2026-03-08T07:00"),
        ("2026-03-08T07:00", "2026-03-08T08:00", "2026-03-08T12:00"),
        # At 02:00 of 1 November it becomes 01:00: 01:30 is shown twice, and reached the first time.
        ("2026-11-01T04:00", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("2026-11-01T05:00", "2026-11-01T02:30", "2026-11-01T06:00"),
    ],
)
def test_reach_goes_by_moments(since: str, shows: str, reached: str) -> None:
    assert reach(NEW_YORK, since=utc(since), wall=wall(shows)) == utc(reached)


def test_a_day_that_is_left_out_is_passed_over() -> None:
    """Samoa had no 30 December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    before = utc("2011-12-29T22:00")

    assert midnight_after(apia, before) == wall("2011-12-30T00:00")
    assert local(apia, reach(apia, since=before, wall=wall("2011-12-30T00:00"))) == wall("2011-12-31T00:00")


@pytest.mark.parametrize("name", ["", "Nowhere", "localtime", "Factory", "/etc/localtime", "../UTC", "Asia"])
def test_unknown_zones_are_refused(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone_of(name)


@given(
    minute=st.integers(0, 2 * 366 * 1440),
    ahead=st.integers(-60, 26 * 60),
    name=st.sampled_from(
        ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Easter"]
    ),
)
def test_reach_is_never_late(minute: int, ahead: int, name: str) -> None:
    """No minute before shows the time asked for, and at it either that or another offset is shown."""
    zone = ZoneInfo(name)
    since = utc("2025-12-01T00:00") + dt.timedelta(minutes=minute)
    shows = local(zone, since) + dt.timedelta(minutes=ahead)

    reached = reach(zone, since=since, wall=shows)

    waits = int((reached - since).total_seconds() // 60)
    between = [since + dt.timedelta(minutes=step) for step in range(waits)]
    assert all(local(zone, each) < shows for each in between)
    is_changed = reached.astimezone(zone).utcoffset() != since.astimezone(zone).utcoffset()
    assert local(zone, reached) >= shows or is_changed
