"""What the early-warning model looks at, as arrays: days of activity, schedules and payments of several customers.

The same types are filled from tiles (live) and from raw transactions as known at some moment (offline). Amounts are
whole hundredths of the bank's currency; days are day numbers (days since any fixed day).
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.features import Bools, Floats, Ints, Tiles

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class DayFacts:
    """Tiles with everything the model looks at: one element per customer and day, each pair at most once.

    Args:
        customer: index of the customer, 0 to n-1.
        day: the bank day.
        last_balance_amount: the balance after the day's last transaction that states one, NaN where none does.
        lowest_balance_amount: the lowest balance of the day, NaN where none is stated.
        The other counts and amounts are as in `customers.models.ActivityTile`.
    """

    customer: Ints
    day: Ints
    txn_count: Floats
    debit_amount: Floats
    credit_amount: Floats
    essential_amount: Floats
    discretionary_amount: Floats
    cash_count: Floats
    cash_amount: Floats
    debt_count: Floats
    debt_amount: Floats
    salary_count: Floats
    salary_amount: Floats
    returned_count: Floats
    returned_amount: Floats
    declined_count: Floats
    largest_unflagged_credit_amount: Floats
    loan_app_count: Floats
    loan_app_credit_amount: Floats
    gambling_amount: Floats
    last_balance_amount: Floats
    lowest_balance_amount: Floats

    def chosen(self, which: Bools) -> "DayFacts":
        """Some of the days."""
        return DayFacts(**{each.name: getattr(self, each.name)[which] for each in fields(self)})

    def as_tiles(self) -> Tiles:
        """The part that the scorecard looks at."""
        return Tiles(**{each.name: getattr(self, each.name) for each in fields(Tiles)})


@dataclass(frozen=True)
class Schedules:
    """Instalments of open loans in the bank's currency, one element each, in any order: every one due from a year back
    to the day after the horizon.

    Args:
        customer: index of the customer.
        loan: the loan's id.
        due_day: the bank day on which it falls due.
        amount: what falls due.
        cumulative_amount: this and all earlier instalments of the loan.
    """

    customer: Ints
    loan: Ints
    due_day: Ints
    amount: Floats
    cumulative_amount: Floats


@dataclass(frozen=True)
class Payments:
    """Money received towards loans, one element each, in any order; a reversal is negative.

    Args:
        customer: index of the customer.
        loan: the loan's id.
        day: the bank day on which it was received.
        amount: how much.
    """

    customer: Ints
    loan: Ints
    day: Ints
    amount: Floats


@dataclass(frozen=True)
class ModelInputs:
    """What was computed for each customer.

    Args:
        values: the model's features, (customers, len(SPECS)), in the order of `specs.SPECS`; NaN is missing.
        facts: amounts (in units of the bank's currency) and days by name, one element per customer, NaN where unknown:
            what the reasons say aloud beside a feature.
        is_covered: whether the model speaks of this customer at all: something unpaid falls due within the horizon,
            and nothing is overdue.
        is_held: the model is silent, but for a reason that is no relief: something is overdue, or the next unpaid
            instalment falls due on the day after the horizon. What it last said holds.
    """

    values: Matrix
    facts: dict[str, Floats]
    is_covered: Bools
    is_held: Bools

    def row(self, index: int) -> dict[str, Any]:
        """The features of one customer by name, None where missing."""
        from risk.model.specs import NAMES

        values = self.values[index].tolist()
        return {name: None if value != value else value for name, value in zip(NAMES, values, strict=True)}
