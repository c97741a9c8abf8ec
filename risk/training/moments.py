"""At which moments the training set looks at customers: weekly noons, as far as the data allow."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from customers import bank_clock
from risk.model.features_days import DAYS
from risk.training.labels import LABEL_DAYS

STEP_DAYS = 7
# As far back as features look: a shorter history would have the model learn from features that are missing more often
# than they are later. But nine weeks to train on, the weeks of their labels, and nine to test are worth more.
FULL_HISTORY_DAYS = DAYS
LEAST_HISTORY_DAYS = 84
ENOUGH_MOMENTS = 22
# Days on which only the first or last hundredth of the customers were active are no part of the data: one misdated
# row would otherwise add years of moments, or labels that nobody could have paid for.
OUTSIDE_SHARE = 0.01


class NoMoments(Exception):
    """There are no moments to train on; the text says why and what would help."""


@dataclass(frozen=True, kw_only=True)
class DataWindow:
    """The whole bank days for which there are transactions, both inclusive."""

    from_on: dt.date
    until_on: dt.date

    @property
    def last_as_of_on(self) -> dt.date:
        """The last day whose outcomes lie within the data."""
        return self.until_on - dt.timedelta(days=LABEL_DAYS)

    @property
    def history_days(self) -> int:
        """How many days of data lie before the first moment: all that features look at, where enough moments remain."""
        room = (self.last_as_of_on - self.from_on).days - FULL_HISTORY_DAYS
        return FULL_HISTORY_DAYS if room >= STEP_DAYS * (ENOUGH_MOMENTS - 1) else LEAST_HISTORY_DAYS

    @property
    def first_as_of_on(self) -> dt.date:
        """The first day with enough history before it."""
        return self.from_on + dt.timedelta(days=self.history_days)


def data_window() -> DataWindow:
    """The days between which customers with loans were active; the bank's present day is not over and left out.

    Raises:
        NoMoments: no customer with a loan has a transaction before today.
    """
    yesterday = bank_clock.today() - dt.timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(_WINDOW, {"yesterday": yesterday, "outside": OUTSIDE_SHARE})
        from_on, until_on = cursor.fetchone()
    if from_on is None:
        raise NoMoments("No customer with a loan has a transaction: import customers and transactions first.")
    return DataWindow(from_on=from_on, until_on=until_on)


def weekly(
    window: DataWindow, *, from_on: dt.date | None = None, until_on: dt.date | None = None
) -> list[dt.date]:
    """The days of the moments, rising: every seventh, counted back from the last possible one.

    Args:
        window: the days of the data.
        from_on: the first possible day; unless given, the first with enough history before it.
        until_on: the last possible day; unless given, the last whose outcomes lie within the data.

    Raises:
        NoMoments: there are none.
    """
    last = window.last_as_of_on if until_on is None else until_on
    first = window.first_as_of_on if from_on is None else from_on
    if last > window.last_as_of_on:
        raise NoMoments(
            f"What became of customers after {last} is not known yet: the data end on {window.until_on}, so the last"
            f" possible moment is {window.last_as_of_on}."
        )
    if first > last:
        raise NoMoments(
            f"There is no moment between {first} and {last}. The data span {window.from_on} to {window.until_on};"
            f" a moment needs {window.history_days} days before it, unless --from says otherwise, and {LABEL_DAYS}"
            " after it."
        )
    count = (last - first).days // STEP_DAYS + 1
    return [last - dt.timedelta(days=STEP_DAYS * step) for step in reversed(range(count))]


def noon(day: dt.date) -> dt.datetime:
    """Noon of a bank day, aware."""
    return dt.datetime.combine(day, dt.time(12), tzinfo=bank_clock.zone())


_WINDOW = """
SELECT percentile_disc(%(outside)s) WITHIN GROUP (ORDER BY first.day_on),
    percentile_disc(1 - %(outside)s) WITHIN GROUP (ORDER BY last.day_on)
FROM (SELECT DISTINCT customer_id FROM customers_loan) borrower
CROSS JOIN LATERAL (
    SELECT day_on FROM customers_activitytile
    WHERE customer_id = borrower.customer_id AND day_on <= %(yesterday)s ORDER BY day_on LIMIT 1
) first
CROSS JOIN LATERAL (
    SELECT day_on FROM customers_activitytile
    WHERE customer_id = borrower.customer_id AND day_on <= %(yesterday)s ORDER BY day_on DESC LIMIT 1
) last
"""
