"""Booked EMI debits become payments: of the right loan, once, and negative when they come back."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from customers.models import InstalmentPayment, Loan, Transaction
from customers.payments import payments_book
from customers.tests.factories import OCCURRED_AT, CustomerFactory, LoanFactory, TransactionFactory

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
EMI: dict[str, Any] = {
    "kind": Transaction.Kind.DEBT,
    "merchant_category": "EMI",
    "channel": "AUTODEBIT",
    "amount": Decimal("11000.00"),
}
RETURNED: dict[str, Any] = {
    "status": Transaction.Status.RETURNED,
    "occurred_at": OCCURRED_AT + dt.timedelta(hours=5),
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan() -> Loan:
    return LoanFactory.create()


def book(loan: Loan) -> list[Any]:
    """Book everything there is, and say which loan got what."""
    payments_book(since={loan.customer_id: LONG_AGO})
    payments = InstalmentPayment.objects.filter(customer_id=loan.customer_id).order_by(
        "occurred_at", "payment_id"
    )
    return list(payments.values_list("loan_id", "amount"))


def test_booked_debit_becomes_a_payment(loan: Loan) -> None:
    debit = TransactionFactory.create(customer=loan.customer, **EMI)

    assert payments_book(since={loan.customer_id: LONG_AGO}) == 1

    payment = InstalmentPayment.objects.get()
    assert (payment.loan_id, payment.amount, payment.origin) == (loan.pk, EMI["amount"], "transaction")
    assert (payment.occurred_at, payment.recorded_at) == (debit.occurred_at, debit.recorded_at)
    assert payment.payment_id.endswith(f":{debit.transaction_id}")
    assert str(payment) == f"11000.00 for loan {loan.pk}"


def test_booking_again_changes_nothing(loan: Loan) -> None:
    TransactionFactory.create(customer=loan.customer, **EMI)
    first = book(loan)

    assert payments_book(since={loan.customer_id: LONG_AGO}) == 0
    assert book(loan) == first


def test_loan_that_arrives_later_takes_no_debit_that_is_booked(loan: Loan) -> None:
    debit = EMI | {"amount": Decimal("5000.00")}
    TransactionFactory.create(customer=loan.customer, **debit)
    first = book(loan)
    LoanFactory.create(customer=loan.customer, instalment_amount=debit["amount"])

    assert book(loan) == first == [(loan.pk, debit["amount"])]


@pytest.mark.parametrize(
    "changes",
    [{"instalment_amount": Decimal("9000.00")}, {"closed_on": OCCURRED_AT.date() - dt.timedelta(days=1)}],
    ids=["instalment", "closed"],
)
def test_terms_that_change_later_move_no_debit_that_is_booked(loan: Loan, changes: dict[str, Any]) -> None:
    LoanFactory.create(customer=loan.customer)
    TransactionFactory.create(customer=loan.customer, **EMI)
    first = book(loan)
    Loan.objects.filter(pk=loan.pk).update(**changes)

    assert book(loan) == first == [(loan.pk, EMI["amount"])]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": Transaction.Kind.ESSENTIAL},
        {"transaction_type": Transaction.Type.CREDIT},
        {"status": Transaction.Status.DECLINED},
        {"status": Transaction.Status.RETURNED},
        {"currency": "USD"},
        # The loan begins on the 5th of June 2025.
        {"occurred_at": dt.datetime(2025, 6, 4, 12, tzinfo=dt.UTC)},
    ],
    ids=["groceries", "credit", "declined", "bounced", "foreign", "before the loan"],
)
def test_what_is_no_repayment_books_nothing(loan: Loan, changes: dict[str, Any]) -> None:
    TransactionFactory.create(customer=loan.customer, **EMI | changes)

    assert book(loan) == []


def test_reversal_takes_the_payment_back(loan: Loan) -> None:
    debit = TransactionFactory.create(customer=loan.customer, **EMI)
    TransactionFactory.create(customer=loan.customer, **EMI | RETURNED, reverses=debit.transaction_id)

    assert book(loan) == [(loan.pk, Decimal("11000.00")), (loan.pk, Decimal("-11000.00"))]


def return_of(debit: Transaction, **changes: Any) -> Transaction:
    """A debit of the bank's that came back, five hours after noon unless said otherwise."""
    fields = EMI | RETURNED | {"customer": debit.customer, "reverses": debit.transaction_id} | changes
    return TransactionFactory.create(**fields)


def test_return_belongs_to_the_loan_of_what_it_returns(loan: Loan) -> None:
    # Taken alone, the first return is like the second loan's instalment, and the second names that loan's account.
    other = LoanFactory.create(customer=loan.customer, instalment_amount=Decimal("500.00"))
    debit = TransactionFactory.create(customer=loan.customer, **EMI)
    return_of(debit, amount=Decimal("500.00"))
    an_hour_later = OCCURRED_AT + dt.timedelta(hours=1)
    return_of(debit, occurred_at=an_hour_later, amount=Decimal("300.00"), account_id=other.reference)

    assert book(loan) == [
        (loan.pk, EMI["amount"]),
        (loan.pk, Decimal("-300.00")),
        (loan.pk, Decimal("-500.00")),
    ]


@pytest.mark.parametrize("is_booked_at_each", [True, False])
def test_returns_take_no_more_than_the_debit(loan: Loan, is_booked_at_each: bool) -> None:
    debit = TransactionFactory.create(customer=loan.customer, **EMI)
    for hours, amount in enumerate(("4000.00", "9000.00", "1.00"), start=1):
        return_of(debit, occurred_at=OCCURRED_AT + dt.timedelta(hours=hours), amount=Decimal(amount))
        if is_booked_at_each:
            book(loan)

    assert [str(amount) for _, amount in book(loan)] == ["11000.00", "-4000.00", "-7000.00"]


def test_return_of_more_than_the_debit_takes_the_debit(loan: Loan) -> None:
    debit = TransactionFactory.create(customer=loan.customer, **EMI)
    return_of(debit, amount=Decimal("11000.01"))

    assert book(loan) == [(loan.pk, EMI["amount"]), (loan.pk, -EMI["amount"])]


def test_return_that_arrives_first_is_booked_with_its_debit(loan: Loan) -> None:
    debit = TransactionFactory.build(customer=loan.customer, **EMI)
    returned = return_of(debit)
    assert payments_book(since={loan.customer_id: returned.occurred_at}) == 0
    debit.save(force_insert=True)

    assert payments_book(since={loan.customer_id: debit.occurred_at}) == 2
    assert book(loan) == [(loan.pk, EMI["amount"]), (loan.pk, -EMI["amount"])]


def test_return_that_arrives_later_finds_a_payment_booked_long_before(loan: Loan) -> None:
    debit = TransactionFactory.create(customer=loan.customer, **EMI)
    first = book(loan)
    LoanFactory.create(customer=loan.customer, instalment_amount=Decimal("500.00"))
    returned = return_of(debit, amount=Decimal("500.00"))

    assert payments_book(since={loan.customer_id: returned.occurred_at}) == 1
    assert book(loan) == [*first, (loan.pk, Decimal("-500.00"))]


@pytest.mark.parametrize(
    "changes",
    [
        {"reverses": "unknown"},
        {"currency": "USD"},
        {"occurred_at": OCCURRED_AT - dt.timedelta(microseconds=1)},
        {"kind": Transaction.Kind.DISCRETIONARY},
    ],
    ids=["of nothing known", "foreign", "before the debit", "no debt"],
)
def test_return_without_a_payment_takes_nothing_back(loan: Loan, changes: dict[str, Any]) -> None:
    debit = TransactionFactory.create(customer=loan.customer, **EMI)
    return_of(debit, **changes)

    assert book(loan) == [(loan.pk, EMI["amount"])]


def test_return_of_another_customers_debit_takes_nothing_back(loan: Loan) -> None:
    debit = TransactionFactory.create(customer=loan.customer, **EMI)
    stranger = LoanFactory.create()
    return_of(debit, customer=stranger.customer)

    assert (book(loan), book(stranger)) == ([(loan.pk, EMI["amount"])], [])


def test_each_customer_is_booked_since_a_moment_of_its_own(loan: Loan) -> None:
    other = LoanFactory.create()
    for customer in (loan.customer, other.customer):
        for days in (0, 1):
            TransactionFactory.create(
                customer=customer, **EMI, occurred_at=OCCURRED_AT + dt.timedelta(days=days)
            )

    later = OCCURRED_AT + dt.timedelta(microseconds=1)
    assert payments_book(since={other.customer_id: OCCURRED_AT, loan.customer_id: later}) == 3
    assert InstalmentPayment.objects.filter(loan=loan).count() == 1


def test_nobody_has_nothing_to_book() -> None:
    assert payments_book(since={}) == 0


def test_debit_belongs_to_the_loan_its_account_names(loan: Loan) -> None:
    named = LoanFactory.create(customer=loan.customer, instalment_amount=Decimal("500.00"))
    TransactionFactory.create(customer=loan.customer, account_id=named.reference, **EMI)

    assert book(loan) == [(named.pk, EMI["amount"])]


def test_debit_belongs_to_the_loan_whose_instalment_it_equals(loan: Loan) -> None:
    equal = LoanFactory.create(customer=loan.customer, instalment_amount=Decimal("500.00"))
    TransactionFactory.create(
        customer=loan.customer, **EMI | {"amount": Decimal("500.00"), "account_id": "other"}
    )

    assert book(loan) == [(equal.pk, Decimal("500.00"))]


def test_debit_like_no_instalment_belongs_to_the_oldest_loan(loan: Loan) -> None:
    LoanFactory.create(customer=loan.customer)
    TransactionFactory.create(customer=loan.customer, **EMI | {"amount": Decimal("123.00")})

    assert book(loan) == [(loan.pk, Decimal("123.00"))]


def test_debit_like_no_instalment_passes_over_a_closed_loan(loan: Loan) -> None:
    open_loan = LoanFactory.create(customer=loan.customer)
    Loan.objects.filter(pk=loan.pk).update(closed_on=OCCURRED_AT.date() - dt.timedelta(days=1))
    TransactionFactory.create(customer=loan.customer, **EMI | {"amount": Decimal("123.00")})

    assert book(loan) == [(open_loan.pk, Decimal("123.00"))]


def test_loan_begins_at_the_banks_midnight(loan: Loan) -> None:
    # Half past midnight in India is still the day before in UTC.
    first_hour = dt.datetime(2025, 6, 4, 19, 0, tzinfo=dt.UTC)
    TransactionFactory.create(customer=loan.customer, occurred_at=first_hour, **EMI)

    assert book(loan) == [(loan.pk, EMI["amount"])]


def test_only_the_customers_asked_for_are_booked(loan: Loan) -> None:
    other = LoanFactory.create()
    for customer in (loan.customer, other.customer):
        TransactionFactory.create(customer=customer, **EMI)

    payments_book(since={other.customer_id: LONG_AGO})

    assert [payment.loan_id for payment in InstalmentPayment.objects.all()] == [other.pk]


def test_customer_without_a_loan_has_nothing_to_pay() -> None:
    customer = CustomerFactory.create()
    TransactionFactory.create(customer=customer, **EMI)

    assert payments_book(since={customer.pk: LONG_AGO}) == 0


def test_payment_cannot_be_changed(loan: Loan) -> None:
    TransactionFactory.create(customer=loan.customer, **EMI)
    book(loan)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE customers_instalmentpayment SET amount = 1")
