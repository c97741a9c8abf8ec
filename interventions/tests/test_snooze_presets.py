"""The days that a snooze offers."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from interventions.console.snooze_presets import LONGEST_DAYS, presets

TUESDAY = dt.date(2026, 2, 17)


def is_weekday(day: dt.date) -> bool:
    return day.weekday() < 5


def days(**said: object) -> dict[str, dt.date]:
    given = {"today_on": TUESDAY, "is_open_on": is_weekday, "pay_day": None, "due_on": None, **said}
    return {each.label: each.until_on for each in presets(**given)}  # type: ignore[arg-type]


def test_weekends_are_passed_over() -> None:
    friday = dt.date(2026, 2, 20)

    assert days(today_on=friday) == {
        "Next business morning": dt.date(2026, 2, 23),
        "In 3 business days": dt.date(2026, 2, 25),
    }


def test_days_mean_something_to_the_customer() -> None:
    found = days(pay_day=28, due_on=dt.date(2026, 3, 2))

    # The 28th is a Saturday, the 1st of March a Sunday.
    assert found["The day after pay day"] == dt.date(2026, 3, 2)
    assert found["The day before the due date"] == dt.date(2026, 2, 27)


def test_pay_day_of_a_short_month_is_its_last_day_and_a_past_one_is_next_months() -> None:
    assert days(pay_day=31)["The day after pay day"] == dt.date(2026, 3, 2)
    assert days(pay_day=16)["The day after pay day"] == dt.date(2026, 3, 17)
    assert days(today_on=dt.date(2026, 12, 30), pay_day=5)["The day after pay day"] == dt.date(2027, 1, 6)


def test_days_that_are_past_or_the_same_are_not_offered_twice() -> None:
    assert days(due_on=TUESDAY) == days()
    assert "The day before the due date" not in days(due_on=TUESDAY + dt.timedelta(days=2))


@given(
    pay_day=st.none() | st.integers(1, 31),
    ahead=st.none() | st.integers(-10, 60),
    closed=st.sets(st.integers(0, 60)),
)
def test_each_day_is_ahead_open_and_offered_once(
    pay_day: int | None, ahead: int | None, closed: set[int]
) -> None:
    off = {TUESDAY + dt.timedelta(days=each) for each in closed}
    due_on = None if ahead is None else TUESDAY + dt.timedelta(days=ahead)

    found = presets(today_on=TUESDAY, is_open_on=lambda day: day not in off, pay_day=pay_day, due_on=due_on)

    until = [each.until_on for each in found]
    assert until == sorted(set(until))
    assert all(TUESDAY < day <= TUESDAY + dt.timedelta(days=LONGEST_DAYS) and day not in off for day in until)
