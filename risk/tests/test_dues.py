"""The next instalment to be paid: payments cover the schedule, oldest first."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import pytest

from customers import bank_clock
from customers.models import Loan
from customers.tests.factories import (
    CustomerFactory,
    InstalmentFactory,
    InstalmentPaymentFactory,
    LoanFactory,
)
from risk.reading import Due, read_dues
from risk.tests.factories import TODAY, days_ago

EMI = 1_100_000

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan() -> Loan:
    """Three instalments of 11,000: due 40 and 10 days ago, and in 20 days."""
    loan = LoanFactory.create()
    add_schedule(loan)
    return loan


def add_schedule(
    loan: Loan, amount: Decimal = Decimal("11000.00"), ages: Sequence[int] = (40, 10, -20)
) -> None:
    for number, age in enumerate(ages, start=1):
        InstalmentFactory.create(
            loan=loan, number=number, due_on=days_ago(age), amount=amount, cumulative_amount=amount * number
        )


def pay(loan: Loan, amount: str) -> None:
    InstalmentPaymentFactory.create(loan=loan, amount=Decimal(amount))


def due_of(loan: Loan) -> Due | None:
    return read_dues(ids=[loan.customer_id], as_of=TODAY).get(loan.customer_id)


@pytest.mark.parametrize(
    ("payments", "age", "amount"),
    [
        (["10999.99"], 40, 1),
        (["11000.00"], 10, EMI),
        (["11000.00", "-11000.00"], 40, EMI),
        (["11000.00", "4000.00"], 10, 700_000),
        (["22000.00"], -20, EMI),
        (["30000.00"], -20, 300_000),
    ],
)
def test_payments_cover_the_schedule_oldest_first(
    loan: Loan, payments: list[str], age: int, amount: int
) -> None:
    for payment in payments:
        pay(loan, payment)

    assert due_of(loan) == Due(days_ago(age), amount)


def test_loan_paid_in_full_has_nothing_due(loan: Loan) -> None:
    pay(loan, "33000.00")

    assert due_of(loan) is None


def test_unknown_history_goes_by_the_calendar(loan: Loan) -> None:
    assert due_of(loan) == Due(days_ago(-20), EMI)


def test_unknown_history_counts_today_as_not_yet_missed() -> None:
    loan = LoanFactory.create()
    add_schedule(loan, ages=(40, 10, 0))

    assert due_of(loan) == Due(TODAY, EMI)


def test_new_version_of_the_schedule_replaces_the_old_one(loan: Loan) -> None:
    pay(loan, "11000.00")
    loan.schedule_version = 2
    loan.save()
    add_schedule(loan, amount=Decimal("8000.00"))

    assert due_of(loan) == Due(days_ago(10), 500_000)


@pytest.mark.parametrize(("age", "has_due"), [(1, False), (0, False), (-1, True)])
def test_loan_has_nothing_due_from_the_day_it_is_closed(loan: Loan, age: int, has_due: bool) -> None:
    loan.closed_on = days_ago(age)
    loan.save()

    assert (due_of(loan) is not None) == has_due


def test_payment_counts_to_the_end_of_the_bank_day(loan: Loan) -> None:
    midnight = bank_clock.start_of(days_ago(-1))
    InstalmentPaymentFactory.create(loan=loan, occurred_at=midnight - dt.timedelta(microseconds=1))
    InstalmentPaymentFactory.create(loan=loan, occurred_at=midnight)

    assert due_of(loan) == Due(days_ago(10), EMI)
    assert read_dues(ids=[loan.customer_id], as_of=days_ago(-1)) == {
        loan.customer_id: Due(days_ago(-20), EMI)
    }


def test_payment_to_come_is_no_known_history(loan: Loan) -> None:
    InstalmentPaymentFactory.create(loan=loan, occurred_at=bank_clock.start_of(days_ago(-1)))

    assert due_of(loan) == Due(days_ago(-20), EMI)


def test_earliest_of_several_loans_is_next(loan: Loan) -> None:
    pay(loan, "11000.00")
    other = LoanFactory.create(customer=loan.customer)
    InstalmentFactory.create(loan=other, due_on=days_ago(11))
    pay(other, "1.00")

    assert due_of(loan) == Due(days_ago(11), EMI - 100)


def test_loans_due_on_the_same_day_are_taken_in_order(loan: Loan) -> None:
    other = LoanFactory.create(customer=loan.customer, instalment_amount=Decimal("5.00"))
    InstalmentFactory.create(loan=other, due_on=days_ago(-20))

    assert due_of(loan) == Due(days_ago(-20), EMI)


def test_customers_without_a_loan_are_left_out(loan: Loan) -> None:
    ids = sorted([loan.customer_id, CustomerFactory.create().pk])

    assert read_dues(ids=ids, as_of=TODAY - dt.timedelta(days=1)).keys() == {loan.customer_id}
