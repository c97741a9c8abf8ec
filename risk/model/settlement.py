"""When instalments were covered, and of whom the model speaks: payments count oldest first. Pure.

An instalment is covered from the day on which the loan's payments, added up, reach what was due up to and including
it and never fall below again, as far as is known: a payment that is taken back covers nothing. Several payments of a
day count as one, since nothing says in which order they came.

An instalment is due by the *end* of its due day: from the day after on, it is overdue until it is covered.
"""

from dataclasses import dataclass

import numpy as np

from risk.features import Bools, Floats, Ints
from risk.model.inputs import Payments, Schedules

HORIZON_DAYS = 30
# Months have up to 31 days: whoever pays on the due day has nothing within the horizon until the day is over.
AHEAD_DAYS = HORIZON_DAYS + 1
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


@dataclass(frozen=True)
class Population:
    """Of whom the model speaks; one element per customer. Loans of unknown history do not count.

    Args:
        is_covered: an instalment that is not covered falls due from the as-of day to the horizon, and nothing is
            overdue.
        is_held: not so, but for a reason that is no relief: something is overdue, or the next instalment that is not
            covered falls due on the day after the horizon.
    """

    is_covered: Bools
    is_held: Bools


def population_of(*, settlement: Settlement, customers: int) -> Population:
    """Tell of whom the model speaks.

    Args:
        settlement: as of the end of what is known of the as-of day; instalments due from `HISTORY_DAYS` before it to
            `AHEAD_DAYS` after it are looked at.
        customers: how many customers.
    """
    schedules = settlement.schedules
    ahead = schedules.due_day - settlement.as_of
    is_open = settlement.is_known & (settlement.covered_day == NOT_COVERED)

    def any_of(first: int, last: int) -> Bools:
        chosen = is_open & (ahead >= first) & (ahead <= last)
        return np.asarray(np.bincount(schedules.customer[chosen], minlength=customers) > 0)

    is_overdue = any_of(-HISTORY_DAYS, -1)
    is_ahead = any_of(0, HORIZON_DAYS)
    is_covered = is_ahead & ~is_overdue
    is_next = any_of(AHEAD_DAYS, AHEAD_DAYS)
    return Population(is_covered=is_covered, is_held=~is_covered & (is_overdue | is_next))


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
