"""Features: from tiles to one array per feature, for any number of customers at once.

The same function serves the live stream, the batch and the what-if. It knows no database, no clock and no settings.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from risk.rulebook import RulebookContent

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NO_DAY = np.int64(-(2**40))
HUNDREDTHS = 100.0


@dataclass(frozen=True)
class Tiles:
    """Tiles of several customers, one element per tile, in any order.

    Args:
        customer: index of the tile's customer, 0 to n-1.
        day: bank day as a day number (days since any fixed day).
        Counts and amounts as in `customers.models.ActivityTile`; amounts in whole hundredths of the bank's currency,
        whose sums are exact: in fractions, a debit and its return would leave a remainder behind.
    """

    customer: Ints
    day: Ints
    txn_count: Floats
    debit_amount: Floats
    credit_amount: Floats
    essential_amount: Floats
    discretionary_amount: Floats
    cash_count: Floats
    salary_count: Floats
    largest_unflagged_credit_amount: Floats


@dataclass(frozen=True)
class Features:
    """One array per feature, each of one element per customer; amounts in the bank's currency."""

    txn_count: Ints
    salary_count: Ints
    days_since_salary: Ints
    atm_withdrawals_7d: Ints
    total_spend: Floats
    essential_spend: Floats
    discretionary_spend: Floats
    spending_change_pct: Floats
    credits_30d: Floats
    closed_debits_30d: Floats
    txn_count_30d: Ints
    txn_count_previous_30d: Ints
    salaries_before_silence: Ints
    salaries_in_silence: Ints

    def names(self) -> tuple[str, ...]:
        """The features' names, in order."""
        return tuple(each.name for each in fields(self))


def compute(
    *, tiles: Tiles, customers: int, as_of: int, last_salary_day: Ints, rules: RulebookContent
) -> Features:
    """Compute every feature of `customers` customers as of one bank day.

    Args:
        tiles: Their tiles, at least those of the last `tile_days(rules)` days, plus older ones if at hand. Tiles after
            the as-of day are not looked at.
        customers: How many customers; indices run from 0.
        as_of: The bank day at which windows end, as a day number.
        last_salary_day: The last day with a flagged salary ever known, NO_DAY where none is; tiles may add later ones.
        rules: The rulebook.

    Returns:
        Features, one element per customer. `days_since_salary` is −1 where no salary is known.

    Source:
        docs/features.md, which defines every window.
    """
    windows = rules.windows
    over = _Windows(tiles.customer, as_of - tiles.day, customers)
    salaries = salary_counts(tiles=tiles, as_of=as_of, rules=rules)
    debits = tiles.debit_amount
    change = windows.change_days
    recent = over.sums(debits, 1, change)
    earlier = over.sums(debits, change + 1, 2 * change)
    silence = windows.income_silence_days
    drain = windows.drain_days
    last_salary = _last_salary(tiles=tiles, salaries=salaries, known=last_salary_day, as_of=as_of)
    return Features(
        txn_count=over.counts(tiles.txn_count, 0, windows.activity_days - 1),
        salary_count=over.counts(salaries, 0, windows.activity_days - 1),
        days_since_salary=np.where(last_salary == NO_DAY, -1, as_of - last_salary),
        atm_withdrawals_7d=over.counts(tiles.cash_count, 0, windows.cash_days - 1),
        total_spend=over.spend(debits, 0, windows.spend_days - 1),
        essential_spend=over.spend(tiles.essential_amount, 0, windows.spend_days - 1),
        discretionary_spend=over.spend(tiles.discretionary_amount, 0, windows.spend_days - 1),
        spending_change_pct=_change_pct(recent, earlier),
        credits_30d=over.sums(tiles.credit_amount, 1, drain) / HUNDREDTHS,
        closed_debits_30d=over.spend(debits, 1, drain),
        txn_count_30d=over.counts(tiles.txn_count, 1, drain),
        txn_count_previous_30d=over.counts(tiles.txn_count, drain + 1, 2 * drain),
        salaries_before_silence=over.counts(salaries, silence, silence + windows.income_history_days - 1),
        salaries_in_silence=over.counts(salaries, 0, silence - 1),
    )


@dataclass(frozen=True)
class _Windows:
    """Sums of tiles by customer and age in days; each over tiles aged first to last days, both inclusive."""

    customer: Ints
    age: Ints
    customers: int

    def sums(self, values: Floats, first: int, last: int) -> Floats:
        inside = (self.age >= first) & (self.age <= last)
        sums: Floats = np.bincount(
            self.customer[inside], weights=values[inside], minlength=self.customers
        ).astype(np.float64)
        return sums

    def counts(self, values: Floats, first: int, last: int) -> Ints:
        return self.sums(values, first, last).astype(np.int64)

    def spend(self, values: Floats, first: int, last: int) -> Floats:
        # A window may hold a return whose debit lies before it; spend is never below nothing.
        return np.maximum(self.sums(values, first, last), 0.0) / HUNDREDTHS


def tile_days(rules: RulebookContent) -> int:
    """How many days of full tiles the features read; older tiles matter for salaries only."""
    windows = rules.windows
    return max(
        windows.activity_days,
        windows.spend_days,
        windows.cash_days,
        2 * windows.drain_days + 1,
        2 * windows.change_days + 1,
    )


def salary_days(rules: RulebookContent) -> int:
    """How many days of salaries and unflagged credits the features read."""
    windows = rules.windows
    return windows.income_silence_days + windows.income_history_days + rules.salary.gap_days[1]


def salary_counts(*, tiles: Tiles, as_of: int, rules: RulebookContent) -> Floats:
    """Salaries per tile: those the source flagged, plus inferred ones, as known on the as-of day.

    An unflagged credit counts as salary when the same customer has another one of about the same amount about a month
    before or after. Stateless per pair, so later history never un-pays an earlier salary.
    """
    found = tiles.salary_count.copy()
    candidates = np.flatnonzero(
        (tiles.largest_unflagged_credit_amount >= HUNDREDTHS * rules.salary.smallest_amount)
        & (tiles.salary_count == 0)
        & (tiles.day <= as_of)
    )
    if candidates.size < 2:
        return found
    order = candidates[np.lexsort((tiles.day[candidates], tiles.customer[candidates]))]
    customer, day = tiles.customer[order], tiles.day[order]
    amount = tiles.largest_unflagged_credit_amount[order]
    shortest, longest = rules.salary.gap_days
    # Candidates lie at most one a day apart, so a partner is at most `longest` places away.
    for step in range(1, min(longest, order.size - 1) + 1):
        gap = day[step:] - day[:-step]
        same = (customer[step:] == customer[:-step]) & (gap >= shortest) & (gap <= longest)
        if not same.any():
            if not ((customer[step:] == customer[:-step]) & (gap <= longest)).any():
                break
            continue
        larger = np.maximum(amount[step:], amount[:-step])
        smaller = np.minimum(amount[step:], amount[:-step])
        regular = same & (smaller >= (1 - rules.salary.amount_tolerance) * larger)
        found[order[:-step][regular]] = 1
        found[order[step:][regular]] = 1
    return found


def _last_salary(*, tiles: Tiles, salaries: Floats, known: Ints, as_of: int) -> Ints:
    last = known.copy()
    paid = (salaries > 0) & (tiles.day <= as_of)
    np.maximum.at(last, tiles.customer[paid], tiles.day[paid])
    return last


def _change_pct(recent: Floats, earlier: Floats) -> Floats:
    """Percentage change; 0 where there was nothing before."""
    known = earlier > 0
    return np.where(known, 100.0 * (recent - earlier) / np.where(known, earlier, 1.0), 0.0)
