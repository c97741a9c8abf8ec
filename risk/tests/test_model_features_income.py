"""Income features by hand-made examples: the customer's own pay day, and how much comes."""

import numpy as np
import pytest

from risk.tests.model_samples import Row, computed, day, fact, loan, value


def paid(*ages: int, amount: float = 3_000, **facts: float) -> list[Row]:
    return [day(age, salary_count=1, salary_amount=amount, credit_amount=amount, **facts) for age in ages]


@pytest.mark.parametrize(
    ("ages", "gap", "late", "expected_in"),
    [
        pytest.param((10, 40, 70), 30, -20, 20, id="not due yet"),
        pytest.param((30, 60, 90), 30, 0, 0, id="due today"),
        pytest.param((35, 65, 95), 30, 5, -5, id="five days late"),
        # Awaited no longer: the next one is expected a month after the pay day that was missed.
        pytest.param((36, 66, 96), 30, 6, 24, id="six days late"),
        pytest.param((100, 130), 30, 70, 20, id="stopped long ago"),
        pytest.param((2, 9, 16, 23), 7, -5, 5, id="weekly"),
        pytest.param((20, 35, 65), 22.5, -2.5, 2.5, id="two gaps, the middle"),
    ],
)
def test_a_salary_is_late_by_the_customers_own_pay_day(
    ages: tuple[int, ...], gap: float, late: float, expected_in: float
) -> None:
    found = computed(paid(*ages))

    assert value(found, "salary_late_days") == late
    assert value(found, "days_since_salary") == ages[0]
    assert fact(found, "usual_pay_gap_days") == gap
    assert fact(found, "salary_late_days") == late
    assert fact(found, "salary_in_days") == expected_in


def test_one_salary_has_no_rhythm() -> None:
    found = computed(paid(12), dues=loan(5))

    assert value(found, "days_since_salary") == 12
    for name in ("salary_late_days", "salary_before_due_days", "last_salary_change"):
        assert np.isnan(value(found, name))


def test_salaries_are_remembered_for_251_days() -> None:
    assert value(computed(paid(220, 250)), "salary_late_days") == 190
    assert np.isnan(value(computed(paid(220, 251)), "salary_late_days"))


def test_only_the_last_nine_salaries_make_the_rhythm() -> None:
    weekly = [7 * week for week in range(9)]

    assert fact(computed(paid(*weekly, 150, 250)), "usual_pay_gap_days") == 7
    # With four long gaps among the eight, the median lies in between.
    assert fact(computed(paid(0, 7, 14, 21, 28, 60, 92, 124, 156, 250)), "usual_pay_gap_days") == 19.5


@pytest.mark.parametrize(("due", "expected"), [(25, 5), (20, 0), (3, -17)])
def test_days_between_salary_and_due_day(due: int, expected: float) -> None:
    found = computed(paid(10, 40), dues=loan(due))

    assert value(found, "salary_before_due_days") == expected
    assert fact(found, "salary_before_due_days") == expected


def test_an_unflagged_salary_is_inferred_with_its_amount() -> None:
    rows = [
        day(age, largest_unflagged_credit_amount=amount, credit_amount=amount)
        for age, amount in ((5, 2_700), (35, 3_000), (20, 900))
    ]

    found = computed(rows)

    assert value(found, "salary_late_days") == -25
    assert value(found, "salary_count_90d") == 2
    assert (fact(found, "last_salary"), fact(found, "salary_usual")) == (2_700, 3_000)


def test_the_last_salary_is_compared_with_the_median_of_the_earlier() -> None:
    rows = paid(10, amount=1_500) + paid(40, 70, amount=3_000) + paid(100, amount=9_000)

    found = computed(rows)

    assert value(found, "last_salary_change") == -0.5
    assert (fact(found, "last_salary"), fact(found, "salary_usual")) == (1_500, 3_000)


def test_income_is_compared_with_the_usual_of_as_many_days() -> None:
    rows = [day(age, credit_amount=100) for age in range(31, 121)]
    rows.append(day(30, credit_amount=775))

    found = computed(rows)

    assert value(found, "income_change") == -0.75
    assert (fact(found, "income_30d"), fact(found, "income_usual")) == (775, 3_100)


def test_money_from_loan_apps_is_no_income() -> None:
    found = computed([day(120), day(4, credit_amount=700, loan_app_credit_amount=500)])

    assert fact(found, "income_30d") == 200


def test_without_earlier_income_there_is_no_change() -> None:
    assert np.isnan(value(computed([day(120), *paid(3)]), "income_change"))


def test_income_changes_at_most_tenfold() -> None:
    found = computed([day(60, credit_amount=1), *paid(3)])

    assert value(found, "income_change") == 9


def test_income_variation_is_over_blocks_of_thirty_days() -> None:
    def variation(*amounts: float, oldest: int = 120) -> float:
        rows = [day(30 * block + 15, credit_amount=amount) for block, amount in enumerate(amounts)]
        return value(computed([*rows, day(oldest)]), "income_variation")

    assert variation(50, 50, 50, 50) == 0
    assert variation(100, 0, 100, 0) == 1
    # The fourth block is not whole.
    assert variation(100, 100, 100, oldest=119) == 0
    assert np.isnan(variation(100, 100, oldest=89))
    assert np.isnan(variation(0, 0, 0, 0))
