"""Random histories of raw rows with both clocks, and what would be known of them at a moment, found the slow way."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from customers import partitions, tile_sql
from customers.models import Customer, Instalment, InstalmentPayment, Loan, Transaction
from customers.payments import payments_book
from customers.tests.factories import (
    CustomerFactory,
    InstalmentFactory,
    InstalmentPaymentFactory,
    LoanFactory,
)
from risk.model.as_of import View, Wanted, to_us, views
from risk.model.as_of_merge import FACTS
from risk.model.inputs import DayFacts, ModelInputs
from risk.reading import day_number
from risk.rulebook import EQUILIBRATE_1
from risk.tests.factories import NOON, TODAY
from risk.training.moments import noon

Kind = Transaction.Kind
CATEGORIES = [
    ("GROCERY", Kind.ESSENTIAL),
    ("DINING", Kind.DISCRETIONARY),
    ("ATM_WITHDRAWAL", Kind.CASH),
    ("EMI", Kind.DEBT),
    ("GAMBLING", Kind.DISCRETIONARY),
    ("LOANAPP", Kind.INCOME),
    ("SALARY", Kind.INCOME),
]
SALARY_PAISE = 5_200_000


@dataclass
class History:
    """What happened to customers, not stored yet."""

    transactions: list[Transaction]
    payments: list[InstalmentPayment]


def moment(days_ago: float) -> dt.datetime:
    """So many days before noon of TODAY."""
    return NOON - dt.timedelta(days=days_ago)


def entry(customer: Customer, occurred_at: dt.datetime, **changes: Any) -> Transaction:
    """A booked purchase of groceries, known when it happened; not stored."""
    values: dict[str, Any] = {
        "transaction_id": f"T{occurred_at.timestamp()}",
        "amount": Decimal("450.00"),
        "currency": settings.BANK_CURRENCY,
        "transaction_type": "DEBIT",
        "status": "BOOKED",
        "channel": "UPI",
        "merchant_category": "GROCERY",
        "kind": Kind.ESSENTIAL,
        "recorded_at": occurred_at,
    }
    return Transaction(customer=customer, occurred_at=occurred_at, **values | changes)


def salary(customer: Customer, occurred_at: dt.datetime, **changes: Any) -> Transaction:
    """A salary; not stored."""
    values: dict[str, Any] = {
        "amount": Decimal("52000.00"),
        "transaction_type": "CREDIT",
        "merchant_category": "SALARY",
        "kind": Kind.INCOME,
        "is_salary": True,
    }
    return entry(customer, occurred_at, **values | changes)


def random_entry(dice: random.Random, customer: Customer, number: int, *, days_ago: float) -> Transaction:
    """Anything that may stand in a ledger, often recorded late, sometimes at the same time as others."""
    occurred_at = moment(round(days_ago * 8) / 8)
    category, kind = dice.choice(CATEGORIES)
    is_credit = kind == Kind.INCOME
    status = dice.choices(["BOOKED", "RETURNED", "DECLINED"], [8, 1, 1])[0]
    late = dt.timedelta(days=dice.choice([0, 0, 0, 0.25, 3, 20]))
    has_balance = dice.random() < 0.6
    return entry(
        customer,
        occurred_at,
        transaction_id=f"{dice.choice('aBz')}{number}",
        amount=Decimal(SALARY_PAISE if category == "SALARY" else dice.randint(1, 900_000)).scaleb(-2),
        currency=dice.choices([settings.BANK_CURRENCY, "USD"], [9, 1])[0],
        transaction_type="CREDIT" if is_credit else "DEBIT",
        status=status,
        merchant_category=category,
        kind=kind,
        is_salary=dice.choice([True, None]) if category == "SALARY" else dice.choice([False, None]),
        reverses=f"{dice.choice('aBz')}{dice.randint(0, number + 1)}" if status == "RETURNED" else None,
        balance_after_amount=Decimal(dice.randint(-50_000, 9_000_000)).scaleb(-2) if has_balance else None,
        recorded_at=occurred_at + late,
    )


def random_loan(dice: random.Random, customer: Customer) -> Loan:
    """A loan with a schedule or two, the second known from some day on."""
    started = dice.choice([900, 200, 60])
    closed = dice.choice([None, None, None, 40])
    loan: Loan = LoanFactory.create(
        customer=customer,
        started_on=TODAY - dt.timedelta(days=started),
        closed_on=TODAY - dt.timedelta(days=closed) if closed else None,
    )
    offset = dice.randint(0, 29)
    loan.schedule_version = dice.choice([1, 1, 2, 3])
    loan.save()
    lines = []
    for version in range(1, loan.schedule_version + 1):
        known = loan.started_on if version == 1 else TODAY - dt.timedelta(days=dice.randint(1, 34))
        recorded_at = noon(known) + dt.timedelta(hours=dice.choice([0, 1]))
        lines += [
            InstalmentFactory.build(
                loan=loan,
                customer=customer,
                version=version,
                number=number,
                due_on=loan.started_on + dt.timedelta(days=30 * number - offset + version),
                recorded_at=recorded_at,
            )
            for number in range(1, started // 30 + 5)
        ]
    Instalment.objects.bulk_create(lines)
    return loan


def random_payments(dice: random.Random, loan: Loan) -> list[InstalmentPayment]:
    """Payments of a loan, not stored: most instalments once, some never, some late, some taken back."""
    made = []
    for number, line in enumerate(loan.instalments.filter(version=1).order_by("number")):
        occurred_at = noon(line.due_on) + dt.timedelta(days=dice.choice([-1, -0.5, 0, 0, 2, 9]))
        if occurred_at > NOON or dice.random() < 0.1:
            continue
        made.append(
            InstalmentPaymentFactory.build(
                loan=loan,
                customer=loan.customer,
                payment_id=f"P{number}",
                amount=-line.amount if dice.random() < 0.1 else line.amount,
                occurred_at=occurred_at,
                recorded_at=occurred_at + dt.timedelta(days=dice.choice([0, 0, 0, 5])),
            )
        )
    return made


def random_history(dice: random.Random, *, customers: int = 3, days: int = 320, rows: int = 200) -> History:
    """Some customers with loans (stored) and what happened to them (not stored)."""
    history = History([], [])
    for customer in CustomerFactory.create_batch(customers):
        history.transactions += [
            random_entry(dice, customer, number, days_ago=dice.uniform(0, days)) for number in range(rows)
        ]
        for _ in range(dice.choice([1, 2])):
            history.payments += random_payments(dice, random_loan(dice, customer))
    return history


def store(history: History) -> None:
    """Store rows, and sum all transactions up into tiles."""
    months = {partitions.month_of(row.occurred_at) for row in history.transactions}
    partitions.ensure_months(table=partitions.TRANSACTIONS, months=months)
    Transaction.objects.bulk_create(history.transactions, ignore_conflicts=True)
    InstalmentPayment.objects.bulk_create(history.payments)
    sum_up()


def sum_up() -> None:
    """Make the tiles of all stored transactions anew."""
    columns = ", ".join(tile_sql.TILE_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_activitytile")
        cursor.execute(
            f"INSERT INTO customers_activitytile ({columns}) {tile_sql.tile_select('customers_transaction')}",
            {"zone": settings.BANK_TIME_ZONE, "currency": settings.BANK_CURRENCY},
        )


def book_everything() -> None:
    """Book all repayments of everybody."""
    ids = Customer.objects.values_list("pk", flat=True)
    payments_book(since=dict.fromkeys(ids, moment(5_000)))


@contextmanager
def undone() -> Iterator[None]:
    """What the block stores is gone after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def known_at(history: History, at: dt.datetime) -> History:
    """What had happened and was recorded by a moment."""
    return History(
        [row for row in history.transactions if max(row.occurred_at, row.recorded_at) <= at],
        [row for row in history.payments if max(row.occurred_at, row.recorded_at) <= at],
    )


def wanted_at(ids: Sequence[int], *moments: dt.datetime) -> Wanted:
    """Every customer at every moment."""
    days = [day_number(at.astimezone(NOON.tzinfo).date()) for at in moments]
    return Wanted(
        customer_id=np.repeat(np.asarray(ids, dtype=np.int64), len(moments)),
        as_of=np.tile(np.array(days, dtype=np.int64), len(ids)),
        known_us=np.tile(np.array([to_us(at) for at in moments], dtype=np.int64), len(ids)),
    )


def views_at(ids: Sequence[int], *moments: dt.datetime) -> list[View]:
    """What was known of customers at moments, by bank day."""
    return list(views(wanted=wanted_at(ids, *moments), rules=EQUILIBRATE_1))


def view_at(ids: Sequence[int], at: dt.datetime) -> View:
    """What was known of customers at one moment."""
    [view] = views_at(ids, at)
    return view


def inputs_at(ids: Sequence[int], at: dt.datetime) -> ModelInputs:
    """The model's features as of one moment."""
    return view_at(ids, at).inputs(EQUILIBRATE_1)


def rows_of(arrays: Any) -> list[tuple[float | None, ...]]:
    """The elements of a dataclass of arrays, sorted; NaN becomes None, which equals itself."""
    columns = [getattr(arrays, each.name).tolist() for each in fields(arrays)]
    rows = [tuple(None if value != value else value for value in row) for row in zip(*columns, strict=True)]
    return sorted(rows, key=lambda row: [(value is None, value or 0) for value in row])


def nothing() -> DayFacts:
    """No days."""
    none = np.zeros(0, dtype=np.int64)
    return DayFacts(customer=none, day=none, **dict.fromkeys(FACTS, np.zeros(0)))
