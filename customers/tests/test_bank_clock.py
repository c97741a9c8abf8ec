"""The bank's clock: the wall clock in production; a demonstration's runs faster, never back, and pauses."""

import datetime as dt
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from customers import bank_clock
from customers.models import BankClock

INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))
START = dt.datetime(2026, 2, 17, 16, 20, tzinfo=INDIA)
NINE = dt.datetime(2026, 2, 17, 9, 0, tzinfo=INDIA)
SECOND = dt.timedelta(seconds=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    """The wall clock, which stands where a test puts it; and a process that has read no anchor yet."""
    monkeypatch.setattr(bank_clock, "_cached", bank_clock._Cached())
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def fast(wall: time_machine.Traveller, settings: Any) -> time_machine.Traveller:
    """A demonstration at one bank hour a minute."""
    settings.BANK_CLOCK_SPEED = 60.0
    return wall


def run_command(action: str) -> str:
    output = StringIO()
    call_command("bank_clock", action, stdout=output)
    return output.getvalue().strip()


def test_production_reads_the_wall_clock(wall: time_machine.Traveller) -> None:
    assert bank_clock.now() == bank_clock.run() == bank_clock.tick() == bank_clock.pause() == START
    assert bank_clock.speed() == 1.0
    assert not BankClock.objects.exists()


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (dt.datetime(2026, 2, 17, 18, 29, 59, tzinfo=dt.UTC), dt.date(2026, 2, 17)),
        (dt.datetime(2026, 2, 17, 18, 30, tzinfo=dt.UTC), dt.date(2026, 2, 18)),
    ],
)
def test_bank_day_ends_in_the_banks_zone(moment: dt.datetime, day: dt.date) -> None:
    assert bank_clock.day_of(moment) == day
    assert bank_clock.start_of(day) <= moment < bank_clock.start_of(day + dt.timedelta(days=1))


def test_first_start_is_at_nine(fast: time_machine.Traveller) -> None:
    assert bank_clock.now() == NINE
    assert bank_clock.tick() == NINE
    assert (bank_clock.speed(), BankClock.objects.count()) == (0.0, 0)

    assert bank_clock.run() == NINE
    assert bank_clock.speed() == 60.0


def test_running_clock_passes_an_hour_a_minute(fast: time_machine.Traveller) -> None:
    bank_clock.run()

    for _ in range(12):
        fast.shift(5 * SECOND)
        bank_clock.tick()

    assert bank_clock.now() == NINE + dt.timedelta(hours=1)
    assert bank_clock.today() == NINE.date()


def test_clock_goes_on_between_ticks(fast: time_machine.Traveller) -> None:
    bank_clock.run()
    bank_clock.now()

    fast.shift(SECOND)

    assert bank_clock.now() == NINE + 60 * SECOND


def test_clock_stands_while_the_system_is_stopped(fast: time_machine.Traveller) -> None:
    bank_clock.run()

    fast.shift(dt.timedelta(days=3))

    # What was running had half a minute to say that it still is.
    lease_end = NINE + dt.timedelta(minutes=30)
    assert bank_clock.now() == lease_end
    assert bank_clock.run() == lease_end
    fast.shift(SECOND)
    assert bank_clock.now() == lease_end + 60 * SECOND


def test_paused_clock_stands_and_goes_on_where_it_was(fast: time_machine.Traveller) -> None:
    bank_clock.run()
    fast.shift(SECOND)
    paused_at = bank_clock.pause()

    fast.shift(20 * SECOND)
    assert bank_clock.tick() == bank_clock.pause() == bank_clock.now() == paused_at == NINE + 60 * SECOND
    assert bank_clock.speed() == 0.0

    assert bank_clock.run() == paused_at
    fast.shift(SECOND)
    assert bank_clock.now() == paused_at + 60 * SECOND


def test_clock_does_not_follow_a_wall_clock_set_back(fast: time_machine.Traveller) -> None:
    bank_clock.run()
    fast.shift(10 * SECOND)
    before = bank_clock.now()

    fast.shift(-20 * SECOND)

    assert bank_clock.now() == before


def test_clock_paused_by_another_process_does_not_go_back(fast: time_machine.Traveller) -> None:
    bank_clock.run()
    bank_clock.now()
    # The other process paused a second ago; we have been reading the old anchor since.
    paused_at = NINE + 60 * SECOND
    BankClock.objects.update(bank_at=paused_at, wall_at=START + SECOND, speed=0.0)
    fast.shift(2 * SECOND)
    seen = bank_clock.now()

    fast.shift(10 * SECOND)
    bank_clock._cached.read_at = float("-inf")

    assert bank_clock.now() == seen == NINE + 120 * SECOND


def test_new_speed_counts_from_the_next_start(fast: time_machine.Traveller, settings: Any) -> None:
    bank_clock.run()
    fast.shift(SECOND)

    settings.BANK_CLOCK_SPEED = 10.0
    bank_clock.run()
    fast.shift(SECOND)

    assert bank_clock.now() == NINE + 70 * SECOND
    assert str(BankClock.objects.get()).endswith("× 10.0")


def test_command_runs_pauses_and_shows(fast: time_machine.Traveller) -> None:
    assert run_command("show") == "2026-02-17T09:00:00+05:30 (paused)"
    assert run_command("run") == "2026-02-17T09:00:00+05:30 (60 bank seconds a second)"
    fast.shift(SECOND)
    assert run_command("pause") == "2026-02-17T09:01:00+05:30 (paused)"


def test_command_leaves_the_wall_clock_alone(wall: time_machine.Traveller) -> None:
    assert run_command("show") == "2026-02-17T16:20:00+05:30 (the wall clock)"
    for action in ("run", "pause"):
        with pytest.raises(CommandError, match="BANK_CLOCK_SPEED"):
            run_command(action)


def test_clock_that_was_set_stands_there_until_it_runs(fast: time_machine.Traveller) -> None:
    assert bank_clock.now() == NINE
    later = NINE + dt.timedelta(days=1)

    assert bank_clock.begin(later) == bank_clock.now() == later
    fast.shift(20 * SECOND)
    assert bank_clock.now() == bank_clock.run() == later
    fast.shift(SECOND)
    assert bank_clock.now() == later + 60 * SECOND


def test_clock_that_stands_somewhere_is_not_set_anew(fast: time_machine.Traveller) -> None:
    bank_clock.run()
    fast.shift(SECOND)
    paused_at = bank_clock.pause()

    assert bank_clock.begin(NINE + dt.timedelta(days=1)) == bank_clock.now() == paused_at


@pytest.mark.parametrize("at", ["", "2026-02-18T09:00", "2026-02-17T08:59+05:30"])
def test_clock_is_not_set_to_no_moment_or_to_the_past(fast: time_machine.Traveller, at: str) -> None:
    with pytest.raises(CommandError):
        call_command("bank_clock", "begin", *(["--at", at] if at else []))

    assert not BankClock.objects.exists()


def test_production_has_no_clock_to_set(wall: time_machine.Traveller) -> None:
    assert bank_clock.begin(START + dt.timedelta(days=1)) == START
    with pytest.raises(CommandError, match="BANK_CLOCK_SPEED"):
        run_command("begin")
