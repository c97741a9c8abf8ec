"""Whether a promise to pay is kept, by the payments that are known. Pure: no database, no clock."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from interventions.models import PromiseToPay

State = PromiseToPay.State


@dataclass(frozen=True)
class Payment:
    """Money received towards the promise's loan.

    Args:
        amount: negative where a payment was taken back.
        occurred_at: when it happened.
        recorded_at: when the bank knew of it.
        of_at: when the payment happened that a negative amount takes back; None where that is not known.
    """

    amount: Decimal
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    of_at: dt.datetime | None = None


@dataclass(frozen=True)
class Promise:
    """What was promised.

    Args:
        amount: how much.
        made_at: from when on payments count.
        until: the first moment that is too late: the beginning of the bank day after the promised one.
    """

    amount: Decimal
    made_at: dt.datetime
    until: dt.datetime


def paid(promise: Promise, payments: Iterable[Payment]) -> Decimal:
    """What was paid under a promise: parts add up, and what was taken back counts no more, however late that was.

    A payment counts that happened and became known after the promise was made, and happened before its end. That
    a payment from before the promise is taken back does not count against it.
    """
    return max(
        Decimal("0.00"), sum((each.amount for each in payments if _counts(promise, each)), Decimal("0.00"))
    )


def state_of(promise: Promise, payments: Iterable[Payment], now: dt.datetime) -> PromiseToPay.State:
    """Kept once all of it is paid, even before the day; broken when the day is over without that; else open."""
    if paid(promise, payments) >= promise.amount:
        return State.KEPT
    return State.OPEN if now < promise.until else State.BROKEN


def _counts(promise: Promise, payment: Payment) -> bool:
    if payment.amount < 0 and payment.of_at is not None:
        return promise.made_at < payment.of_at < promise.until
    is_new = payment.occurred_at > promise.made_at and payment.recorded_at > promise.made_at
    return is_new and payment.occurred_at < promise.until
