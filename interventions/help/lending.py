"""What a customer owes on a loan, instalment by instalment, as known now: schedules and payments, oldest first."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Sum

from customers.models import Instalment, InstalmentPayment, Loan
from interventions.help.relief import Line


@dataclass(frozen=True)
class Owed:
    """A loan as it stands on a bank day.

    Args:
        loan: Which.
        fallen_due: how many instalments fell due before the day.
        overdue_amount: unpaid of those.
        ahead: the instalments from the day on that are not paid in full, in order, each with what is left of it.
    """

    loan: Loan
    fallen_due: int
    overdue_amount: Decimal
    ahead: tuple[Line, ...]

    def outstanding(self, until: dt.date) -> Decimal:
        """What is unpaid of everything due by a day, and at least of the next instalment."""
        due = [line.amount for line in self.ahead if line.due_on <= until]
        return self.overdue_amount + sum(due or [line.amount for line in self.ahead[:1]], Decimal("0.00"))


def owed_on(loan: Loan, day: dt.date) -> Owed:
    """What is owed on a loan; payments count oldest instalment first."""
    (owed,) = _owed([loan], loan.customer_id, day)
    return owed


def owed_by(customer_id: int, day: dt.date) -> list[Owed]:
    """A customer's open loans as they stand on a bank day, by id. Three queries, however many they are."""
    loans = Loan.objects.filter(customer_id=customer_id, started_on__lte=day).exclude(closed_on__lte=day)
    return _owed(list(loans.order_by("pk")), customer_id, day)


def _owed(loans: list[Loan], customer_id: int, day: dt.date) -> list[Owed]:
    paid = InstalmentPayment.objects.filter(customer_id=customer_id, loan__in=loans).values_list("loan_id")
    amounts = dict(paid.annotate(amount=Sum("amount")))
    lines: dict[int, list[Instalment]] = {}
    found = Instalment.objects.filter(customer_id=customer_id, loan__in=loans)
    for line in found.filter(version=F("loan__schedule_version")).order_by("loan_id", "number"):
        lines.setdefault(line.loan_id, []).append(line)
    return [
        _standing(loan, lines.get(loan.pk, []), amounts.get(loan.pk) or Decimal("0.00"), day)
        for loan in loans
    ]


def _standing(loan: Loan, lines: Sequence[Instalment], paid: Decimal, day: dt.date) -> Owed:
    unpaid = [
        Line(number=line.number, due_on=line.due_on, amount=min(line.amount, line.cumulative_amount - paid))
        for line in lines
        if line.cumulative_amount > paid
    ]
    return Owed(
        loan=loan,
        fallen_due=sum(line.due_on < day for line in lines),
        overdue_amount=sum((line.amount for line in unpaid if line.due_on < day), Decimal("0.00")),
        ahead=tuple(line for line in unpaid if line.due_on >= day),
    )


def pressing(loans: Sequence[Owed]) -> Owed | None:
    """The loan that a case is about: one that is overdue, else the one with the soonest unpaid instalment."""
    unpaid = [each for each in loans if each.ahead or each.overdue_amount]
    return min(unpaid, key=_urgency, default=None)


def _urgency(owed: Owed) -> tuple[bool, dt.date, int]:
    return (not owed.overdue_amount, owed.ahead[0].due_on if owed.ahead else dt.date.max, owed.loan.pk)
