"""Loans, schedules and payments of a customer on stage, for the tests of help."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from customers.models import InstalmentPayment, Loan
from customers.tests.factories import (
    InstalmentFactory,
    InstalmentPaymentFactory,
    LoanFactory,
    TransactionFactory,
)
from interventions.models import Case, ContactPack, PolicyTemplate
from interventions.tests import cases, governed, staff
from interventions.tests.stage import Stage, in_trouble
from risk.levels import Hardship, Level
from risk.models import CurrentRisk
from risk.tests.factories import NOON, TODAY

DUE_ON = TODAY + dt.timedelta(days=8)
AMOUNT = Decimal("11000.00")
EVERY_KIND = ["due_date_move", "instalment_split", "payment_holiday"]
LONG_AGO = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
TEXT = (
    "Dear {first_name}, {amount} is due on {due_on}. We are there for you: {bank_phone}. {offer}"
    " Free debt advice: {advice_line}. {personal_line} Reply STOP to opt out."
)
HINDI = (
    "{first_name} जी, {due_on} को {amount} देय है। हम आपके साथ हैं: {bank_phone}। {offer}"
    " निःशुल्क कर्ज़ सलाह: {advice_line}। {personal_line} संदेश रोकें: STOP लिखें।"
)


def lending(
    customer: Any, *, ahead: int = 4, fallen_due: int = 8, due_on: dt.date = DUE_ON, amount: Decimal = AMOUNT
) -> Loan:
    """A loan of which everything that fell due is paid; its next instalment is due on a day."""
    loan = LoanFactory.create(customer=customer, instalment_amount=amount, started_on=dt.date(2025, 5, 25))
    for number in range(1, fallen_due + ahead + 1):
        InstalmentFactory.create(
            loan=loan,
            number=number,
            due_on=due_on + dt.timedelta(days=30 * (number - fallen_due - 1)),
            recorded_at=LONG_AGO,
        )
    if fallen_due:
        paying(loan, amount * fallen_due, NOON - dt.timedelta(days=20))
    return loan


def paying(
    loan: Loan, amount: Decimal | int, at: dt.datetime | None = None, **fields: Any
) -> InstalmentPayment:
    """A payment towards a loan, now unless said when."""
    at = at or timezone.now()
    return InstalmentPaymentFactory.create(
        loan=loan, amount=amount, occurred_at=at, **{"recorded_at": at} | fields
    )


def debited(loan: Loan, amount: Decimal, at: dt.datetime, *, reverses: str | None = None) -> str:
    """A booked debit or its return, as a transaction and as the payment it becomes; returns the transaction's id."""
    made = TransactionFactory.create(
        customer=loan.customer,
        occurred_at=at,
        amount=abs(amount),
        kind="DEBT",
        merchant_category="EMI",
        status="RETURNED" if reverses else "BOOKED",
        reverses=reverses,
    )
    microseconds = round(at.timestamp() * 1_000_000)
    paying(loan, amount, at, origin="transaction", payment_id=f"txn:{microseconds}:{made.transaction_id}")
    return str(made.transaction_id)


def policy(**fields: Any) -> PolicyTemplate:
    """A policy that stands for a HIGH income shock, with everything that staff may fill and offer."""
    given: dict[str, Any] = {
        "messages": {"sms": {"en": TEXT, "hi": HINDI}, "call": {"en": "Dear {first_name}, how can we help?"}},
        "fields": {
            "offer": {"label": "What we offer", "max_length": 40, "default": "We can talk about dates."}
        },
        "personal_line_max": 80,
        "relief_kinds": EVERY_KIND,
        **fields,
    }
    return governed.active_policy(**given)


def on_stage(*, language: str = "en", name: str = "Asha Rao", **fields: Any) -> Stage:
    """A customer in trouble with consent, a case that is a manager's, a pack and a policy; fields of the policy."""
    manager = staff.manager()
    stands = policy(**fields)
    if not ContactPack.objects.filter(state="active").exists():
        governed.active_pack()
    customer = in_trouble(name, manager=manager)
    customer.language = language
    customer.save()
    CurrentRisk.objects.filter(customer=customer).update(next_due_on=DUE_ON, next_due_amount=AMOUNT)
    case = cases.opened(customer, to=manager, due_on=DUE_ON, policy=stands)
    return Stage(manager=manager, customer=customer, case=case, policy=stands)


def of_case(case: Case) -> list[str]:
    """What happened to a case, in order."""
    return list(case.transitions.order_by("id").values_list("verb", flat=True))


HIGH_SHOCK = (Hardship.INCOME_SHOCK, Level.HIGH)
