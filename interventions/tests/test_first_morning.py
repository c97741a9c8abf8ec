"""The morning on which a demonstration begins: never one on which nobody may be reached."""

import datetime as dt
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command

from customers import bank_clock
from customers.models import BankClock
from interventions.casework import first_morning
from interventions.casework.business_hours import BusinessHours, NeverOpen, parse_week
from interventions.contact.contact_rules import Hours
from interventions.models import BankHoliday
from interventions.tests import governed

INDIA = ZoneInfo("Asia/Kolkata")
NINE = dt.time(9)
FRIDAY = dt.date(2026, 2, 13)
BANK = BusinessHours(week=parse_week("mon-sat 09:30-17:30"), zone=INDIA, closed_saturdays=frozenset({2, 4}))
DAYS = (dt.time(8), dt.time(19))
SHORT = (dt.time(9), dt.time(17))
WRITTEN, CALLS = Hours(DAYS, DAYS, SHORT), Hours(DAYS, DAYS, None)


def morning(
    from_on: dt.date, *, hours: dict[str, Hours] | None = None, holidays: tuple[dt.date, ...] = ()
) -> dt.datetime:
    return first_morning.first(
        from_on=from_on,
        at=NINE,
        calendar=BANK,
        contact_hours={"sms": WRITTEN, "call": CALLS} if hours is None else hours,
        holidays=holidays,
    )


def at(day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime(2026, 2, day, hour, tzinfo=INDIA)


def test_open_day_is_begun_upon() -> None:
    assert morning(FRIDAY) == at(13)


@pytest.mark.parametrize("closed_on", [dt.date(2026, 2, 14), dt.date(2026, 2, 15)])
def test_closed_saturday_and_sunday_are_passed_over(closed_on: dt.date) -> None:
    assert morning(closed_on) == at(16)


def test_holiday_of_the_bank_is_passed_over() -> None:
    assert morning(FRIDAY, holidays=(FRIDAY,)) == at(16)
    assert morning(FRIDAY, holidays=(FRIDAY, dt.date(2026, 2, 16))) == at(17)


def test_morning_waits_for_the_last_channel() -> None:
    late = (dt.time(11), dt.time(18))

    assert morning(FRIDAY, hours={"sms": WRITTEN, "call": Hours(late, late, None)}) == at(13, 11)


def test_day_without_one_of_the_channels_is_passed_over() -> None:
    assert morning(FRIDAY, hours={"sms": WRITTEN, "call": Hours(None, DAYS, None)}) == at(21)


def test_hours_that_are_over_by_nine_are_no_morning() -> None:
    early = (dt.time(6), NINE)

    assert morning(FRIDAY, hours={"sms": Hours(early, DAYS, None)}) == at(21)


def test_without_a_pack_the_calendar_counts() -> None:
    assert morning(dt.date(2026, 2, 15), hours={}) == at(16)


def test_channels_that_are_never_open_together_are_said() -> None:
    with pytest.raises(NeverOpen):
        morning(FRIDAY, hours={"sms": Hours(DAYS, None, None), "call": Hours(None, None, DAYS)})


@pytest.fixture
def gurpurab(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    """A demonstration that is started in the afternoon of a bank holiday, with India's rules in force."""
    settings.BANK_CLOCK_SPEED, settings.BANK_REGION = 60.0, "IN"
    monkeypatch.setattr(bank_clock, "_cached", bank_clock._Cached())
    with time_machine.travel(dt.datetime(2026, 11, 24, 15, 0, tzinfo=INDIA), tick=False):
        governed.active_pack()
        BankHoliday.objects.create(day_on=dt.date(2026, 11, 24), region="IN", name="Guru Nanak Jayanti")
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("gurpurab")
def test_clock_begins_on_the_first_open_morning() -> None:
    shown = StringIO()
    call_command("show_first_morning", stdout=shown)
    call_command("bank_clock", "begin", "--at", shown.getvalue().strip(), stdout=StringIO())

    assert shown.getvalue() == "2026-11-25T09:00+05:30\n"
    assert bank_clock.now() == dt.datetime(2026, 11, 25, 9, tzinfo=INDIA)
    assert BankClock.objects.get().speed == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("gurpurab")
def test_bank_that_never_opens_is_told_to_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_morning, "LONGEST_SEARCH_DAYS", 1)

    with pytest.raises(CommandError, match="calendar"):
        call_command("show_first_morning")
