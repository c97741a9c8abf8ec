"""Debt, returns and distress features by hand-made examples."""

import numpy as np
import pytest

from risk.tests.model_samples import Due, Paid, Row, computed, day, fact, loan, value

INCOME = [day(age, credit_amount=100) for age in (30, 60, 90, 120)]


def test_what_falls_due_next_and_within_the_month() -> None:
    dues = [*loan(9, 30, 31, amount=50), *loan(9, amount=20, loan=2), *loan(0, amount=7, loan=3)]

    found = computed(INCOME, dues=dues, paid=[Paid(0, 7, loan=3), Paid(2, 20)])

    assert value(found, "days_to_due") == 9
    # A part of the first is paid already.
    assert (fact(found, "due_in_days"), fact(found, "due_amount"), fact(found, "due_30d")) == (9, 50, 100)
    assert value(found, "instalment_to_income") == 1.0


def test_what_is_paid_ahead_is_not_due() -> None:
    found = computed(INCOME, dues=loan(5, 29, amount=50), paid=[Paid(2, 50)])

    assert value(found, "days_to_due") == 29
    nothing = computed(INCOME, dues=loan(5, amount=50), paid=[Paid(2, 50)])
    assert not nothing.is_covered.any()
    assert np.isnan(value(nothing, "days_to_due"))
    assert value(nothing, "instalment_to_income") == 0


def test_what_falls_due_today_is_due_until_it_is_paid() -> None:
    found = computed(INCOME, dues=loan(0, 30, amount=50))

    assert found.is_covered.all()
    assert (value(found, "days_to_due"), fact(found, "due_amount"), fact(found, "due_30d")) == (0, 50, 100)
    assert np.isnan(value(found, "worst_dpd_365d"))
    assert value(found, "misses_365d") == 0


def test_a_loan_of_unknown_history_is_left_out() -> None:
    found = computed(INCOME, dues=loan(-20, 10))

    assert np.isnan(value(found, "days_to_due"))
    assert (value(found, "misses_365d"), value(found, "instalments_paid")) == (0, 0)


def test_instalments_without_income_are_ten_times_as_much() -> None:
    assert value(computed([day(120)], dues=loan(5)), "instalment_to_income") == 10
    assert np.isnan(value(computed([day(120)]), "instalment_to_income"))
    assert np.isnan(value(computed([day(20)], dues=loan(5)), "instalment_to_income"))


def test_obligations_are_instalments_and_essential_spending_without_debt_paid() -> None:
    household = [day(90, essential_amount=70, debt_amount=10), day(45, essential_amount=30), day(120)]

    found = computed([*INCOME[:1], *household], dues=loan(5, amount=40))

    assert fact(found, "obligations") == 40 + 90 / 3
    assert value(found, "obligations_to_income") == pytest.approx(70 / 25)


@pytest.mark.parametrize(
    ("ahead", "covered_after", "misses", "dpd"),
    [
        pytest.param(-40, 0, 0, 0, id="in time"),
        pytest.param(-40, 3, 0, 3, id="within grace"),
        pytest.param(-40, 4, 1, 4, id="missed"),
        pytest.param(-40, None, 1, 40, id="still unpaid"),
        pytest.param(-3, None, 0, 3, id="not missed yet"),
        pytest.param(-4, None, 1, 4, id="missed just now"),
        pytest.param(-180, 9, 1, 9, id="half a year ago"),
    ],
)
def test_a_miss_is_an_instalment_unpaid_three_days_after_it_was_due(
    ahead: int, covered_after: int | None, misses: int, dpd: int
) -> None:
    paid = [Paid(300, 1)]
    if covered_after is not None:
        paid.append(Paid(-ahead - covered_after, 99))

    found = computed(dues=loan(ahead), paid=paid)

    assert value(found, "misses_180d") == value(found, "misses_365d") == misses
    assert value(found, "worst_dpd_365d") == fact(found, "worst_dpd") == dpd


def test_conduct_of_a_year_and_of_half_a_year() -> None:
    dues = loan(-366, -365, -181, -180, -30, -1)
    paid = [Paid(100, 400), Paid(28, 100), Paid(0, 100)]

    found = computed(dues=dues, paid=paid)

    assert (value(found, "misses_180d"), value(found, "misses_365d")) == (1, 3)
    assert value(found, "worst_dpd_365d") == 265
    assert value(found, "days_since_last_miss") == 180
    # 80 days, 2 days and 1 day late.
    assert value(found, "payment_delay_days") == pytest.approx((80 + 2 + 1) / 3)
    assert value(found, "instalments_paid") == 5


def test_a_delay_counts_for_ninety_days_at_most_and_early_is_in_time() -> None:
    found = computed(dues=loan(-150, -20), paid=[Paid(40, 200)])

    assert value(found, "payment_delay_days") == 45


def test_without_any_instalment_due_conduct_is_unknown() -> None:
    found = computed(dues=loan(0, 30), paid=[Paid(0, 100)])

    for name in ("worst_dpd_365d", "payment_delay_days", "days_since_last_miss"):
        assert np.isnan(value(found, name))
    assert value(found, "instalments_paid") == 1


def test_loans_of_a_customer_are_judged_together() -> None:
    dues = [*loan(-20), Due(-50, 10, 10, loan=2)]

    found = computed(dues=dues, paid=[Paid(20, 100), Paid(41, 10, loan=2)])

    assert (value(found, "misses_180d"), value(found, "payment_delay_days")) == (1, 4.5)


def returned(age: int, count: int = 1) -> Row:
    return day(age, returned_count=count)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], 0, id="none"),
        pytest.param([returned(3)], 1, id="one"),
        pytest.param([returned(30, 2), returned(20), returned(3)], 4, id="in a row"),
        pytest.param([returned(30, 2), day(25, debt_count=1), returned(3)], 2, id="ended by a payment"),
        pytest.param(
            [returned(30), day(25, debt_count=1), returned(9), returned(3)], 2, id="the later is longer"
        ),
        pytest.param([day(9, returned_count=1, debt_count=1), returned(3)], 1, id="paid on the same day"),
        pytest.param([returned(90), returned(89)], 1, id="within ninety days"),
    ],
)
def test_longest_run_of_returned_debits(rows: list[Row], expected: int) -> None:
    assert value(computed(rows), "returned_run_90d") == expected


def test_loan_apps_and_gambling_are_shares() -> None:
    rows = [day(29, loan_app_credit_amount=50, loan_app_count=2, credit_amount=50), *INCOME]
    rows += [day(5, gambling_amount=10, debit_amount=40)]

    found = computed(rows)

    assert value(found, "loan_app_to_income") == 0.5
    assert value(found, "loan_app_count_90d") == 2
    assert value(found, "gambling_share_30d") == 0.25
    assert np.isnan(value(computed(), "gambling_share_30d"))
