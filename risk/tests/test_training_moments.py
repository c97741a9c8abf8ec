"""At which moments the training set looks: within the data, with what came after known."""

import datetime as dt
from itertools import pairwise

import pytest

from customers.tests.factories import LoanFactory
from risk.tests.factories import TODAY, TileFactory, days_ago
from risk.training.moments import DataWindow, NoMoments, data_window, noon, weekly

WINDOW = DataWindow(from_on=dt.date(2026, 1, 1), until_on=dt.date(2026, 6, 30))


def test_moments_are_weeks_apart_and_the_last_is_the_last_possible() -> None:
    days = weekly(WINDOW)

    assert days[-1] == dt.date(2026, 5, 28)
    assert {(later - day).days for day, later in pairwise(days)} == {7}
    assert days[0] == dt.date(2026, 3, 26)


def test_one_moment_fits_where_history_and_outcome_just_meet() -> None:
    window = DataWindow(
        from_on=dt.date(2026, 1, 1), until_on=dt.date(2026, 1, 1) + dt.timedelta(days=84 + 33)
    )

    assert weekly(window) == [dt.date(2026, 3, 26)]


@pytest.mark.parametrize(
    ("days", "history", "count"), [(121 + 147 + 33, 121, 22), (121 + 146 + 33, 84, 27), (84 + 33, 84, 1)]
)
def test_features_see_all_they_look_at_where_enough_moments_remain(
    days: int, history: int, count: int
) -> None:
    window = DataWindow(from_on=WINDOW.from_on, until_on=WINDOW.from_on + dt.timedelta(days=days))

    found = weekly(window)

    assert (window.history_days, len(found)) == (history, count)
    assert 0 <= (found[0] - window.from_on).days - history < 7


def test_moments_can_be_narrowed_and_begin_earlier() -> None:
    days = weekly(WINDOW, from_on=dt.date(2026, 2, 1), until_on=dt.date(2026, 2, 20))

    assert days == [dt.date(2026, 2, 6), dt.date(2026, 2, 13), dt.date(2026, 2, 20)]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"until_on": dt.date(2026, 5, 29)}, "the last possible moment is 2026-05-28"),
        ({"from_on": dt.date(2026, 6, 1)}, "no moment between 2026-06-01 and 2026-05-28"),
        ({"until_on": dt.date(2026, 3, 25)}, "no moment between 2026-03-26 and 2026-03-25"),
    ],
)
def test_moments_without_history_or_outcome_are_refused(limits: dict[str, dt.date], reason: str) -> None:
    with pytest.raises(NoMoments, match=reason):
        weekly(WINDOW, **limits)


def test_noon_is_the_banks() -> None:
    assert noon(dt.date(2026, 6, 30)).astimezone(dt.UTC) == dt.datetime(2026, 6, 30, 6, 30, tzinfo=dt.UTC)


@pytest.mark.django_db
@pytest.mark.usefixtures("at_noon")
def test_the_data_reach_over_the_days_on_which_borrowers_were_active() -> None:
    borrower = LoanFactory.create().customer
    for age in (-1, 0, 1, 50, 300):
        TileFactory.create(customer=borrower, day_on=days_ago(age))
    TileFactory.create(day_on=days_ago(700))

    assert data_window() == DataWindow(from_on=days_ago(300), until_on=TODAY - dt.timedelta(days=1))


@pytest.mark.django_db
@pytest.mark.usefixtures("at_noon")
def test_a_misdated_row_of_one_in_a_hundred_borrowers_does_not_stretch_the_data() -> None:
    for number, loan in enumerate(LoanFactory.create_batch(100)):
        TileFactory.create(customer=loan.customer, day_on=days_ago(3_000 if number == 50 else 300))
        TileFactory.create(customer=loan.customer, day_on=days_ago(1 if number == 7 else 40))

    assert data_window() == DataWindow(from_on=days_ago(3_000), until_on=days_ago(40))
    TileFactory.create(customer=LoanFactory.create().customer, day_on=days_ago(290))
    assert data_window() == DataWindow(from_on=days_ago(300), until_on=days_ago(40))


@pytest.mark.django_db
def test_without_activity_there_are_no_data() -> None:
    LoanFactory.create()

    with pytest.raises(NoMoments, match="import customers and transactions first"):
        data_window()
