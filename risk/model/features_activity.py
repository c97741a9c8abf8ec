"""Activity: whether the account is used as it was."""

import numpy as np

from risk.model.features_arithmetic import MISSING, change
from risk.model.features_days import DailySums
from risk.model.features_spec import Companion, Fact, Family, FeatureSpec

SPECS = (
    FeatureSpec(
        name="txn_change_14d",
        family="activity",
        window="1 – 14 against 15 – 98",
        unit="ratio",
        formula="booked transactions / those of an average 14 days before − 1",
        missing="fewer than 28 days of history before, or no transaction in them",
    ),
    FeatureSpec(
        name="days_inactive",
        family="activity",
        window="0 – 120",
        unit="days",
        formula="days since the last booked transaction",
        missing="none in the window",
    ),
)
FACTS = (
    Fact(name="txn_count_14d", unit="count", meaning="booked transactions of 14 closed days"),
    Fact(
        name="txn_count_usual_14d",
        unit="count",
        meaning="those of an average 14 days, from 15 to 98 days ago",
    ),
    Fact(name="days_inactive", unit="days", meaning="since the last booked transaction"),
)
COMPANIONS = {
    "txn_change_14d": Companion("txn_count_14d", "txn_count_usual_14d"),
    "days_inactive": Companion("days_inactive"),
}


def activity(*, sums: DailySums) -> Family:
    """The family."""
    recent = sums.window("txn_count", 1, 14)
    usual = sums.usual("txn_count", 15, 98, per_days=14)
    so_far = sums.cumulative("txn_count")[1:]
    inactive = np.where(so_far[-1] > 0, np.argmax(so_far > 0, axis=0), MISSING)
    values = {"txn_change_14d": change(recent, usual), "days_inactive": inactive}
    facts = {"txn_count_14d": recent, "txn_count_usual_14d": usual, "days_inactive": inactive}
    return Family(values=values, facts=facts)
