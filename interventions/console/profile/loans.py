"""Loans and instalments as they are shown; what is paid of each is derived, never stored."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import bank_clock
from customers.models import Customer, Instalment, InstalmentPayment, Loan
from customers.money import HUNDREDTHS, to_hundredths
from risk.model.inputs import Payments, Schedules
from risk.model.settlement import NOT_COVERED, settle
from risk.reading import POSTGRES_DAY_ZERO, day_number

SHOWN_PAST = 12
SHOWN_AHEAD = 3


class Status(StrEnum):
    """How an instalment stands."""

    PAID = "paid"
    LATE_PAID = "paid_late"
    OVERDUE = "overdue"
    DUE = "due"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One instalment.

    Args:
        unpaid: what is not paid of it yet.
        text: how it stands, in words.
    """

    number: int
    due_on: dt.date
    amount: Decimal
    unpaid: Decimal
    status: Status
    text: str


@dataclass(frozen=True, kw_only=True)
class LoanShown:
    """One loan.

    Args:
        overdue_days: days past due of the oldest instalment that is not paid; 0 where none is.
        next_line: what is to be paid next; None where nothing is.
        lines: the instalments around today, oldest first.
        more: how many instalments are not among them.
        paid_count, late_count: instalments that fell due and were paid, and those of them that were paid late.
        is_known: whether anything is known of what was paid.
    """

    loan: Loan
    overdue_days: int
    next_line: Line | None
    lines: Sequence[Line]
    more: int
    paid_count: int
    late_count: int
    is_known: bool


def loans_of(customer: Customer) -> list[LoanShown]:
    """A customer's loans, open ones first, with their instalments. Three queries, however many there are."""
    loans = list(customer.loans.order_by(F("closed_on").desc(nulls_first=True), "-started_on", "pk"))
    lines = Instalment.objects.filter(
        customer=customer, loan__customer=customer, version=F("loan__schedule_version")
    ).order_by("loan_id", "number")
    paid = InstalmentPayment.objects.filter(customer=customer).order_by("occurred_at")
    instalments, payments = list(lines), list(paid)
    today_on = bank_clock.today()
    return [
        loan_shown(
            loan,
            [each for each in instalments if each.loan_id == loan.pk],
            [each for each in payments if each.loan_id == loan.pk],
            today_on=today_on,
        )
        for loan in loans
    ]


def loan_shown(
    loan: Loan,
    instalments: Sequence[Instalment],
    payments: Iterable[InstalmentPayment],
    *,
    today_on: dt.date,
) -> LoanShown:
    """Put a loan together; payments count oldest first, as everywhere (`risk.model.settlement`)."""
    today = day_number(today_on)
    settled = settle(schedules=_schedules(instalments), payments=_payments(payments), as_of=today)
    lines = [
        _line(each, today_on=today_on, covered=int(covered), unpaid=int(unpaid), is_known=bool(known))
        for each, covered, unpaid, known in zip(
            instalments, settled.covered_day, settled.unpaid_amount, settled.is_known, strict=True
        )
    ]
    is_open = loan.closed_on is None or loan.closed_on > today_on
    overdue = [line for line in lines if line.status == Status.OVERDUE]
    ahead = [line for line in lines if line.due_on >= today_on and line.unpaid > 0]
    following = next(iter(overdue or ahead), None) if is_open else None
    around = _around(lines, today_on)
    return LoanShown(
        loan=loan,
        overdue_days=(today_on - overdue[0].due_on).days if overdue and is_open else 0,
        next_line=following,
        lines=around,
        more=len(lines) - len(around),
        paid_count=sum(line.status in (Status.PAID, Status.LATE_PAID) for line in lines),
        late_count=sum(line.status == Status.LATE_PAID for line in lines),
        is_known=all(line.status != Status.UNKNOWN for line in lines),
    )


def _around(lines: Sequence[Line], today_on: dt.date) -> list[Line]:
    past = [line for line in lines if line.due_on < today_on][-SHOWN_PAST:]
    return [*past, *[line for line in lines if line.due_on >= today_on][:SHOWN_AHEAD]]


def _line(instalment: Instalment, *, today_on: dt.date, covered: int, unpaid: int, is_known: bool) -> Line:
    status, text = _status(
        instalment,
        today_on=today_on,
        paid_on=POSTGRES_DAY_ZERO + dt.timedelta(days=covered) if covered != NOT_COVERED else None,
        is_part_paid=0 < unpaid < to_hundredths(instalment.amount),
        is_known=is_known,
    )
    return Line(
        number=instalment.number,
        due_on=instalment.due_on,
        amount=instalment.amount,
        unpaid=Decimal(unpaid).scaleb(-2),
        status=status,
        text=text,
    )


def _status(
    instalment: Instalment, *, today_on: dt.date, paid_on: dt.date | None, is_part_paid: bool, is_known: bool
) -> tuple[Status, str]:
    ahead = (instalment.due_on - today_on).days
    if paid_on is not None:
        late = (paid_on - instalment.due_on).days
        if late > 0:
            return Status.LATE_PAID, ngettext("paid %(n)d day late", "paid %(n)d days late", late) % {
                "n": late
            }
        return Status.PAID, _("paid")
    if ahead < 0 and not is_known:
        return Status.UNKNOWN, _("not known whether it was paid")
    if ahead < 0:
        words = ngettext("%(n)d day past due", "%(n)d days past due", -ahead) % {"n": -ahead}
        return Status.OVERDUE, _("%(late)s, part of it paid") % {"late": words} if is_part_paid else words
    if ahead == 0:
        return Status.DUE, _("due today")
    words = ngettext("due in %(n)d day", "due in %(n)d days", ahead) % {"n": ahead}
    return Status.DUE, _("%(due)s, part of it paid") % {"due": words} if is_part_paid else words


def _schedules(instalments: Sequence[Instalment]) -> Schedules:
    return Schedules(
        customer=np.zeros(len(instalments), dtype=np.int64),
        loan=np.array([each.loan_id for each in instalments], dtype=np.int64),
        due_day=np.array([day_number(each.due_on) for each in instalments], dtype=np.int64),
        amount=np.array([to_hundredths(each.amount) for each in instalments], dtype=np.float64),
        cumulative_amount=np.array(
            [to_hundredths(each.cumulative_amount) for each in instalments], dtype=np.float64
        ),
    )


def _payments(payments: Iterable[InstalmentPayment]) -> Payments:
    rows = list(payments)
    return Payments(
        customer=np.zeros(len(rows), dtype=np.int64),
        loan=np.array([each.loan_id for each in rows], dtype=np.int64),
        day=np.array([day_number(bank_clock.day_of(each.occurred_at)) for each in rows], dtype=np.int64),
        amount=np.array([int(each.amount * HUNDREDTHS) for each in rows], dtype=np.float64),
    )
