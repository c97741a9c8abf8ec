"""Of whom the model speaks, from day to day and hour to hour, and that labels are about the same customers."""

import datetime as dt
import random
from collections.abc import Callable

import numpy as np
import pytest

from customers import bank_clock
from customers.models import Customer, Loan
from customers.tests.factories import InstalmentFactory, InstalmentPaymentFactory, LoanFactory
from risk.model.as_of import views
from risk.model.settlement import NOT_COVERED, settle
from risk.rulebook import EQUILIBRATE_1
from risk.tests.histories import moment, random_history, store, views_at, wanted_at
from risk.training.labels import read_outcomes

pytestmark = pytest.mark.django_db
CLOCKS = (dt.time(0, 5), dt.time(12), dt.time(23))
# Instalments fall due on the 15th; from January to February it is 31 days, from February to March 28.
DUES = [dt.date(2025, 12, 15), dt.date(2026, 1, 15), dt.date(2026, 2, 15), dt.date(2026, 3, 15)]
DUE = DUES[1]
DAYS = [dt.date(2026, 1, 1) + dt.timedelta(days=number) for number in range(31)]


SPEAKS, HOLDS = (True, False), (False, True)


def at(day: dt.date, clock: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, clock, tzinfo=bank_clock.zone())


MOMENTS = [at(day, clock) for day in DAYS for clock in CLOCKS]


def borrower(*paid_at: dt.datetime) -> Loan:
    """A loan of monthly instalments, each payment paying one."""
    loan: Loan = LoanFactory.create(started_on=dt.date(2025, 11, 15))
    for number, due_on in enumerate(DUES, start=1):
        InstalmentFactory.create(
            loan=loan, number=number, due_on=due_on, recorded_at=at(loan.started_on, dt.time(9))
        )
    for moment_of_payment in paid_at:
        InstalmentPaymentFactory.create(
            loan=loan, occurred_at=moment_of_payment, recorded_at=moment_of_payment
        )
    return loan


def month_of(loan: Loan) -> dict[dt.datetime, tuple[bool, bool]]:
    """Whether the model speaks and whether its word holds, at three times of every day of January."""
    stands = {}
    for view in views_at([loan.customer_id], *MOMENTS):
        inputs = view.inputs(EQUILIBRATE_1)
        [place] = view.places.tolist()
        stands[MOMENTS[place]] = (bool(inputs.is_covered[0]), bool(inputs.is_held[0]))
    return stands


def expected(other: Callable[[dt.datetime], bool]) -> dict[dt.datetime, tuple[bool, bool]]:
    """The model speaks, but holds at some moments."""
    return {each: HOLDS if other(each) else SPEAKS for each in MOMENTS}


def test_who_pays_by_standing_order_is_spoken_of_until_the_debit_and_again_the_next_day() -> None:
    debit = dt.time(5)
    loan = borrower(at(DUES[0], debit), at(DUE, debit))

    assert month_of(loan) == expected(lambda each: each in {at(DUE, CLOCKS[1]), at(DUE, CLOCKS[2])})


def test_who_pays_by_hand_in_the_evening_is_spoken_of_until_then() -> None:
    evening = dt.time(20)
    loan = borrower(at(DUES[0], evening), at(DUE, evening))

    assert month_of(loan) == expected(lambda each: each == at(DUE, CLOCKS[2]))


def test_who_misses_is_spoken_of_until_the_due_day_is_over() -> None:
    loan = borrower(at(DUES[0], dt.time(5)))

    assert month_of(loan) == expected(lambda each: each.date() > DUE)


def test_who_pays_two_days_late_is_spoken_of_again_then() -> None:
    loan = borrower(at(DUES[0], dt.time(5)), at(DUE + dt.timedelta(days=2), dt.time(12)))

    silent = {at(DUE + dt.timedelta(days=1), clock) for clock in CLOCKS} | {
        at(DUE + dt.timedelta(days=2), CLOCKS[0])
    }
    assert month_of(loan) == expected(lambda each: each in silent)


@pytest.mark.parametrize("seed", range(3))
def test_labels_are_about_those_of_whom_the_model_speaks(seed: int) -> None:
    store(random_history(random.Random(seed), customers=5, rows=5))  # noqa: S311
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    moments = [moment(day + hour / 24) for day in range(0, 200, 3) for hour in (0, 11.5)]
    wanted = wanted_at(ids, *moments)

    outcomes = read_outcomes(wanted)

    is_covered = np.zeros(len(wanted), dtype=np.bool_)
    is_overdue = np.zeros(len(wanted), dtype=np.bool_)
    for view in views(wanted=wanted, rules=EQUILIBRATE_1):
        is_covered[view.places] = view.inputs(EQUILIBRATE_1).is_covered
        settled = settle(schedules=view.schedules, payments=view.payments, as_of=view.as_of)
        late = settled.is_known & (settled.covered_day == NOT_COVERED) & (view.schedules.due_day < view.as_of)
        is_overdue[view.places[view.schedules.customer[late]]] = True
    np.testing.assert_array_equal(is_covered, outcomes.is_due & ~is_overdue)
    assert is_covered.sum() > 50
    assert (outcomes.is_due & is_overdue).any()
