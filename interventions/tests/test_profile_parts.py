"""Loans, pay days, transactions and words of a customer's page, one by one."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import partitions
from customers.models import Customer, InstalmentPayment, Loan, Transaction
from customers.tests.factories import (
    CustomerFactory,
    InstalmentFactory,
    InstalmentPaymentFactory,
    LoanFactory,
    TransactionFactory,
)
from interventions.console.profile import behaviour, loans, money_path, page, risk_history
from interventions.console.profile.address import Place, TransactionFilters
from interventions.console.profile.loans import Status
from interventions.console.profile.transactions import PAGE_SIZE, transaction_page
from interventions.tests.factories import CurrentRiskFactory
from risk.models import Assessment
from risk.tests.factories import NOON, TODAY, TileFactory, days_ago
from risk.tests.voices import borrower, borrower_due_today, spender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def loan_with(*due_ages: int, customer: Customer | None = None) -> Loan:
    """A loan whose instalments were due so many days ago."""
    loan: Loan = LoanFactory.create(customer=customer or CustomerFactory.create())
    for number, age in enumerate(due_ages, start=1):
        InstalmentFactory.create(loan=loan, number=number, due_on=days_ago(age))
    return loan


def paid(loan: Loan, *ages: int) -> None:
    for age in ages:
        InstalmentPaymentFactory.create(loan=loan, occurred_at=NOON - dt.timedelta(days=age))


def shown(loan: Loan) -> loans.LoanShown:
    [found] = loans.loans_of(loan.customer)
    return found


def test_status_of_each_instalment_is_derived_from_what_was_paid() -> None:
    loan = loan_with(70, 40, 10, -20)
    paid(loan, 70, 36)

    found = shown(loan)

    assert [(line.status, line.text) for line in found.lines] == [
        (Status.PAID, "paid"),
        (Status.LATE_PAID, "paid 4 days late"),
        (Status.OVERDUE, "10 days past due"),
        (Status.DUE, "due in 20 days"),
    ]
    assert (found.overdue_days, found.paid_count, found.late_count, found.is_known) == (10, 2, 1, True)
    assert found.next_line is found.lines[2]


def test_part_of_an_instalment_is_told() -> None:
    loan = loan_with(40, 10, -5)
    paid(loan, 40)
    InstalmentPaymentFactory.create(
        loan=loan, amount=Decimal("4000"), occurred_at=NOON - dt.timedelta(days=9)
    )

    line = shown(loan).lines[1]

    assert (line.text, line.unpaid) == ("10 days past due, part of it paid", Decimal("7000.00"))


def test_without_any_payment_the_past_is_unknown_and_the_calendar_says_what_is_next() -> None:
    found = shown(loan_with(40, 10, -5))

    assert [line.status for line in found.lines] == [Status.UNKNOWN, Status.UNKNOWN, Status.DUE]
    assert (found.is_known, found.overdue_days) == (False, 0)
    assert found.next_line is found.lines[2]


def test_due_today_is_not_overdue() -> None:
    customer = borrower_due_today()

    found = loans.loans_of(customer)[0]

    assert found.next_line is not None
    assert (found.next_line.text, found.overdue_days) == ("due today", 0)


def test_closed_loan_owes_nothing_and_stands_last() -> None:
    customer = CustomerFactory.create()
    closed = loan_with(40, customer=customer)
    Loan.objects.filter(pk=closed.pk).update(closed_on=days_ago(5))
    newer = loan_with(-5, customer=customer)

    found = loans.loans_of(customer)

    assert [each.loan.pk for each in found] == [newer.pk, closed.pk]
    assert (found[1].next_line, found[1].overdue_days) == (None, 0)


def test_long_schedule_is_shown_around_today() -> None:
    found = shown(loan_with(*range(600, -601, -30)))

    assert len(found.lines) == loans.SHOWN_PAST + loans.SHOWN_AHEAD
    assert found.more == 41 - len(found.lines)
    assert found.lines[loans.SHOWN_PAST].due_on == TODAY


def test_payment_of_another_loan_pays_nothing_here() -> None:
    loan, other = loan_with(10), loan_with(10)
    paid(other, 10)

    assert shown(loan).lines[0].status == Status.UNKNOWN
    assert InstalmentPayment.objects.count() == 1


def punctual(customer: Customer) -> behaviour.Punctuality:
    return behaviour.punctuality(customer, money_path.read_situation(customer), as_of_on=TODAY)


def salary_on(customer: Customer, *ages: int) -> Customer:
    for age in ages:
        TileFactory.create(
            customer=customer, day_on=days_ago(age), txn_count=1, salary_count=1, salary_amount=50_000,
            credit_amount=50_000,
        )  # fmt: skip
    return customer


def test_salaries_are_held_against_the_pay_day_on_record() -> None:
    # Paid on 1 February, 4 January and 30 November.
    customer = salary_on(CustomerFactory.create(expected_salary_day=1), 16, 44, 79)

    found = punctual(customer)

    assert [each.text for each in found.salaries] == [
        "on the usual day", "3 days later than usual", "1 day earlier than usual"
    ]  # fmt: skip
    assert "1st of the month" in found.usual


def test_pay_day_at_the_end_of_a_short_month_is_its_last() -> None:
    # 31 January is 17 days ago; 30 November 79.
    customer = salary_on(CustomerFactory.create(expected_salary_day=31), 17, 79)

    assert {each.text for each in punctual(customer).salaries} == {"on the usual day"}


def test_without_a_pay_day_on_record_salaries_are_held_against_their_rhythm() -> None:
    customer = salary_on(CustomerFactory.create(expected_salary_day=None), 5, 40, 70, 100)

    found = punctual(customer)

    assert [each.late_days for each in found.salaries] == [5, 0, 0, None]
    assert found.salaries[-1].text == "nothing to compare it with"
    assert "usually 30 days lie between" in found.usual


def test_spending_is_by_kind_and_closed_week() -> None:
    customer = CustomerFactory.create()
    for age, debt in ((1, 0), (7, 0), (8, 300)):
        TileFactory.create(
            customer=customer, day_on=days_ago(age), txn_count=1, debit_amount=1_000 + debt,
            essential_amount=400 + debt, debt_amount=debt, discretionary_amount=500, cash_count=1, cash_amount=100,
        )  # fmt: skip

    found = behaviour.behaviour(customer, money_path.read_situation(customer), as_of_on=TODAY)

    rows = {each.name: list(each.values)[:3] for each in found.spending.series}
    assert rows == {
        "Essentials": [800, 400, 0], "Wants": [1000, 500, 0], "Cash": [200, 100, 0], "Instalments": [0, 300, 0]
    }  # fmt: skip
    assert found.spending.categories[0] == "10 Feb"
    assert list(found.cash.categories)[:2] == ["10 Feb (2×)", "3 Feb (1×)"]
    assert found.balance.is_empty


def filters(text: str) -> TransactionFilters:
    return TransactionFilters.read(QueryDict(text), today_on=TODAY)


def spent(customer: Customer, days: float, **fields: object) -> Transaction:
    made: Transaction = TransactionFactory.create(
        customer=customer, occurred_at=NOON - dt.timedelta(days=days), **fields
    )
    return made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["big", "paid", "small"]), ("kind=INCOME", ["paid"]), ("direction=CREDIT", ["paid"]),
        ("status=DECLINED", ["small"]), ("least=500", ["big", "paid"]), ("most=500", ["small"]),
        ("q=big bazaar", ["big"]), ("q=BIG", ["big"]), ("q=50%25", []), ("q=upi", ["big", "paid", "small"]),
        ("from=2026-02-16", ["big"]), ("to=2026-02-15", ["paid", "small"]), ("q=salary cr", ["paid"]),
    ],
)  # fmt: skip
def test_filters_narrow_the_list(query: str, found: list[str]) -> None:
    customer = CustomerFactory.create()
    spent(customer, 1, transaction_id="big", amount=Decimal("900"), merchant="Big Bazaar")
    spent(
        customer, 2, transaction_id="paid", amount=Decimal("52000"), transaction_type="CREDIT", kind="INCOME",
        merchant_category="SALARY_CREDIT",
    )  # fmt: skip
    spent(customer, 3, transaction_id="small", amount=Decimal("100"), status="DECLINED")
    spent(customer, 120, transaction_id="old")
    TransactionFactory.create(transaction_id="somebody else's")

    rows = transaction_page(customer, filters(query)).rows

    assert [row.transaction_id for row in rows] == found


def test_pages_of_ten_thousand_follow_each_other_in_one_query_each() -> None:
    customer = CustomerFactory.create()
    first = spent(customer, 80)
    partitions.ensure_months(
        table=partitions.TRANSACTIONS,
        months={partitions.month_of(NOON - dt.timedelta(days=days)) for days in range(90)},
    )
    Transaction.objects.bulk_create(
        Transaction(
            customer=customer, occurred_at=NOON - dt.timedelta(minutes=10 * (number // 3)),
            transaction_id=f"N{number}", amount=5, currency="INR", transaction_type="DEBIT",
            status="BOOKED", channel="UPI", merchant_category="GROCERY", kind="ESSENTIAL", recorded_at=NOON,
        )
        for number in range(10_000)
    )  # fmt: skip

    with CaptureQueriesContext(connection) as queries:
        one = transaction_page(customer, filters(""))
    two = transaction_page(customer, filters(one.next_query.removeprefix("?")))

    assert len(queries) == 1
    assert (len(one.rows), len(two.rows)) == (PAGE_SIZE, PAGE_SIZE)
    keys = [(row.occurred_at, row.transaction_id) for row in [*one.rows, *two.rows]]
    assert keys == sorted(set(keys), reverse=True)
    last = transaction_page(customer, filters("to=2025-12-05"))
    assert first.transaction_id in [row.transaction_id for row in last.rows]


def test_days_before_are_as_many() -> None:
    found = transaction_page(CustomerFactory.create(), filters("from=2026-02-10&to=2026-02-16"))

    assert "from=2026-02-03&to=2026-02-09" in found.earlier_query
    assert found.next_query == ""


@pytest.mark.parametrize(
    "text", ["", "x", "|", "2026-02-17|a", "2026-02-17T00:00:00|a", "9999-01-01T00:00:00+00:00|a"]
)
def test_place_that_is_none_is_none(text: str) -> None:
    assert Place.decode(text) is None


def test_place_comes_back_as_it_was_written() -> None:
    place = Place(timezone.now(), "T|1")

    assert Place.decode(place.encode()) == place


@pytest.mark.parametrize(
    ("birth_on", "told", "age"),
    [
        (dt.date(1990, 2, 17), None, 36), (dt.date(1990, 2, 18), None, 35), (None, 40, 42), (None, None, None),
    ],
)  # fmt: skip
def test_age_is_of_today(birth_on: dt.date | None, told: int | None, age: int | None) -> None:
    customer = Customer(
        birth_on=birth_on, age_years=told, age_as_of_on=dt.date(2024, 1, 1) if told is not None else None
    )

    assert page.age_of(customer) == age


def test_headline_says_what_happens_and_what_is_not_known() -> None:
    def headline(customer: Customer) -> str:
        return money_path.money_path(customer, money_path.read_situation(customer)).headline

    poor, unknown, without = borrower(), borrower(), spender()
    for customer in (poor, without):
        TileFactory.create(
            customer=customer,
            day_on=days_ago(1),
            txn_count=1,
            last_balance_amount=-45_000,
            lowest_balance_amount=-45_000,
        )
    rich = borrower()
    TileFactory.create(
        customer=rich, day_on=days_ago(1), txn_count=1, last_balance_amount=90_000, lowest_balance_amount=1
    )

    assert "short for the instalment of ₹11,000" in headline(poor)
    assert "should be left on 27 Feb after the instalment of ₹11,000" in headline(rich)
    assert "No balance is known." in headline(unknown)
    assert headline(without) == "Nothing that is not paid yet falls due within 30 days."


def test_next_instalment_by_the_calendar_is_on_the_path_where_payments_are_not_known() -> None:
    customer = spender()
    InstalmentFactory.create(loan=loan_with(40, -10, customer=customer), number=3, due_on=days_ago(-40))
    CurrentRiskFactory.create(
        customer=customer, as_of_on=TODAY, next_due_on=days_ago(-10), next_due_amount=Decimal("11000")
    )

    found = money_path.money_path(customer, money_path.read_situation(customer))

    assert found.path.is_by_calendar
    assert any("by the calendar" in each for each in found.assumes)


def test_changes_name_what_only_the_points_tell() -> None:
    before = Assessment(level=1, score=1.0, hardship=0, segment=0, points={"salary_gap": 1.0})
    now = Assessment(level=1, score=1.0, hardship=0, segment=0, points={"spending_drop": 1.0})
    same = Assessment(level=1, score=1.0, hardship=0, segment=0, points={"spending_drop": 1.0})

    assert risk_history.changes(now, before) == [
        "Other points for the same score: Salary that stays away, A sudden drop in spending"
    ]
    assert "another model or rulebook" in risk_history.changes(same, now)[0]
