"""Customers, loans, instalments, payments and transactions for tests, in the bank's usual shape."""

import datetime as dt
from decimal import Decimal
from typing import Any

from factory.declarations import LazyAttribute, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from customers import partitions
from customers.models import Customer, Instalment, InstalmentPayment, Loan, Transaction

OCCURRED_AT = dt.datetime(2026, 2, 17, 12, 0, tzinfo=dt.UTC)


class CustomerFactory(DjangoModelFactory[Customer]):
    """A complete customer of the source `core`."""

    class Meta:
        model = Customer

    bank_id = Sequence(lambda number: f"F{number}")
    full_name = Sequence(lambda number: f"Asha Rao {number}")
    city = "Pune"
    employment = "SALARIED"
    salary_amount = Decimal("52000.00")
    expected_salary_day = 1


class LoanFactory(DjangoModelFactory[Loan]):
    """A personal loan of 24 instalments; it has no schedule until instalments are made."""

    class Meta:
        model = Loan

    customer = SubFactory(CustomerFactory)
    reference = Sequence(lambda number: f"L{number}")
    currency = "INR"
    principal_amount = Decimal("240000.00")
    outstanding_amount = Decimal("180000.00")
    instalment_amount = Decimal("11000.00")
    tenure_months = 24
    started_on = dt.date(2025, 6, 5)


class InstalmentFactory(DjangoModelFactory[Instalment]):
    """One line of the current version of a loan's schedule: number 1 unless said otherwise."""

    class Meta:
        model = Instalment

    loan = SubFactory(LoanFactory)
    customer = SelfAttribute("loan.customer")
    version = SelfAttribute("loan.schedule_version")
    number = 1
    due_on = LazyAttribute(lambda line: line.loan.started_on + dt.timedelta(days=30 * line.number))
    amount = SelfAttribute("loan.instalment_amount")
    cumulative_amount = LazyAttribute(lambda line: line.amount * line.number)


class InstalmentPaymentFactory(DjangoModelFactory[InstalmentPayment]):
    """One instalment paid, known when it happened."""

    class Meta:
        model = InstalmentPayment

    loan = SubFactory(LoanFactory)
    customer = SelfAttribute("loan.customer")
    payment_id = Sequence(lambda number: f"P{number}")
    amount = SelfAttribute("loan.instalment_amount")
    occurred_at = OCCURRED_AT
    recorded_at = SelfAttribute("occurred_at")
    origin = InstalmentPayment.Origin.IMPORT


class TransactionFactory(DjangoModelFactory[Transaction]):
    """A booked grocery purchase; makes its month's partition. Tiles are up to `ingest.store`."""

    class Meta:
        model = Transaction

    customer = SubFactory(CustomerFactory)
    occurred_at = OCCURRED_AT
    transaction_id = Sequence(lambda number: f"T{number}")
    amount = Decimal("450.00")
    currency = "INR"
    transaction_type = Transaction.Type.DEBIT
    status = Transaction.Status.BOOKED
    channel = "UPI"
    merchant_category = "GROCERY"
    kind = Transaction.Kind.ESSENTIAL
    recorded_at = SelfAttribute("occurred_at")

    @classmethod
    def _create(cls, model_class: type[Transaction], *args: Any, **kwargs: Any) -> Transaction:
        month = partitions.month_of(kwargs["occurred_at"])
        partitions.ensure_months(table=partitions.TRANSACTIONS, months=[month])
        made: Transaction = super()._create(model_class, *args, **kwargs)
        return made
