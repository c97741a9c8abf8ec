"""Debt: what falls due against income, and how instalments were paid so far."""

import numpy as np

from risk.features import HUNDREDTHS, Floats
from risk.model.features_arithmetic import times
from risk.model.features_days import DailySums
from risk.model.features_dues import Conduct, Dues
from risk.model.features_spec import Companion, Fact, Family, FeatureSpec

_SHORT = "fewer than 28 days of history"
_AT_MOST = "at most 10; 10 where there is no income"
_NOTHING_DUE = "nothing falls due within 30 days, or all of it is paid already"

SPECS = (
    FeatureSpec(
        name="instalment_to_income",
        family="debt",
        window="due in 0 – 30 days; income 1 – 120",
        unit="ratio",
        formula=f"what falls due within 30 days / income of an average 30 days, {_AT_MOST}",
        missing=f"{_SHORT}, or neither",
        monotone=1,
        is_actionable=True,
    ),
    FeatureSpec(
        name="obligations_to_income",
        family="debt",
        window="due in 0 – 30 days; spending 1 – 90; income 1 – 120",
        unit="ratio",
        formula="(what falls due within 30 days + essential spending other than debt of an average 30 days)"
        f" / income of an average 30 days, {_AT_MOST}",
        missing=f"{_SHORT}, or neither",
        monotone=1,
        is_actionable=True,
    ),
    FeatureSpec(
        name="days_to_due",
        family="debt",
        window="due in 0 – 30 days",
        unit="days",
        formula="days to the next due day with something unpaid; 0 is today",
        missing=_NOTHING_DUE,
    ),
    FeatureSpec(
        name="misses_180d",
        family="debt",
        window="due 4 – 180 days ago",
        unit="count",
        formula="instalments not covered three days after they were due",
        missing="never",
        monotone=1,
    ),
    FeatureSpec(
        name="misses_365d",
        family="debt",
        window="due 4 – 365 days ago",
        unit="count",
        formula="instalments not covered three days after they were due",
        missing="never",
        monotone=1,
    ),
    FeatureSpec(
        name="worst_dpd_365d",
        family="debt",
        window="due 1 – 365 days ago",
        unit="days",
        formula="most days past due of an instalment, until it was covered or until today; 0 when paid in time",
        missing="nothing fell due in the window",
        monotone=1,
    ),
    FeatureSpec(
        name="days_since_last_miss",
        family="debt",
        window="due 4 – 365 days ago",
        unit="days",
        formula="days since the latest due day of a missed instalment",
        missing="no miss in the window",
        monotone=-1,
    ),
    FeatureSpec(
        name="payment_delay_days",
        family="debt",
        window="due 1 – 180 days ago",
        unit="days",
        formula="mean days of instalments from due until covered, or until today; early is 0, and the most is 90",
        missing="nothing fell due in the window",
        monotone=1,
    ),
    FeatureSpec(
        name="instalments_paid",
        family="debt",
        window="due 0 – 365 days ago",
        unit="count",
        formula="instalments that are covered: how long the history is",
        missing="never",
    ),
)
FACTS = (
    Fact(name="due_in_days", unit="days", meaning="until the next due day with something unpaid"),
    Fact(name="due_amount", unit="amount", meaning="what is unpaid of the instalments of that day"),
    Fact(name="due_30d", unit="amount", meaning="what is unpaid of all instalments due within 30 days"),
    Fact(
        name="obligations", unit="amount", meaning="that, and essential spending other than debt of 30 days"
    ),
    Fact(name="misses_180d", unit="count", meaning="instalments missed in 180 days"),
    Fact(name="misses_365d", unit="count", meaning="instalments missed in 365 days"),
    Fact(name="worst_dpd", unit="days", meaning="most days past due in 365 days"),
    Fact(name="days_since_last_miss", unit="days", meaning="since the due day of the last missed instalment"),
    Fact(name="payment_delay_days", unit="days", meaning="mean delay of the instalments of 180 days"),
    Fact(name="instalments_paid", unit="count", meaning="instalments of 365 days that are paid"),
)
COMPANIONS = {
    "instalment_to_income": Companion("due_30d", "income_month"),
    "obligations_to_income": Companion("obligations", "income_month"),
    "days_to_due": Companion("due_in_days"),
    "misses_180d": Companion("misses_180d"),
    "misses_365d": Companion("misses_365d"),
    "worst_dpd_365d": Companion("worst_dpd"),
    "days_since_last_miss": Companion("days_since_last_miss"),
    "payment_delay_days": Companion("payment_delay_days"),
    "instalments_paid": Companion("instalments_paid"),
}


def debt(*, sums: DailySums, dues: Dues, conduct: Conduct, income_month: Floats) -> Family:
    """The family.

    Args:
        sums: with the column `household`: essential spending other than debt.
        dues: what falls due.
        conduct: how instalments were paid.
        income_month: income of an average 30 days, in hundredths.
    """
    household = sums.usual("household", 1, 90, per_days=30)
    due = np.nan_to_num(dues.total_amount)
    values = {
        "instalment_to_income": times(due, income_month),
        "obligations_to_income": times(due + household, income_month),
        "days_to_due": dues.in_days,
        "misses_180d": conduct.misses_180d,
        "misses_365d": conduct.misses_365d,
        "worst_dpd_365d": conduct.worst_days,
        "days_since_last_miss": conduct.since_miss_days,
        "payment_delay_days": conduct.delay_days,
        "instalments_paid": conduct.paid,
    }
    facts = {
        "due_in_days": dues.in_days,
        "due_amount": dues.next_amount / HUNDREDTHS,
        "due_30d": dues.total_amount / HUNDREDTHS,
        "obligations": (due + household) / HUNDREDTHS,
        "misses_180d": conduct.misses_180d,
        "misses_365d": conduct.misses_365d,
        "worst_dpd": conduct.worst_days,
        "days_since_last_miss": conduct.since_miss_days,
        "payment_delay_days": conduct.delay_days,
        "instalments_paid": conduct.paid,
    }
    return Family(values=values, facts=facts)
