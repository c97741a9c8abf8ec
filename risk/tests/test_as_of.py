"""What was known at a moment: the same as if nothing else had ever been stored, whatever came later."""

import copy
import datetime as dt
import random
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from customers.models import Customer
from customers.tests.factories import (
    CustomerFactory,
    InstalmentFactory,
    InstalmentPaymentFactory,
    LoanFactory,
)
from risk.arrays import read_columns
from risk.features import NO_DAY
from risk.model import as_of_reading
from risk.model.as_of import View, Wanted, views
from risk.model.reading import read_inputs
from risk.reading import day_number, read_previous
from risk.rulebook import EQUILIBRATE_1
from risk.tests.factories import NOON, TODAY, days_ago
from risk.tests.histories import (
    History,
    entry,
    known_at,
    moment,
    random_history,
    rows_of,
    salary,
    store,
    undone,
    view_at,
    views_at,
    wanted_at,
)

pytestmark = pytest.mark.django_db
MICROSECOND = dt.timedelta(microseconds=1)
WEEKS = [moment(7 * step) for step in range(6)]


@pytest.fixture
def customer() -> Customer:
    return CustomerFactory.create()


def everybody() -> list[int]:
    return list(Customer.objects.order_by("pk").values_list("pk", flat=True))


def as_rows(view: View) -> list[Any]:
    """Everything in a view that does not depend on the order of rows."""
    payments = view.payments
    paid = {
        key: payments.amount[(payments.loan == key[0]) & (payments.day == key[1])].sum()
        for key in zip(payments.loan.tolist(), payments.day.tolist(), strict=True)
    }
    return [
        view.as_of,
        view.ids.tolist(),
        rows_of(view.days),
        rows_of(view.schedules),
        paid,
        view.last_salary_day.tolist(),
    ]


def counts_by_age(view: View) -> dict[int, float]:
    """Booked transactions by age."""
    return dict(zip((view.as_of - view.days.day).tolist(), view.days.txn_count.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(2))
def test_one_pass_sees_at_each_moment_what_a_database_of_that_moment_holds(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    history = random_history(dice)
    moments = [*WEEKS, moment(30 + 1 / 8), moment(30.1)]
    expected = []
    for at in sorted(moments):
        with undone():
            store(known_at(history, at))
            expected.append(as_rows(view_at(everybody(), at)))

    store(history)

    seen = [as_rows(view) for view in views_at(everybody(), *moments)]
    assert sum(len(rows[2]) for rows in expected) > 1_000
    assert seen == expected


@pytest.mark.parametrize("seed", range(3))
def test_what_a_database_of_that_moment_holds_is_what_the_live_stream_would_have_seen(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    history = known_at(random_history(dice), NOON)
    # Clocks disagree: what happens tomorrow may be stored today, and does not count yet.
    tomorrow = [salary(row.customer, moment(-0.9), recorded_at=NOON) for row in history.transactions[::100]]
    early = [copy.copy(payment) for payment in history.payments[::5]]
    for payment in early:
        payment.payment_id, payment.occurred_at = f"early {payment.payment_id}", moment(-0.9)
    store(History(history.transactions + tomorrow, history.payments + early))
    ids = everybody()

    days, schedules, payments = read_inputs(ids=ids, as_of=TODAY, rules=EQUILIBRATE_1)
    [view] = views(wanted=Wanted.all_stored(ids=ids, as_of=TODAY), rules=EQUILIBRATE_1)

    assert rows_of(view.days) == rows_of(days)
    assert rows_of(view.schedules) == rows_of(schedules)
    np.testing.assert_array_equal(
        np.bincount(view.payments.loan, view.payments.amount), np.bincount(payments.loan, payments.amount)
    )
    known = read_previous(ids=ids, as_of=TODAY).last_salary_day
    assert view.last_salary_day.tolist() == known.tolist()


def test_a_row_is_known_from_the_moment_on_at_which_it_was_recorded(customer: Customer) -> None:
    at = moment(5)
    store(History([entry(customer, moment(20), recorded_at=at)], []))

    before, exactly = (view_at([customer.pk], each) for each in (at - MICROSECOND, at))

    assert counts_by_age(before) == {}
    assert counts_by_age(exactly) == {15: 1}


def test_what_happened_after_the_moment_is_not_known_though_it_was_recorded_before(
    customer: Customer,
) -> None:
    store(History([entry(customer, moment(5), recorded_at=moment(20))], []))

    assert counts_by_age(view_at([customer.pk], moment(5) - MICROSECOND)) == {}
    assert counts_by_age(view_at([customer.pk], moment(5))) == {0: 1}


def test_with_everything_stored_what_happened_after_the_bank_day_is_left_out() -> None:
    loan = LoanFactory.create(started_on=days_ago(90))
    paid = InstalmentPaymentFactory.build_batch(2, loan=loan, customer=loan.customer)
    for payment, age in zip(paid, (9, 20), strict=True):
        payment.occurred_at = moment(age)
    store(History([salary(loan.customer, moment(age)) for age in (9, 20)], paid))
    wanted = [Wanted.all_stored(ids=[loan.customer_id], as_of=days_ago(age)) for age in (10, 0)]

    earlier, later = views(
        wanted=Wanted(
            **{
                each.name: np.concatenate([getattr(day, each.name) for day in wanted])
                for each in fields(Wanted)
            }
        ),
        rules=EQUILIBRATE_1,
    )

    assert (counts_by_age(earlier), counts_by_age(later)) == ({10: 1}, {9: 1, 20: 1})
    assert earlier.last_salary_day.tolist() == [day_number(days_ago(20))]
    assert earlier.payments.day.tolist() == [day_number(days_ago(20))]


def test_moments_may_differ_by_customer_and_lie_on_one_day(customer: Customer) -> None:
    other = CustomerFactory.create()
    store(
        History([entry(each, moment(3 + hours / 24)) for each in (customer, other) for hours in (1, -1)], [])
    )
    mine = wanted_at([customer.pk], moment(3.1), moment(3), moment(2.9))
    theirs = wanted_at([other.pk], moment(3))

    found = list(
        views(
            wanted=Wanted(
                customer_id=np.concatenate([mine.customer_id, theirs.customer_id]),
                as_of=np.concatenate([mine.as_of, theirs.as_of]),
                known_us=np.concatenate([mine.known_us, theirs.known_us]),
            ),
            rules=EQUILIBRATE_1,
        )
    )

    assert [view.places.tolist() for view in found] == [[0, 3], [1], [2]]
    assert [view.ids.tolist() for view in found] == [[customer.pk, other.pk], [customer.pk], [customer.pk]]
    assert [view.days.txn_count.tolist() for view in found] == [[1], [1], [2]]


def test_everybody_is_answered_though_nothing_is_known(customer: Customer) -> None:
    view = view_at([customer.pk], NOON)

    assert view.places.tolist() == [0]
    assert (view.days.day.size, view.schedules.loan.size, view.payments.loan.size) == (0, 0, 0)
    assert view.inputs(EQUILIBRATE_1).is_covered.tolist() == [False]
    assert view.evaluation(EQUILIBRATE_1).features.days_since_salary.tolist() == [-1]


def test_nobody_is_asked_about_and_nothing_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_of_reading, "read_columns", lambda *_: pytest.fail("read"))

    assert list(views(wanted=wanted_at([]), rules=EQUILIBRATE_1)) == []


@pytest.mark.parametrize("moments", [WEEKS[:1], WEEKS])
def test_three_statements_serve_any_number_of_moments(
    customer: Customer, moments: list[dt.datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[str] = []

    def counted(columns: Any, of: str, params: Any) -> Any:
        rows.append(of)
        return read_columns(columns, of, params)

    monkeypatch.setattr(as_of_reading, "read_columns", counted)

    views_at([customer.pk], *moments)

    assert len(rows) == len(set(rows)) == 3


def test_the_last_salary_ever_known_is_found_far_before_the_windows(customer: Customer) -> None:
    store(History([salary(customer, moment(age)) for age in (2_000, 900, 600)], []))

    seen = [view_at([customer.pk], moment(age)) for age in (0, 700, 1_999, 2_001)]

    ages = [day_number(days_ago(age)) for age in (600, 900, 2_000)]
    assert [view.last_salary_day.item() for view in seen] == [*ages, NO_DAY]
    assert seen[0].days.day.size == 0


def test_an_old_salary_recorded_late_is_known_late(customer: Customer) -> None:
    late = salary(customer, moment(600), recorded_at=moment(10))
    store(History([salary(customer, moment(900)), late], []))

    seen = views_at([customer.pk], moment(11), moment(10))

    assert [view.last_salary_day.item() for view in seen] == [
        day_number(days_ago(900)),
        day_number(days_ago(600)),
    ]


def test_of_two_balances_at_the_same_time_the_greater_transaction_id_counts(customer: Customer) -> None:
    at = moment(2)
    rows = [
        entry(customer, at, transaction_id=name, balance_after_amount=amount, recorded_at=at + late)
        for name, amount, late in (
            ("B", 1, dt.timedelta(hours=1)),
            ("a", 2, dt.timedelta()),
            ("A", 3, dt.timedelta()),
        )
    ]
    store(History(rows, []))

    view = view_at([customer.pk], NOON)

    assert (view.days.last_balance_amount.item(), view.days.lowest_balance_amount.item()) == (200, 100)


def test_the_greatest_schedule_version_known_holds() -> None:
    loan = LoanFactory.create(started_on=days_ago(60))
    for version, known in ((1, 60), (2, 20), (3, 10)):
        InstalmentFactory.create(
            loan=loan, version=version, due_on=TODAY, amount=version, recorded_at=moment(known)
        )

    seen = [view_at([loan.customer_id], at) for at in (moment(20) - MICROSECOND, moment(20), moment(10))]

    assert [view.schedules.amount.tolist() for view in seen] == [[100], [200], [300]]


def test_loans_and_balances_in_other_currencies_do_not_count(customer: Customer) -> None:
    loan = LoanFactory.create(customer=customer, started_on=days_ago(60), currency="USD")
    InstalmentFactory.create(loan=loan, due_on=TODAY, recorded_at=moment(60))
    InstalmentPaymentFactory.create(loan=loan, occurred_at=moment(21))
    rows = [
        entry(customer, moment(age), balance_after_amount=age, currency=currency)
        for age, currency in ((3, "INR"), (2, "USD"), (3.1, "USD"))
    ]
    store(History(rows, []))

    view = view_at([customer.pk], NOON)

    assert (view.schedules.loan.size, view.payments.loan.size) == (0, 0)
    np.testing.assert_array_equal(view.days.last_balance_amount, [300, np.nan])
    np.testing.assert_array_equal(view.days.lowest_balance_amount, [300, np.nan])


def test_loans_that_have_not_begun_or_are_closed_do_not_count() -> None:
    loan = LoanFactory.create(started_on=days_ago(20), closed_on=days_ago(5))
    InstalmentFactory.create(loan=loan, due_on=days_ago(6), recorded_at=moment(60))
    InstalmentPaymentFactory.create(loan=loan, occurred_at=moment(21))

    seen = [view_at([loan.customer_id], moment(age)) for age in (21, 20, 6, 5, 4)]

    # On the day of its closing nobody can say yet whether it is closed.
    assert [view.schedules.loan.tolist() for view in seen] == [[], [loan.pk], [loan.pk], [loan.pk], []]
    assert [view.payments.loan.tolist() for view in seen] == [[], [loan.pk], [loan.pk], [loan.pk], []]
