"""What the customers' tables refuse, and how their rows are called."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from customers.models import BankClock, InstalmentPayment
from customers.tests.factories import (
    OCCURRED_AT,
    CustomerFactory,
    InstalmentFactory,
    InstalmentPaymentFactory,
    LoanFactory,
    TransactionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("factory", "values", "constraint"),
    [
        (CustomerFactory, {"expected_salary_day": 0}, "salary_day_is_a_day"),
        (CustomerFactory, {"expected_salary_day": 32}, "salary_day_is_a_day"),
        (CustomerFactory, {"age_years": 40}, "age_has_its_day"),
        (CustomerFactory, {"source": ""}, "source_is_a_plain_word"),
        (CustomerFactory, {"source": "a:b"}, "source_is_a_plain_word"),
        (CustomerFactory, {"source": "Cards"}, "source_is_a_plain_word"),
        (CustomerFactory, {"source": "cards\n"}, "source_is_a_plain_word"),
        (LoanFactory, {"loss_given_default_prob": 1.01}, "lgd_is_a_share"),
        (LoanFactory, {"loss_given_default_prob": -0.01}, "lgd_is_a_share"),
        (LoanFactory, {"principal_amount": 0}, "amounts_are_real"),
        (LoanFactory, {"outstanding_amount": Decimal("-0.01")}, "amounts_are_real"),
        (InstalmentFactory, {"amount": 0}, "amount_is_positive"),
        (InstalmentFactory, {"cumulative_amount": 1}, "cumulates_its_amount"),
        (InstalmentPaymentFactory, {"amount": 0}, "moves_money"),
        (InstalmentPaymentFactory, {"origin": "rumour"}, "origin_is_known"),
        (TransactionFactory, {"amount": 0}, "amount"),
        (TransactionFactory, {"status": "MAYBE"}, "status"),
        (TransactionFactory, {"kind": "LUXURY"}, "kind"),
        (TransactionFactory, {"transaction_type": "GIFT"}, "transaction_type"),
    ],
)
def test_impossible_rows_are_refused(factory: Any, values: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        factory.create(**values)


@pytest.mark.parametrize("values", [{"id": 2, "speed": 1.0}, {"id": 1, "speed": -1.0}])
def test_bank_has_one_clock_that_never_runs_back(values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BankClock.objects.create(bank_at=OCCURRED_AT, wall_at=OCCURRED_AT, **values)


def test_customer_is_one_per_source_and_bank_id() -> None:
    CustomerFactory.create(source="core", bank_id="7")
    CustomerFactory.create(source="cards", bank_id="7")

    with pytest.raises(IntegrityError, match="customer_by_bank_id"), transaction.atomic():
        CustomerFactory.create(source="core", bank_id="7")


def test_payment_of_an_import_is_taken_once() -> None:
    payment = InstalmentPaymentFactory.create()

    InstalmentPayment.objects.bulk_create([payment], ignore_conflicts=True)

    assert InstalmentPayment.objects.count() == 1


def test_rows_say_what_they_are() -> None:
    customer = CustomerFactory.create(full_name="Asha Rao", bank_id="7")
    loan = LoanFactory.create(customer=customer, reference="L7")
    line = InstalmentFactory.create(loan=loan, due_on=dt.date(2026, 3, 1))

    assert str(customer) == "Asha Rao"
    assert str(CustomerFactory.create(full_name="", bank_id="8")) == "Customer 8"
    assert (str(loan), str(line)) == ("L7", f"{loan.pk}/1 due 2026-03-01")
    assert str(TransactionFactory.create(customer=customer, transaction_id="T7")) == "T7"
