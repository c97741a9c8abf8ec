"""Instalments of the horizon, and how those before were paid: by customer."""

from dataclasses import dataclass

import numpy as np

from risk.features import Bools, Floats, Ints
from risk.model.features_arithmetic import MISSING
from risk.model.settlement import GRACE_DAYS, HISTORY_DAYS, HORIZON_DAYS, NOT_COVERED, Settlement

DELAY_DAYS = 180
MOST_DELAY_DAYS = 90


@dataclass(frozen=True)
class Dues:
    """What falls due within the horizon and is not paid yet, in hundredths; NaN where nothing is.

    Args:
        in_days: days to each customer's next due day; 0 is today.
        next_amount: what is unpaid of the instalments of that day.
        total_amount: what is unpaid of all of them.
        customer: of each unpaid instalment, ascending.
        days_ahead: of each unpaid instalment, ascending within a customer; from 0 on.
        owed_amount: what the customer has to pay from now until that one, itself included.
    """

    in_days: Floats
    next_amount: Floats
    total_amount: Floats
    customer: Ints
    days_ahead: Ints
    owed_amount: Floats


def dues_of(*, settlement: Settlement, customers: int) -> Dues:
    """Gather what falls due from the as-of day to the horizon, of loans whose history is known."""
    schedules = settlement.schedules
    ahead = schedules.due_day - settlement.as_of
    chosen = np.flatnonzero(
        (ahead >= 0) & (ahead <= HORIZON_DAYS) & settlement.is_known & (settlement.unpaid_amount > 0)
    )
    chosen = chosen[np.lexsort((ahead[chosen], schedules.customer[chosen]))]
    customer, ahead, unpaid = schedules.customer[chosen], ahead[chosen], settlement.unpaid_amount[chosen]
    total = np.bincount(customer, weights=unpaid, minlength=customers)
    in_days = np.full(customers, MISSING)
    # Backwards, so that each customer's first one stands in the end.
    in_days[customer[::-1]] = ahead[::-1]
    is_next = ahead == in_days[customer]
    next_amount = np.bincount(customer[is_next], weights=unpaid[is_next], minlength=customers)
    sums = np.cumsum(unpaid)
    before = np.cumsum(total) - total
    return Dues(
        in_days=in_days,
        next_amount=np.where(next_amount > 0, next_amount, MISSING),
        total_amount=np.where(total > 0, total, MISSING),
        customer=customer,
        days_ahead=ahead,
        owed_amount=sums - before[customer],
    )


@dataclass(frozen=True)
class Conduct:
    """How instalments were paid so far; one element per customer.

    Args:
        misses_180d: instalments due 4 to 180 days ago that were not covered three days after.
        misses_365d: the same of 365 days.
        worst_days: most days past due of an instalment of 365 days; NaN where none fell due.
        since_miss_days: days since the latest due day of a missed instalment; NaN where none was missed.
        delay_days: mean delay of the instalments of 180 days; NaN where none fell due.
        paid: covered instalments due 0 to 365 days ago.
    """

    misses_180d: Floats
    misses_365d: Floats
    worst_days: Floats
    since_miss_days: Floats
    delay_days: Floats
    paid: Floats


def conduct_of(*, settlement: Settlement, customers: int) -> Conduct:
    """Judge the instalments of a year, of loans whose history is known."""
    schedules, as_of = settlement.schedules, settlement.as_of
    age = as_of - schedules.due_day
    is_past = settlement.is_known & (age >= 0) & (age <= HISTORY_DAYS)
    late = np.clip(np.minimum(settlement.covered_day, as_of) - schedules.due_day, 0, None)
    is_missed = is_past & (age > GRACE_DAYS) & (late > GRACE_DAYS)
    is_judged = is_past & (age >= 1)
    is_recent = is_judged & (age <= DELAY_DAYS)

    def count(chosen: Bools) -> Floats:
        return np.bincount(schedules.customer[chosen], minlength=customers).astype(np.float64)

    delays = np.bincount(
        schedules.customer[is_recent],
        weights=np.minimum(late[is_recent], MOST_DELAY_DAYS),
        minlength=customers,
    )
    recent = count(is_recent)
    worst = np.full(customers, -1.0)
    np.maximum.at(worst, schedules.customer[is_judged], late[is_judged])
    since = np.full(customers, np.inf)
    np.minimum.at(since, schedules.customer[is_missed], age[is_missed])
    return Conduct(
        misses_180d=count(is_missed & (age <= DELAY_DAYS)),
        misses_365d=count(is_missed),
        worst_days=np.where(worst >= 0, worst, MISSING),
        since_miss_days=np.where(np.isfinite(since), since, MISSING),
        delay_days=np.where(recent > 0, delays / np.maximum(recent, 1), MISSING),
        paid=count(is_past & (settlement.covered_day != NOT_COVERED)),
    )
