"""A small portfolio with a past: salaries, purchases and instalments that are paid, but for those left out."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from customers.models import Instalment, Loan, Transaction
from customers.tests.factories import InstalmentFactory, InstalmentPaymentFactory, LoanFactory
from risk.models import DirtyCustomer
from risk.tests.factories import TODAY
from risk.tests.histories import History, book_everything, entry, moment, salary, store
from risk.training.moments import noon

DAYS = 200
STARTED_DAYS_AGO = 420
# With the data ending yesterday, 33 days before their end.
LAST_AS_OF = TODAY - dt.timedelta(days=34)


@dataclass(frozen=True)
class Borrower:
    """A loan, and its repayments by how many days after LAST_AS_OF they were due."""

    loan: Loan
    dues: list[int]


def borrowers_store(
    count: int, *, missed: Collection[tuple[int, int]] = (), is_booked: bool = True, **changes: Any
) -> list[Borrower]:
    """Store a portfolio whose transactions span the last DAYS days.

    Args:
        count: how many borrowers; the nth has instalments due n days after LAST_AS_OF, and every 30 days before and
            after.
        missed: (borrower, days after LAST_AS_OF) of the instalments that were not paid.
        is_booked: whether repayments are payments already, or marked as waiting.
        changes: of every transaction.
    """
    made = []
    rows: list[Transaction] = []
    for number in range(count):
        loan = LoanFactory.create(
            customer__bank_id=f"B{number}", started_on=TODAY - dt.timedelta(days=STARTED_DAYS_AGO)
        )
        dues = list(range(number - 360, 60, 30))
        _schedule(loan, dues)
        paid = [ahead for ahead in dues if (number, ahead) not in missed]
        rows += _repayments(loan, paid, **changes) + _life(loan, **changes)
        made.append(Borrower(loan, dues))
    store(History(rows, []))
    if is_booked:
        book_everything()
    else:
        for each in made:
            DirtyCustomer.objects.create(customer=each.loan.customer, repayment_from=moment(DAYS))
    return made


def due_on(ahead: int) -> dt.date:
    """So many days after LAST_AS_OF."""
    return LAST_AS_OF + dt.timedelta(days=ahead)


def _schedule(loan: Loan, dues: list[int]) -> None:
    Instalment.objects.bulk_create(
        InstalmentFactory.build(
            loan=loan,
            customer=loan.customer,
            number=number,
            due_on=due_on(ahead),
            recorded_at=noon(loan.started_on),
        )
        for number, ahead in enumerate(dues, start=1)
    )


def _repayments(loan: Loan, paid: list[int], **changes: Any) -> list[Transaction]:
    """Debits of the days of the data; what was paid before is imported."""
    rows = []
    for ahead in paid:
        at = noon(due_on(ahead)) - dt.timedelta(hours=6)
        if at < moment(DAYS):
            InstalmentPaymentFactory.create(loan=loan, occurred_at=at)
        elif at < moment(0):
            emi = {
                "merchant_category": "EMI",
                "kind": Transaction.Kind.DEBT,
                "amount": loan.instalment_amount,
            }
            rows.append(entry(loan.customer, at, **emi | changes))
    return rows


def _life(loan: Loan, **changes: Any) -> list[Transaction]:
    rows = [salary(loan.customer, moment(age + 0.1), **changes) for age in range(4, DAYS, 30)]
    spent = {"balance_after_amount": Decimal("9000.00")}
    rows += [entry(loan.customer, moment(age + 0.2), **spent | changes) for age in range(1, DAYS, 2)]
    return rows
