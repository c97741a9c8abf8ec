"""Days of activity as dense cumulative sums: the sum over any window of ages is one difference of two rows.

A day's *age* is how many days before the as-of day it lies; that day's own is 0.
"""

from functools import cached_property
from itertools import pairwise

import numpy as np

from risk.features import Bools, Floats, Ints
from risk.model.features_arithmetic import MISSING
from risk.model.inputs import DayFacts

# Ages 0 to 120: a month, and 90 days of the customer's own usual before it.
DAYS = 121
WEEK_DAYS = 7
LEAST_USUAL_DAYS = 28


class DailySums:
    """Sums of tiles over windows of ages, for all customers of a chunk at once."""

    def __init__(self, *, days: DayFacts, customers: int, as_of: int) -> None:
        """Place the tiles.

        Args:
            days: tiles; those after the as-of day or older than `DAYS` are not looked at.
            customers: how many customers; indices run from 0.
            as_of: the day number of age 0.
        """
        self.days = days
        self.customers = customers
        age = as_of - days.day
        inside = (age >= 0) & (age < DAYS)
        self._inside: Bools | slice = slice(None) if bool(inside.all()) else inside
        self._places: Ints = age[self._inside] * customers + days.customer[self._inside]
        self._sums: dict[str, Floats] = {}

    def add(self, name: str, values: Floats) -> None:
        """Know a column of its own making: one value per tile of `days`."""
        rows = self._placed(values, filled=0.0, above=1)
        # Row by row: several times as fast as a cumulative sum along the first axis.
        for below, row in pairwise(rows):
            np.add(row, below, out=row)
        self._sums[name] = rows

    def cumulative(self, name: str) -> Floats:
        """Sums over the ages under a row's number: (DAYS + 1, customers)."""
        if name not in self._sums:
            self.add(name, getattr(self.days, name))
        return self._sums[name]

    def placed(self, values: Floats) -> Floats:
        """Values by age and customer, NaN where there is no tile: (DAYS, customers)."""
        return self._placed(values, filled=MISSING, above=0)

    def window(self, name: str, first: int, last: int) -> Floats:
        """Sum over ages first to last, both inclusive; one element per customer."""
        sums = self.cumulative(name)
        difference: Floats = sums[last + 1] - sums[first]
        return difference

    def money(self, name: str, first: int, last: int) -> Floats:
        """The same for amounts. A window may hold a return whose debit lies before it: it is never below nothing."""
        return np.maximum(self.window(name, first, last), 0.0)

    def usual(self, name: str, first: int, last: int, *, per_days: int) -> Floats:
        """What an average `per_days` days of ages first to last held.

        Ages older than the customer's first tile are not part of it; NaN where that leaves fewer than
        `LEAST_USUAL_DAYS` days.
        """
        observed = np.clip(np.minimum(self.oldest_age, last) - first + 1, 0, None)
        known = observed >= LEAST_USUAL_DAYS
        sums = self.money(name, first, last)
        return np.where(known, sums * per_days / np.where(known, observed, 1), MISSING)

    def blocks(self, name: str, *, first: int, length: int, number: int) -> Floats:
        """Sums of consecutive blocks of days, (number, customers); NaN where a block begins before the first tile."""
        edges = first + length * np.arange(number + 1)
        rows = self.cumulative(name)[edges]
        whole = edges[1:, np.newaxis] - 1 <= self.oldest_age
        return np.where(whole, np.maximum(rows[1:] - rows[:-1], 0.0), MISSING)

    @cached_property
    def oldest_age(self) -> Ints:
        """The age of the first tile of each customer; −1 where there is none."""
        present = np.zeros((DAYS, self.customers), dtype=np.bool_)
        present.reshape(-1)[self._places] = True
        oldest = DAYS - 1 - np.argmax(present[::-1], axis=0)
        return np.where(present.any(axis=0), oldest, -1)

    def _placed(self, values: Floats, *, filled: float, above: int) -> Floats:
        rows = np.full((DAYS + above, self.customers), filled)
        rows[above:].reshape(-1)[self._places] = values[self._inside]
        return rows
