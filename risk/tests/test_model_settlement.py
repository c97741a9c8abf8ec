"""When an instalment was covered, and of whom the model speaks."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.model.settlement import NOT_COVERED, Population, Settlement, population_of, settle
from risk.tests.model_samples import AS_OF, Due, Paid, loan, payments_of, schedules_of

NEVER = None


def settled(dues: Sequence[Due], paid: Sequence[Paid]) -> Settlement:
    return settle(schedules=schedules_of(dues), payments=payments_of(paid), as_of=AS_OF)


def covered_ages(dues: Sequence[Due], paid: Sequence[Paid]) -> list[int | None]:
    """Days ago on which each instalment was covered."""
    return [
        NEVER if each == NOT_COVERED else AS_OF - each for each in settled(dues, paid).covered_day.tolist()
    ]


def population(dues: Sequence[Due], paid: Sequence[Paid]) -> Population:
    return population_of(settlement=settled(dues, paid), customers=1)


def speaks(dues: Sequence[Due], paid: Sequence[Paid]) -> list[bool]:
    found: list[bool] = population(dues, paid).is_covered.tolist()
    return found


def test_payments_cover_the_oldest_instalment_first() -> None:
    dues = loan(-60, -30, 0)

    assert covered_ages(dues, [Paid(58, 100), Paid(29, 60), Paid(10, 40)]) == [58, 10, NEVER]
    assert settled(dues, [Paid(58, 100), Paid(29, 60)]).unpaid_amount.tolist() == [0, 4_000, 10_000]


def test_a_reversal_uncovers_until_it_is_paid_again() -> None:
    dues = loan(-60, -30)
    paid = [Paid(60, 100), Paid(30, 100), Paid(20, -100)]

    assert covered_ages(dues, paid) == [60, NEVER]
    assert covered_ages(dues, [*paid, Paid(5, 100)]) == [60, 5]
    # The earlier instalment as well, when both are taken back.
    assert covered_ages(dues, [*paid, Paid(19, -100), Paid(5, 200)]) == [5, 5]


def test_a_reversal_made_good_on_its_day_changes_nothing() -> None:
    paid = [Paid(60, 100), Paid(20, -100), Paid(20, 100)]

    assert covered_ages(loan(-60), paid) == [60]
    assert covered_ages(loan(-60), paid[::-1]) == [60]


def test_payments_after_the_day_do_not_count_yet() -> None:
    assert covered_ages(loan(-60), [Paid(-1, 100)]) == [NEVER]
    assert covered_ages(loan(-60), [Paid(0, 100), Paid(-1, -100)]) == [0]


def test_loans_do_not_pay_for_each_other() -> None:
    dues = loan(-10, loan=7) + loan(-10, loan=3, customer=1)

    assert covered_ages(dues, [Paid(9, 100, loan=3, customer=1), Paid(8, 500, loan=5)]) == [NEVER, 9]


def test_amounts_may_be_very_large() -> None:
    dues = [Due(-5, 9_999_999_999_999.99, 9_999_999_999_999.99, loan=number) for number in range(900)]
    paid = [Paid(number, 9_999_999_999_999.99, loan=number) for number in range(900)]

    assert covered_ages(dues, paid) == list(range(900))


def test_nothing_is_settled_without_loans() -> None:
    assert covered_ages([], []) == []
    assert covered_ages(loan(-5), []) == [NEVER]
    assert speaks([], []) == [False]


@pytest.mark.parametrize(
    ("dues", "paid", "expected"),
    [
        pytest.param(loan(0), [], True, id="today"),
        pytest.param(loan(30), [], True, id="at the horizon"),
        pytest.param(loan(31), [], False, id="beyond the horizon"),
        pytest.param(
            loan(0, 31), [Paid(0, 100)], False, id="today's is paid, the next is beyond the horizon"
        ),
        pytest.param(loan(0, 30), [Paid(0, 100)], True, id="today's is paid, the next is at the horizon"),
        pytest.param(loan(-1, 29), [Paid(9, 1)], False, id="yesterday's is not paid"),
        pytest.param(loan(-20, 10), [Paid(20, 100)], True, id="paid so far"),
        pytest.param(loan(-20, 10), [Paid(20, 200)], False, id="paid ahead"),
        pytest.param(loan(-20, 10, 30), [Paid(20, 200)], True, id="paid ahead, but not all of it"),
        pytest.param(loan(-20, 10), [Paid(20, 99.99)], False, id="a little overdue"),
        pytest.param(loan(0, 30), [Paid(9, 0.01)], True, id="today's is not paid"),
        pytest.param(loan(-365, 10), [Paid(9, 1)], False, id="overdue for a year"),
        pytest.param(loan(-20, 10), [], False, id="nothing is known of its payments"),
        pytest.param(loan(0, 10), [], True, id="the first falls due today"),
        pytest.param([*loan(-20, 10), *loan(5, loan=2)], [], True, id="one unknown, one known"),
        pytest.param([*loan(5), *loan(-9, loan=2)], [Paid(9, 1, loan=2)], False, id="another is overdue"),
    ],
)
def test_the_model_speaks_of_those_with_something_due_and_nothing_overdue(
    dues: list[Due], paid: list[Paid], expected: bool
) -> None:
    assert speaks(dues, paid) == [expected]


@pytest.mark.parametrize(
    ("dues", "paid", "expected"),
    [
        pytest.param([], [], False, id="no loan"),
        pytest.param(loan(5), [], False, id="covered"),
        pytest.param(loan(0, 31), [Paid(0, 100)], True, id="paid today, due again in 31 days"),
        pytest.param(loan(0, 32), [Paid(0, 100)], False, id="paid today, due again in 32 days"),
        pytest.param(loan(-1, 29), [Paid(9, 1)], True, id="overdue"),
        pytest.param(loan(-20, 10), [Paid(20, 200)], False, id="paid ahead"),
        pytest.param(loan(-20, 31), [Paid(20, 200)], False, id="the one beyond the horizon is paid ahead"),
        pytest.param(loan(-9, 31), [], False, id="nothing is known of its payments"),
        pytest.param([*loan(31), *loan(5, loan=2)], [], False, id="another loan falls due earlier"),
    ],
)
def test_silence_holds_where_it_is_no_relief(dues: list[Due], paid: list[Paid], expected: bool) -> None:
    assert population(dues, paid).is_held.tolist() == [expected]


def test_instalments_older_than_the_history_are_not_looked_at() -> None:
    dues = [Due(-366, 100, 100), Due(10, 100, 150)]

    assert speaks(dues, [Paid(300, 60)]) == [True]


events = st.lists(st.tuples(st.integers(1, 2), st.integers(0, 20), st.integers(-3, 6)), max_size=12)


@given(events, st.permutations(range(12)))
def test_coverage_equals_that_of_going_day_by_day(
    events: list[tuple[int, int, int]], order: Sequence[int]
) -> None:
    dues = [*loan(-15, -8, -1, amount=2), *loan(-12, -4, amount=3, loan=2)]
    paid = [Paid(age, amount, loan=number) for number, age, amount in events if amount]
    shuffled = [paid[place] for place in order if place < len(paid)]

    expected = [_covered_by_hand(due, paid) for due in dues]

    assert covered_ages(dues, shuffled) == expected


def _covered_by_hand(due: Due, paid: Sequence[Paid]) -> int | None:
    of_loan = [each for each in paid if each.loan == due.loan]
    covered = NEVER
    for age in sorted({each.age for each in of_loan}, reverse=True):
        if sum(each.amount for each in of_loan if each.age >= age) < due.cumulative:
            covered = NEVER
        elif covered is NEVER:
            covered = age
    return covered


def test_a_settlement_is_the_same_for_each_customer_alone() -> None:
    dues = [*loan(-20, 10, loan=4), *loan(-20, 10, loan=9, customer=1)]

    both = settled(dues, [Paid(20, 100, loan=9, customer=1), Paid(4, 1, loan=4)])

    found = population_of(settlement=both, customers=3)
    assert found.is_covered.tolist() == [False, True, False]
    assert found.is_held.tolist() == [True, False, False]
    np.testing.assert_array_equal(both.is_known, True)
