"""What the model reads as things stand: tiles, schedules that hold, payments by day."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from customers import bank_clock
from customers.models import Customer, Loan
from customers.tests.factories import (
    CustomerFactory,
    InstalmentFactory,
    InstalmentPaymentFactory,
    LoanFactory,
)
from risk.features import salary_days
from risk.model.features import compute
from risk.model.features_days import DAYS
from risk.model.reading import read_days, read_inputs, read_payments, read_schedules
from risk.model.specs import NAMES
from risk.reading import day_number, read_tiles
from risk.rulebook import EQUILIBRATE_1
from risk.tests.factories import TODAY, TileFactory, days_ago

pytestmark = pytest.mark.django_db
SALARIES = salary_days(EQUILIBRATE_1)


@pytest.fixture
def loan() -> Loan:
    return LoanFactory.create(started_on=days_ago(900))


def days_of(*customers: Customer) -> Any:
    return read_days(ids=[customer.pk for customer in customers], as_of=TODAY, rules=EQUILIBRATE_1)


def schedules_of(loan: Loan) -> list[tuple[int, float, float]]:
    """(days ahead, amount, cumulative amount), the first due first."""
    found = read_schedules(ids=[loan.customer_id], as_of=TODAY)
    assert set(found.loan.tolist()) <= {loan.pk}
    ahead = (found.due_day - day_number(TODAY)).tolist()
    return sorted(zip(ahead, found.amount.tolist(), found.cumulative_amount.tolist(), strict=True))


def payments_of(loan: Loan) -> list[tuple[int, float]]:
    """(days ago, amount), the latest first."""
    found = read_payments(ids=[loan.customer_id], as_of=TODAY)
    assert set(found.loan.tolist()) <= {loan.pk}
    return sorted(zip((day_number(TODAY) - found.day).tolist(), found.amount.tolist(), strict=True))


def test_days_are_read_as_far_back_as_they_count() -> None:
    customer = CustomerFactory.create()
    for age in (-1, 0, DAYS - 1, DAYS):
        TileFactory.create(customer=customer, day_on=days_ago(age), txn_count=1)
    TileFactory.create(customer=customer, day_on=days_ago(DAYS + 1), salary_count=1)
    for age in (SALARIES - 1, SALARIES):
        TileFactory.create(customer=customer, day_on=days_ago(age), largest_unflagged_credit_amount=5_000)

    ages = sorted((day_number(TODAY) - days_of(customer).day).tolist())

    assert ages == [0, DAYS - 1, DAYS + 1, SALARIES - 1]


def test_an_empty_balance_is_missing_and_nothing_is_not() -> None:
    customer, other = CustomerFactory.create_batch(2)
    TileFactory.create(customer=other, last_balance_amount="-0.01", lowest_balance_amount=0, loan_app_count=2)
    TileFactory.create(customer=customer, gambling_amount="5.00")

    days = days_of(customer, other)

    place = np.argsort(days.customer)
    assert days.customer[place].tolist() == [0, 1]
    np.testing.assert_array_equal(days.last_balance_amount[place], [np.nan, -1.0])
    np.testing.assert_array_equal(days.lowest_balance_amount[place], [np.nan, 0.0])
    assert days.gambling_amount[place].tolist() == [500.0, 0.0]
    assert days.loan_app_count[place].tolist() == [0.0, 2.0]


def test_the_scorecard_finds_its_tiles_among_the_models() -> None:
    customer = CustomerFactory.create()
    for age in (0, 40, 89, 180):
        TileFactory.create(customer=customer, day_on=days_ago(age), txn_count=age + 1, salary_count=1)

    wanted = read_tiles(ids=[customer.pk], as_of=TODAY, rules=EQUILIBRATE_1)
    found = days_of(customer).as_tiles()

    assert sorted(found.day.tolist()) == sorted(wanted.day.tolist())
    assert sorted(found.txn_count.tolist()) == sorted(wanted.txn_count.tolist())


def test_instalments_are_those_of_a_year_back_and_a_long_month_ahead(loan: Loan) -> None:
    for number, ahead in enumerate((-366, -365, 0, 31, 32), start=1):
        InstalmentFactory.create(
            loan=loan, number=number, due_on=days_ago(-ahead), amount=100, cumulative_amount=100 * number
        )

    assert schedules_of(loan) == [(-365, 10_000, 20_000), (0, 10_000, 30_000), (31, 10_000, 40_000)]


def test_only_the_schedule_that_holds_is_read(loan: Loan) -> None:
    InstalmentFactory.create(loan=loan, version=1, due_on=days_ago(-3))
    InstalmentFactory.create(loan=loan, version=2, due_on=days_ago(-9), amount=7)
    Loan.objects.filter(pk=loan.pk).update(schedule_version=2)

    assert schedules_of(loan) == [(9, 700, 700)]


@pytest.mark.parametrize(
    ("terms", "is_read"),
    [
        ({}, True),
        ({"closed_on": days_ago(-1)}, True),
        ({"closed_on": TODAY}, False),
        ({"started_on": TODAY}, True),
        ({"started_on": days_ago(-1)}, False),
        ({"currency": "USD"}, False),
    ],
)
def test_only_open_loans_in_the_banks_currency_are_read(
    loan: Loan, terms: dict[str, Any], is_read: bool
) -> None:
    InstalmentFactory.create(loan=loan, due_on=days_ago(-3))
    InstalmentPaymentFactory.create(loan=loan)
    Loan.objects.filter(pk=loan.pk).update(**terms)

    assert bool(schedules_of(loan)) == is_read
    assert bool(payments_of(loan)) == is_read


def test_payments_come_by_bank_day_and_early_ones_as_one_sum(loan: Loan) -> None:
    def pay(age: int, amount: int, seconds: int = 0) -> None:
        at = bank_clock.start_of(days_ago(age)) + dt.timedelta(seconds=seconds)
        InstalmentPaymentFactory.create(loan=loan, amount=amount, occurred_at=at)

    for age, amount in ((800, 5), (366, 6), (365, 7), (10, 50), (10, -20), (0, 9), (-1, 11)):
        pay(age, amount)
    pay(9, 4, seconds=-1)

    assert payments_of(loan) == [(0, 900), (10, 3_400), (365, 700), (366, 1_100)]


def test_what_is_read_belongs_to_its_customer(loan: Loan) -> None:
    other = LoanFactory.create(started_on=days_ago(500))
    for each in (loan, other):
        InstalmentFactory.create(loan=each, number=1, due_on=days_ago(20))
        InstalmentFactory.create(loan=each, number=2, due_on=days_ago(-10))
        InstalmentPaymentFactory.create(loan=each, occurred_at=bank_clock.start_of(days_ago(20)))
    TileFactory.create(customer=loan.customer, day_on=days_ago(1), txn_count=1, last_balance_amount=900)
    ids = sorted([loan.customer_id, other.customer_id])

    days, schedules, payments = read_inputs(ids=ids, as_of=TODAY, rules=EQUILIBRATE_1)
    found = compute(
        days=days,
        schedules=schedules,
        payments=payments,
        customers=2,
        as_of=day_number(TODAY),
        rules=EQUILIBRATE_1,
    )

    assert found.is_covered.tolist() == [True, True]
    assert found.values[:, NAMES.index("days_to_due")].tolist() == [10.0, 10.0]
    assert found.facts["balance"][ids.index(loan.customer_id)] == 900.0
    assert np.isnan(found.facts["balance"][ids.index(other.customer_id)])


def test_nobody_has_nothing() -> None:
    customer = CustomerFactory.create()

    days, schedules, payments = read_inputs(ids=[customer.pk], as_of=TODAY, rules=EQUILIBRATE_1)

    assert (len(days.day), len(schedules.loan), len(payments.loan)) == (0, 0, 0)
