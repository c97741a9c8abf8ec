"""Spending, cash and activity features by hand-made examples."""

import numpy as np
import pytest

from risk.tests.model_samples import Row, computed, day, fact, value


def everyday(*, until: int = 0, oldest: int = 98, **facts: float) -> list[Row]:
    """The same every closed day older than `until`."""
    return [day(age, **facts) for age in range(until + 1, oldest + 1)]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("spend_change", "debit_amount"),
        ("essential_change", "essential_amount"),
        ("discretionary_change", "discretionary_amount"),
    ],
)
def test_spending_is_compared_with_an_average_month_before(name: str, column: str) -> None:
    before = everyday(until=30, **{column: 10})

    assert value(computed([day(30, **{column: 150}), *before]), name) == -0.5
    assert value(computed([day(1, **{column: -5}), *before]), name) == -1
    assert value(computed([day(1, **{column: 9_000}), *before]), name) == 9
    assert np.isnan(value(computed([day(1, **{column: 9_000}), day(98)]), name))


def test_week_on_week_needs_an_earlier_week() -> None:
    assert value(computed([day(7, debit_amount=30), day(8, debit_amount=40)]), "week_on_week_change") == -0.25
    assert np.isnan(value(computed([day(7, debit_amount=30), day(15)]), "week_on_week_change"))


@pytest.mark.parametrize(
    ("spent", "earned", "expected"),
    [(90, 100, 0.9), (0, 100, 0.0), (90, 0, 10.0), (5_000, 100, 10.0), (0, 0, None)],
)
@pytest.mark.parametrize(("days", "age"), [(30, 30), (90, 90)])
def test_spending_to_income(days: int, age: int, spent: float, earned: float, expected: float | None) -> None:
    found = value(computed([day(age, debit_amount=spent, credit_amount=earned)]), f"spend_to_income_{days}d")

    assert np.isnan(found) if expected is None else found == pytest.approx(expected)


def test_discretionary_share() -> None:
    found = computed([day(3, debit_amount=80, discretionary_amount=20)])

    assert value(found, "discretionary_share") == 0.25
    assert fact(found, "discretionary_share") == 0.25
    # A purchase of before that was returned may leave more of the kind than of the whole.
    returned = [day(3, debit_amount=80, discretionary_amount=90)]
    assert value(computed(returned), "discretionary_share") == 1
    assert np.isnan(value(computed([day(3)]), "discretionary_share"))


def test_a_week_is_measured_in_standard_deviations_of_the_weeks_before() -> None:
    # Weeks of 100 and 300 in turn: mean 200, standard deviation 100.
    weeks = [day(7 * week + 1, debit_amount=300 if week % 2 else 100) for week in range(1, 13)]
    weeks.append(day(91))

    found = computed([day(2, debit_amount=450), *weeks])

    assert value(found, "spend_week_z") == 2.5
    assert (fact(found, "spend_7d"), fact(found, "spend_week_usual")) == (450, 200)


def test_the_deviation_is_at_least_a_tenth_of_the_mean() -> None:
    even = [day(7 * week + 1, discretionary_amount=100) for week in range(1, 13)]

    assert value(computed([*even, day(91), day(1, discretionary_amount=70)]), "discretionary_week_z") == -3
    assert value(computed([*even, day(91), day(1, discretionary_amount=900)]), "discretionary_week_z") == 10


def test_weeks_before_the_first_day_are_not_empty_weeks() -> None:
    def z_score(weeks: int) -> float:
        rows = everyday(oldest=7 * (weeks + 1), debit_amount=10)
        return value(computed(rows), "spend_week_z")

    assert np.isnan(z_score(3))
    assert z_score(4) == pytest.approx(0)


def test_withdrawals_against_the_customers_own_weeks() -> None:
    quiet = [day(91), day(5, cash_count=2)]
    weekly = [day(7 * week + 1, cash_count=1) for week in range(1, 13)]

    assert value(computed(quiet), "cash_count_z") == 4
    assert value(computed([*weekly, *quiet]), "cash_count_z") == 2
    assert value(computed([*weekly, *quiet]), "cash_count_7d") == 2
    assert np.isnan(value(computed([day(5, cash_count=2)]), "cash_count_z"))


def test_cash_of_two_weeks_against_usual_spending() -> None:
    before = everyday(until=14, cash_amount=1, debit_amount=10)

    found = computed([day(14, cash_amount=49, debit_amount=60), *before])

    assert value(found, "cash_rise_14d") == 0.25
    assert (fact(found, "cash_amount_14d"), fact(found, "cash_usual_14d")) == (49, 14)
    assert value(found, "cash_share_30d") == pytest.approx((49 + 16) / (60 + 160))


def test_activity_against_the_customers_own() -> None:
    before = everyday(until=14, txn_count=2)

    assert value(computed([day(3, txn_count=7), *before]), "txn_change_14d") == -0.75
    assert value(computed([day(0, txn_count=9), *before]), "txn_change_14d") == -1
    assert np.isnan(value(computed([day(3, txn_count=7), day(40)]), "txn_change_14d"))


@pytest.mark.parametrize(("ages", "expected"), [((0, 5), 0), ((4, 5), 4), ((120,), 120), ((121,), None)])
def test_days_inactive(ages: tuple[int, ...], expected: int | None) -> None:
    # A day with nothing but a declined payment is no activity.
    rows = [day(2, declined_count=1), *(day(age, txn_count=1) for age in ages)]

    found = value(computed(rows), "days_inactive")

    assert np.isnan(found) if expected is None else found == expected
