"""Bank days as integers: ordinals, months, distances within a month, and the season."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from ingest.simulator.arrays import Bools, Ints

DAYS_PER_MONTH = 30.4
SATURDAY = 5
SHOPPING_BY_MONTH = (1.00, 0.95, 1.00, 1.00, 1.00, 0.95, 0.95, 1.05, 1.05, 1.35, 1.25, 1.10)
TRAVEL_BY_MONTH = (0.95, 0.95, 1.00, 1.05, 1.25, 1.05, 0.90, 0.95, 0.95, 1.05, 1.05, 1.25)
ELECTRICITY_BY_MONTH = (0.85, 0.85, 0.95, 1.15, 1.30, 1.30, 1.15, 1.05, 1.00, 0.95, 0.85, 0.85)


@dataclass(frozen=True)
class BankDay:
    """One day of the bank: its date and what follows from it."""

    on: date

    @cached_property
    def ordinal(self) -> int:
        """Days since 0001-01-01, which is day 1."""
        return self.on.toordinal()

    @property
    def month(self) -> int:
        """Months since year 0, counted from zero."""
        return self.on.year * 12 + self.on.month - 1

    @cached_property
    def length(self) -> int:
        """How many days the month has."""
        return month_length(self.month)

    def is_day_of_month(self, days: Ints) -> Bools:
        """Say whose monthly day is today; a day the month does not have falls on its last."""
        return np.asarray(np.minimum(days, self.length) == self.on.day)

    def days_until(self, days: Ints) -> Ints:
        """Count the days to the next such day of the month; today's own counts as a month away."""
        return (np.minimum(days, self.length) - self.on.day - 1) % self.length + 1

    def start_us(self, zone: ZoneInfo) -> int:
        """Return the day's midnight in a zone as microseconds since 1970-01-01 UTC."""
        midnight = datetime.combine(self.on, time(), tzinfo=zone)
        return int(midnight.timestamp()) * 1_000_000


def first_of_month(month: int) -> date:
    """Return the first day of a month given as months since year 0."""
    return date(month // 12, month % 12 + 1, 1)


def month_length(month: int) -> int:
    """Return how many days a month has."""
    return first_of_month(month + 1).toordinal() - first_of_month(month).toordinal()


def day_in_month(month: int, day: int) -> date:
    """Return a day of a month; a day the month does not have falls on its last."""
    return first_of_month(month).replace(day=min(day, month_length(month)))
