"""For how many business days a case has been open."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from interventions.console.board.ageing import Age, Span, spans

TUESDAY = dt.date(2026, 2, 17)


def is_weekday(day: dt.date) -> bool:
    return day.weekday() < 5


def test_days_of_each_age_are_counted_in_business_days() -> None:
    found = spans(TUESDAY, is_weekday)

    assert found == {
        Age.TODAY: Span(after_on=dt.date(2026, 2, 16), until_on=None),
        Age.SOME: Span(after_on=dt.date(2026, 2, 11), until_on=dt.date(2026, 2, 16)),
        Age.MANY: Span(after_on=dt.date(2026, 2, 5), until_on=dt.date(2026, 2, 11)),
        Age.LONG: Span(after_on=None, until_on=dt.date(2026, 2, 5)),
    }


@given(back=st.integers(0, 60), closed=st.sets(st.integers(0, 60)))
def test_every_day_is_of_exactly_one_age_and_of_the_right_one(back: int, closed: set[int]) -> None:
    off = {TUESDAY - dt.timedelta(days=each) for each in closed}
    day = TUESDAY - dt.timedelta(days=back)
    begun = sum(TUESDAY - dt.timedelta(days=each) not in off for each in range(back))

    ages = [
        age
        for age, span in spans(TUESDAY, lambda each: each not in off).items()
        if (span.after_on is None or day > span.after_on) and (span.until_on is None or day <= span.until_on)
    ]

    expected = Age.TODAY if begun < 1 else Age.SOME if begun < 4 else Age.MANY if begun < 8 else Age.LONG
    assert ages == [expected]


def test_bank_that_never_opens_has_cases_of_today_only() -> None:
    found = spans(TUESDAY, lambda _day: False)

    assert found[Age.TODAY].after_on == TUESDAY - dt.timedelta(days=366)
