"""Balance features by hand-made examples: level, direction, and what is left on the due day."""

import numpy as np
import pytest

from risk.model.features_balance import SPECS
from risk.tests.model_samples import Due, Row, computed, day, fact, loan, value

DUE = loan(10)


def closes(age: int, amount: float, **facts: float) -> Row:
    return day(age, last_balance_amount=amount, **facts)


def salaries(*ages: int, amount: float) -> list[Row]:
    return [day(age, salary_count=1, salary_amount=amount, credit_amount=amount) for age in ages]


def test_a_balance_holds_until_the_next_is_stated() -> None:
    found = computed([closes(40, 500), closes(6, 30), day(2, debit_amount=10)], dues=DUE)

    assert value(found, "balance_to_due") == pytest.approx(0.3)
    assert fact(found, "balance") == 30
    assert value(found, "days_under_due_30d") == 6
    assert fact(found, "balance_30d") == pytest.approx((24 * 500 + 6 * 30) / 30)


def test_a_balance_holds_for_forty_five_days() -> None:
    recent, old = ([closes(age, 5, lowest_balance_amount=5), day(120, credit_amount=9)] for age in (45, 46))

    assert fact(computed(recent, dues=DUE), "balance") == 5
    forgotten = computed(old, dues=DUE)
    assert np.isnan([value(forgotten, spec.name) for spec in SPECS]).all()
    assert np.isnan(fact(forgotten, "lowest_balance_90d"))


def test_a_gap_between_balances_is_one() -> None:
    # Known from 110 to 65 days ago, and from 40 days ago on.
    found = computed([closes(110, 700), closes(40, 100)])

    assert fact(found, "balance_usual") == pytest.approx((10 * 100 + 26 * 700) / 36)
    assert fact(found, "balance_months_before") == (100 + 700) / 2


def test_the_lowest_balance_is_that_within_days_or_held_into_them() -> None:
    within = computed([closes(40, 500), closes(9, 90, lowest_balance_amount=-20)], dues=DUE)
    held = computed([closes(31, 10), closes(30, 90, lowest_balance_amount=80)], dues=DUE)

    assert (fact(within, "lowest_balance_30d"), fact(held, "lowest_balance_30d")) == (-20, 10)
    now = closes(0, 95)
    assert fact(computed([closes(91, 10), closes(90, 90), now]), "lowest_balance_90d") == 10
    assert fact(computed([closes(92, 10), closes(91, 90), now]), "lowest_balance_90d") == 90
    assert value(held, "lowest_balance_to_due_90d") == pytest.approx(0.1)
    assert value(within, "lowest_balance_to_due_30d") == pytest.approx(-0.2)


@pytest.mark.parametrize(("name", "last"), [("lowest_balance_30d", 30), ("lowest_balance_90d", 90)])
def test_the_lowest_balance_is_sought_on_exactly_its_days(name: str, last: int) -> None:
    lowest = [day(age, customer=age, lowest_balance_amount=5) for age in range(1, 121)]
    stated = [day(0, customer=age, last_balance_amount=90) for age in range(1, 121)]

    found = computed(lowest + stated, customers=121).facts[name]

    assert found[1:].tolist() == [5] * last + [90] * (120 - last)


def test_balances_are_within_fifty_dues() -> None:
    rich = computed([closes(0, 1e7)], dues=DUE)
    poor = computed([closes(0, -1e7)], dues=DUE)

    assert (value(rich, "balance_to_due"), value(poor, "balance_to_due")) == (50, -50)


def test_a_steady_fall_has_its_slope() -> None:
    falling = [closes(age, 1_000 + 20 * age) for age in range(31)]
    income = [day(120, credit_amount=12_000)]

    found = computed(falling + income)

    assert fact(found, "balance_slope") == pytest.approx(-20)
    # 600 in 30 days, of an income of 3,000.
    assert value(found, "balance_slope_30d") == pytest.approx(-0.2)
    # A balance known for 29 days only, or no income.
    assert np.isnan(value(computed(falling[:30] + income), "balance_slope_30d"))
    assert np.isnan(value(computed([*falling, day(120)]), "balance_slope_30d"))


def test_the_balance_is_compared_with_that_of_two_months_before() -> None:
    found = computed([closes(90, 400), closes(30, 100)])

    assert value(found, "balance_change") == -0.75
    assert (fact(found, "balance_30d"), fact(found, "balance_usual")) == (100, 400)


@pytest.mark.parametrize(("oldest", "is_known"), [(59, False), (60, True)])
def test_an_earlier_balance_is_known_for_thirty_days(oldest: int, is_known: bool) -> None:
    rows = [closes(oldest, 400), closes(31, 400)]

    assert np.isnan(value(computed(rows), "balance_change")) != is_known


def test_the_balance_is_compared_with_the_same_day_of_earlier_months() -> None:
    rows = [closes(0, 40), closes(29, 7), closes(30, 100), closes(60, 7), closes(61, 200), closes(91, 300)]

    found = computed(rows, dues=DUE)

    assert fact(found, "balance_months_before") == 200
    assert value(found, "balance_same_day_change") == pytest.approx(-1.6)
    # Only one month is known, and none.
    assert fact(computed(rows[:3]), "balance_months_before") == 100
    assert np.isnan(value(computed(rows[:2], dues=DUE), "balance_same_day_change"))


def test_without_anything_due_there_is_nothing_to_compare_balances_with() -> None:
    found = computed([closes(70, 100), closes(40, 100), closes(0, 100)])

    known = {spec.name for spec in SPECS if not np.isnan(value(found, spec.name))}
    assert known == {"balance_change"}
    assert fact(found, "balance") == 100


def projected(rows: list[Row], dues: list[Due]) -> float:
    """What is projected to be left after a balance of 1,000 today."""
    return fact(computed([closes(0, 1_000), *rows], dues=dues), "projected_balance")


def test_what_falls_due_is_taken_off() -> None:
    found = computed([closes(0, 70), day(120)], dues=DUE)

    assert fact(found, "projected_balance") == -30
    assert fact(found, "projected_shortfall") == 30
    assert value(found, "projected_balance_to_due") == pytest.approx(-0.3)
    assert value(found, "projected_shortfall_to_income") == 10
    assert fact(computed([closes(0, 170), day(120)], dues=DUE), "projected_shortfall") == 0


def test_the_same_days_of_earlier_months_come_again() -> None:
    # The ten days until the due day: 20 to 29, 51 to 60 and 81 to 90 days ago.
    for age in (20, 29, 51, 60, 81, 90):
        assert projected([day(120), day(age, debit_amount=90)], DUE) == 900 - 30
        assert projected([day(120), day(age, credit_amount=90)], DUE) == 900 + 30
    for age in (19, 30, 50, 61, 80, 91):
        assert projected([day(120), day(age, debit_amount=90)], DUE) == 900


def test_only_months_that_are_known_come_again() -> None:
    spent = [day(25, debit_amount=90)]

    assert projected([*spent, day(29)], DUE) == 900 - 90
    assert projected([*spent, day(60)], DUE) == 900 - 45
    assert projected([*spent, day(90)], DUE) == 900 - 30
    assert np.isnan(projected([*spent, day(28)], DUE))


def test_the_worst_of_the_known_months_may_come_again() -> None:
    spent = [day(25, debit_amount=90), day(55, debit_amount=150), day(60, credit_amount=30)]

    found = computed([closes(0, 1_000), *spent, day(120)], dues=DUE)

    assert fact(found, "projected_worst") == 900 - 120
    assert value(found, "projected_worst_to_due") == pytest.approx(7.8)
    assert fact(computed([closes(0, 1_000), spent[0], day(29)], dues=DUE), "projected_worst") == 900 - 90
    assert np.isnan(fact(computed([closes(0, 1_000), day(28)], dues=DUE), "projected_worst"))


def test_debt_paid_and_money_borrowed_do_not_come_again() -> None:
    debts = [day(25, debit_amount=90, debt_amount=90), day(24, credit_amount=60, loan_app_credit_amount=60)]

    assert projected([*debts, day(120)], DUE) == 900


@pytest.mark.parametrize(
    ("ages", "dues", "expected"),
    [
        pytest.param((25, 55, 85), loan(4), 900, id="salary comes later"),
        pytest.param((25, 55, 85), loan(5), 900 + 300, id="salary on the day"),
        pytest.param((33, 63, 93), loan(5), 900 + 300, id="a salary three days late"),
        pytest.param((36, 66, 96), loan(5), 900, id="a salary no longer awaited"),
        pytest.param((5, 12, 19), loan(10), 900 + 600, id="two weekly ones"),
        pytest.param((25, 55, 85), loan(4, 10), 800 + 100, id="the lowest of two dues"),
    ],
)
def test_salaries_come_on_the_expected_pay_days(
    ages: tuple[int, ...], dues: list[Due], expected: float
) -> None:
    assert projected([day(120), *salaries(*ages, amount=300)], dues) == expected


def test_a_smaller_last_salary_is_the_one_to_expect() -> None:
    rows = salaries(25, amount=120) + salaries(55, 85, amount=300)

    assert projected([day(120), *rows], DUE) == 900 + 120


def test_a_single_salary_is_income_like_any_other() -> None:
    assert projected([day(120), *salaries(25, amount=300)], DUE) == 900 + 100


def test_the_lowest_of_several_dues_decides() -> None:
    dues = [*loan(10), *loan(10, amount=30, loan=2), *loan(29, amount=50, loan=3)]
    rows = [day(120), *salaries(10, 40, 70, amount=2_000)]

    # After both of the tenth day; the salary of the twentieth makes good the last one.
    assert projected(rows, dues) == 1_000 - 130
