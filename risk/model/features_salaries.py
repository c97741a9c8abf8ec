"""The last salaries of each customer, side by side."""

from dataclasses import dataclass

import numpy as np

from risk.features import Floats, Ints, salary_counts
from risk.model.features_arithmetic import MISSING, median
from risk.model.inputs import DayFacts
from risk.rulebook import RulebookContent

# Nine salaries: eight gaps, which for those paid monthly reach as far back as tiles are read.
MOST_SALARIES = 9
# So long an expected salary is awaited; then the next is expected on the pay day after it.
PATIENCE_DAYS = 5


@dataclass(frozen=True)
class Salaries:
    """Salaries, flagged or inferred; one element per customer, NaN where unknown.

    Args:
        by_tile: what of each tile's credits is salary, in hundredths.
        counts: salaries per tile.
        since_last_days: days since the last one.
        gap_days: median gap between them: the customer's own pay rhythm.
        expected_in_days: days until the next expected one; at most `PATIENCE_DAYS` in the past.
        last_amount: the last one, in hundredths.
        earlier_amount: the median of those before.
        usual_amount: the median of all of them.
    """

    by_tile: Floats
    counts: Floats
    since_last_days: Floats
    gap_days: Floats
    expected_in_days: Floats
    last_amount: Floats
    earlier_amount: Floats
    usual_amount: Floats


def salaries_of(
    *,
    days: DayFacts,
    customers: int,
    as_of: int,
    rules: RulebookContent,
    later_days: Ints | None = None,
) -> Salaries:
    """Find the salaries in tiles.

    Args:
        days: tiles, none of them after the as-of day.
        customers: how many customers.
        as_of: the as-of day.
        rules: for how salary is inferred.
        later_days: by how many days longer each customer's next salary is awaited than tiles tell, and by how many
            later it comes, from the day on which it would have been expected, or today if that has passed; 0 or more.
    """
    counts = salary_counts(tiles=days.as_tiles(), as_of=as_of, rules=rules)
    amount = np.where(days.salary_count > 0, days.salary_amount, days.largest_unflagged_credit_amount)
    amount = np.where(counts > 0, amount, 0.0)
    paid = np.flatnonzero(counts > 0)
    age = (as_of - days.day[paid]).astype(np.float64)
    ages, amounts = _latest(customer=days.customer[paid], age=age, amount=amount[paid], customers=customers)
    gaps = median(ages[1:] - ages[:-1])
    later = np.zeros(customers) if later_days is None else later_days.astype(np.float64)
    return Salaries(
        by_tile=amount,
        counts=counts,
        since_last_days=ages[0] + later,
        gap_days=gaps,
        expected_in_days=_later(_expected(since_last=ages[0], gap=gaps), by=later),
        last_amount=amounts[0],
        earlier_amount=median(amounts[1:]),
        usual_amount=median(amounts),
    )


def _latest(*, customer: Ints, age: Floats, amount: Floats, customers: int) -> tuple[Floats, Floats]:
    """Ages and amounts of each customer's latest salary days, the last first: (MOST_SALARIES, customers)."""
    order = np.lexsort((age, customer))
    customer = customer[order]
    first = np.searchsorted(customer, np.arange(customers))
    place = np.arange(len(customer)) - first[customer]
    kept = place < MOST_SALARIES
    ages = np.full((MOST_SALARIES, customers), MISSING)
    amounts = ages.copy()
    ages[place[kept], customer[kept]] = age[order][kept]
    amounts[place[kept], customer[kept]] = amount[order][kept]
    return ages, amounts


def _expected(*, since_last: Floats, gap: Floats) -> Floats:
    """Days until the next salary: one gap after the last, or more where that is longer ago than patience allows."""
    gaps = np.maximum(np.ceil((since_last - PATIENCE_DAYS) / gap), 1.0)
    return gap * gaps - since_last


def _later(expected: Floats, *, by: Floats) -> Floats:
    """Never earlier than it was: what is late already is taken as coming today, and so comes later than today."""
    return np.where(by > 0, np.maximum(expected, 0.0) + by, expected)
