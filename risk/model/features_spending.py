"""Spending: against the customer's own usual, against income, and what it is for."""

import numpy as np

from risk.features import HUNDREDTHS, Floats
from risk.model.features_arithmetic import change, mean_and_sd, ratio, times, z_score
from risk.model.features_days import WEEK_DAYS, DailySums
from risk.model.features_spec import Companion, Fact, Family, FeatureSpec

BASELINE_WEEKS = 12
LEAST_WEEKS = 4

_SHORT = "fewer than 28 days of history before the last 30, or nothing spent in them"
_WEEKS = "fewer than four whole weeks before, or nothing spent in them"


def _change(name: str, what: str) -> FeatureSpec:
    return FeatureSpec(
        name=name,
        family="spending",
        window="1 – 30 against 31 – 90",
        unit="ratio",
        formula=f"{what} / the same of an average 30 days before − 1",
        missing=_SHORT,
    )


SPECS = (
    _change("spend_change", "debits"),
    _change("essential_change", "essential spending"),
    _change("discretionary_change", "discretionary spending"),
    FeatureSpec(
        name="week_on_week_change",
        family="spending",
        window="1 – 7 against 8 – 14",
        unit="ratio",
        formula="debits of the later week / debits of the earlier − 1",
        missing="nothing was spent in the earlier week",
    ),
    FeatureSpec(
        name="spend_to_income_30d",
        family="spending",
        window="1 – 30",
        unit="ratio",
        formula="debits / income, at most 10; 10 where there is spending and no income",
        missing="neither spending nor income",
        is_actionable=True,
    ),
    FeatureSpec(
        name="spend_to_income_90d",
        family="spending",
        window="1 – 90",
        unit="ratio",
        formula="debits / income, at most 10; 10 where there is spending and no income",
        missing="neither spending nor income",
        monotone=1,
        is_actionable=True,
    ),
    FeatureSpec(
        name="discretionary_share",
        family="spending",
        window="1 – 30",
        unit="share",
        formula="discretionary spending / debits",
        missing="nothing was spent",
        is_actionable=True,
    ),
    FeatureSpec(
        name="spend_week_z",
        family="spending",
        window="1 – 7 against 8 – 91",
        unit="sd",
        formula="(debits of the week − mean of the weeks before) / their standard deviation (at least mean / 10)",
        missing=_WEEKS,
    ),
    FeatureSpec(
        name="discretionary_week_z",
        family="spending",
        window="1 – 7 against 8 – 91",
        unit="sd",
        formula="the same of discretionary spending",
        missing=_WEEKS,
    ),
)
FACTS = (
    Fact(name="spend_30d", unit="amount", meaning="debits of 30 closed days"),
    Fact(name="spend_usual", unit="amount", meaning="debits of an average 30 days, from 31 to 90 days ago"),
    Fact(name="spend_90d", unit="amount", meaning="debits of 90 closed days"),
    Fact(name="essential_30d", unit="amount", meaning="essential spending of 30 closed days"),
    Fact(name="essential_usual", unit="amount", meaning="the same of an average 30 days before"),
    Fact(name="discretionary_30d", unit="amount", meaning="discretionary spending of 30 closed days"),
    Fact(name="discretionary_usual", unit="amount", meaning="the same of an average 30 days before"),
    Fact(
        name="discretionary_share", unit="share", meaning="discretionary spending / debits of 30 closed days"
    ),
    Fact(name="income_closed_30d", unit="amount", meaning="income of 30 closed days"),
    Fact(name="spend_7d", unit="amount", meaning="debits of 7 closed days"),
    Fact(name="spend_week_before", unit="amount", meaning="debits of the 7 days before"),
    Fact(name="spend_week_usual", unit="amount", meaning="debits of an average week of the 12 before"),
    Fact(name="discretionary_7d", unit="amount", meaning="discretionary spending of 7 closed days"),
    Fact(
        name="discretionary_week_usual", unit="amount", meaning="the same of an average week of the 12 before"
    ),
)
COMPANIONS = {
    "spend_change": Companion("spend_30d", "spend_usual"),
    "essential_change": Companion("essential_30d", "essential_usual"),
    "discretionary_change": Companion("discretionary_30d", "discretionary_usual"),
    "week_on_week_change": Companion("spend_7d", "spend_week_before"),
    "spend_to_income_30d": Companion("spend_30d", "income_closed_30d"),
    "spend_to_income_90d": Companion("spend_90d", "income_90d"),
    "discretionary_share": Companion("discretionary_30d", "discretionary_usual"),
    "spend_week_z": Companion("spend_7d", "spend_week_usual"),
    "discretionary_week_z": Companion("discretionary_7d", "discretionary_week_usual"),
}


def spending(*, sums: DailySums) -> Family:
    """The family; `sums` with the column `income`."""
    month = {name: sums.money(f"{name}_amount", 1, 30) for name in _KINDS}
    usual = {name: sums.usual(f"{name}_amount", 31, 90, per_days=30) for name in _KINDS}
    spent_90d = sums.money("debit_amount", 1, 90)
    earned, earned_90d = sums.money("income", 1, 30), sums.money("income", 1, 90)
    week, before = sums.money("debit_amount", 1, 7), sums.money("debit_amount", 8, 14)
    fun = sums.money("discretionary_amount", 1, 7)
    week_usual, week_z = _against_weeks(sums, "debit_amount", week)
    fun_usual, fun_z = _against_weeks(sums, "discretionary_amount", fun)
    share = ratio(np.minimum(month["discretionary"], month["debit"]), month["debit"])
    amounts = {
        "spend_30d": month["debit"],
        "spend_usual": usual["debit"],
        "spend_90d": spent_90d,
        "essential_30d": month["essential"],
        "essential_usual": usual["essential"],
        "discretionary_30d": month["discretionary"],
        "discretionary_usual": usual["discretionary"],
        "income_closed_30d": earned,
        "spend_7d": week,
        "spend_week_before": before,
        "spend_week_usual": week_usual,
        "discretionary_7d": fun,
        "discretionary_week_usual": fun_usual,
    }
    values = {
        "spend_change": change(month["debit"], usual["debit"]),
        "essential_change": change(month["essential"], usual["essential"]),
        "discretionary_change": change(month["discretionary"], usual["discretionary"]),
        "week_on_week_change": change(week, before),
        "spend_to_income_30d": times(month["debit"], earned),
        "spend_to_income_90d": times(spent_90d, earned_90d),
        "discretionary_share": share,
        "spend_week_z": week_z,
        "discretionary_week_z": fun_z,
    }
    facts = {name: amount / HUNDREDTHS for name, amount in amounts.items()}
    return Family(values=values, facts=facts | {"discretionary_share": share})


_KINDS = ("debit", "essential", "discretionary")


def _against_weeks(sums: DailySums, name: str, week: Floats) -> tuple[Floats, Floats]:
    """The usual week, and how far this one is from it, in standard deviations."""
    weeks = sums.blocks(name, first=WEEK_DAYS + 1, length=WEEK_DAYS, number=BASELINE_WEEKS)
    mean, sd = mean_and_sd(weeks, least=LEAST_WEEKS)
    return mean, z_score(week, mean=mean, sd=sd, least_sd=mean / 10.0)
