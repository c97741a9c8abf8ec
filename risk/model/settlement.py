"""When instalments were covered: payments count towards a loan's schedule oldest first. Pure.

An instalment is covered from the day on which the loan's payments, added up, reach what was due up to and including
it and never fall below again, as far as is known: a payment that is taken back covers nothing. Several payments of a
day count as one, since nothing says in which order they came.
"""

from dataclasses import dataclass

import numpy as np

from risk.features import Bools, Floats, Ints
from risk.model.inputs import Payments, Schedules

HORIZON_DAYS = 30
GRACE_DAYS = 3
HISTORY_DAYS = 365
# Later than any day.
NOT_COVERED = np.int64(2**40)


@dataclass(frozen=True)
class Settlement:
    """What is known of each instalment; one element per element of the schedules.

    Args:
        schedules: the instalments.
        as_of: the last day whose payments count.
        covered_day: the day number from which it was covered, NOT_COVERED where it is not.
        unpaid_amount: what is not paid of it yet.
        is_known: whether its loan's history is known: something was paid, or nothing has fallen due before as-of.
    """

    schedules: Schedules
    as_of: int
    covered_day: Ints
    unpaid_amount: Floats
    is_known: Bools


def settle(*, schedules: Schedules, payments: Payments, as_of: int) -> Settlement:
    """Settle schedules with what was paid until a day, inclusive.

    Args:
        schedules: instalments in any order.
        payments: payments in any order; of loans without instalments, and of days after `as_of`, they do not count.
        as_of: the last day whose payments count.
    """
    count = len(schedules.loan)
    until = payments.day <= as_of
    loans, numbers = np.unique(np.concatenate([schedules.loan, payments.loan[until]]), return_inverse=True)
    loan, payer = numbers[:count], numbers[count:]
    amount = payments.amount[until]
    ledger = _ledger(loan=payer, day=payments.day[until], amount=amount.astype(np.int64))
    paid = np.bincount(payer, weights=amount, minlength=len(loans))
    is_paying = np.bincount(payer, minlength=len(loans)) > 0
    has_been_due = np.bincount(loan[schedules.due_day < as_of], minlength=len(loans)) > 0
    return Settlement(
        schedules=schedules,
        as_of=as_of,
        covered_day=_covered_days(ledger, loan=loan, owed=schedules.cumulative_amount.astype(np.int64)),
        unpaid_amount=np.clip(schedules.cumulative_amount - paid[loan], 0.0, schedules.amount),
        is_known=(is_paying | ~has_been_due)[loan],
    )


def is_covered(*, settlement: Settlement, customers: int) -> Bools:
    """Whether the model speaks of each customer: something falls due within the horizon, and nothing is overdue.

    What falls due on the as-of day itself must be paid. Loans of unknown history do not count.
    """
    schedules = settlement.schedules
    days_ahead = schedules.due_day - settlement.as_of
    is_ahead = (days_ahead >= 1) & (days_ahead <= HORIZON_DAYS)
    is_overdue = (days_ahead >= -HISTORY_DAYS) & (days_ahead <= 0) & (settlement.covered_day == NOT_COVERED)

    def any_of(chosen: Bools) -> Bools:
        return np.asarray(
            np.bincount(schedules.customer[chosen & settlement.is_known], minlength=customers) > 0
        )

    return any_of(is_ahead) & ~any_of(is_overdue)


@dataclass(frozen=True)
class _Ledger:
    """What loans had been paid by the end of each day on which something was paid.

    Args:
        loan: the loan, ascending.
        day: the day, ascending within a loan.
        paid: what the loan had been paid by then.
    """

    loan: Ints
    day: Ints
    paid: Ints


def _ledger(*, loan: Ints, day: Ints, amount: Ints) -> _Ledger:
    order = np.lexsort((day, loan))
    loan, day = loan[order], day[order]
    sums = np.cumsum(amount[order])
    is_first = np.diff(loan, prepend=-1) != 0
    earlier_loans = (sums - amount[order])[is_first][np.cumsum(is_first) - 1]
    # The last payment of a day stands for the day.
    is_last = (np.diff(loan, append=-1) != 0) | (np.diff(day, append=0) != 0)
    return _Ledger(loan=loan[is_last], day=day[is_last], paid=(sums - earlier_loans)[is_last])


def _covered_days(ledger: _Ledger, *, loan: Ints, owed: Ints) -> Ints:
    """The first day from which each loan's payments never fall below what was owed."""
    # Amounts become ranks, so that (loan, amount) is one number in the same order, however large the amounts.
    amounts, ranks = np.unique(np.concatenate([ledger.paid, owed]), return_inverse=True)
    days = len(ledger.day)
    reached = ledger.loan * len(amounts) + ranks[:days]
    # From the end: later sums pull earlier ones down; those of another loan are larger and pull nothing.
    lasting = np.minimum.accumulate(reached[::-1])[::-1]
    place = np.searchsorted(lasting, loan * len(amounts) + ranks[days:])
    # Behind the last day stands that of no loan.
    found = np.append(ledger.loan, -1)[place] == loan
    return np.where(found, np.append(ledger.day, NOT_COVERED)[place], NOT_COVERED)
