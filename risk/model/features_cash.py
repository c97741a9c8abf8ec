"""Cash: how much is taken out, against the customer's own usual."""

import numpy as np

from risk.features import HUNDREDTHS
from risk.model.features_arithmetic import mean_and_sd, ratio, z_score
from risk.model.features_days import WEEK_DAYS, DailySums
from risk.model.features_spec import Companion, Fact, Family, FeatureSpec
from risk.model.features_spending import BASELINE_WEEKS, LEAST_WEEKS

# Withdrawals are few: without a floor, one more than none would be infinitely unusual.
LEAST_SD = 0.5

SPECS = (
    FeatureSpec(
        name="cash_count_7d",
        family="cash",
        window="0 – 6",
        unit="count",
        formula="booked cash withdrawals",
        missing="never",
    ),
    FeatureSpec(
        name="cash_count_z",
        family="cash",
        window="1 – 7 against 8 – 91",
        unit="sd",
        formula="(withdrawals of the week − mean of the weeks before) / their standard deviation, at least one half",
        missing="fewer than four whole weeks before",
    ),
    FeatureSpec(
        name="cash_share_30d",
        family="cash",
        window="1 – 30",
        unit="share",
        formula="cash withdrawn / debits",
        missing="nothing was spent",
    ),
    FeatureSpec(
        name="cash_rise_14d",
        family="cash",
        window="1 – 14 against 15 – 98",
        unit="ratio",
        formula="(cash withdrawn − cash of an average 14 days before) / debits of an average 14 days before,"
        " between −1 and 9",
        missing="fewer than 28 days of history before, or nothing spent in them",
    ),
)
FACTS = (
    Fact(name="cash_count_7d", unit="count", meaning="withdrawals of the last 6 days and today"),
    Fact(name="cash_count_usual", unit="count", meaning="withdrawals of an average week of the 12 before"),
    Fact(name="cash_count_week", unit="count", meaning="withdrawals of 7 closed days"),
    Fact(name="cash_30d", unit="amount", meaning="cash withdrawn in 30 closed days"),
    Fact(name="cash_amount_14d", unit="amount", meaning="cash withdrawn in 14 closed days"),
    Fact(name="cash_usual_14d", unit="amount", meaning="cash of an average 14 days, from 15 to 98 days ago"),
)
COMPANIONS = {
    "cash_count_7d": Companion("cash_count_7d", "cash_count_usual"),
    "cash_count_z": Companion("cash_count_week", "cash_count_usual"),
    "cash_share_30d": Companion("cash_30d", "spend_30d"),
    "cash_rise_14d": Companion("cash_amount_14d", "cash_usual_14d"),
}


def cash(*, sums: DailySums) -> Family:
    """The family."""
    recent = sums.window("cash_count", 0, 6)
    week = sums.window("cash_count", 1, 7)
    weeks = sums.blocks("cash_count", first=WEEK_DAYS + 1, length=WEEK_DAYS, number=BASELINE_WEEKS)
    mean, sd = mean_and_sd(weeks, least=LEAST_WEEKS)
    month, spent = sums.money("cash_amount", 1, 30), sums.money("debit_amount", 1, 30)
    fortnight = sums.money("cash_amount", 1, 14)
    usual = sums.usual("cash_amount", 15, 98, per_days=14)
    spent_usual = sums.usual("debit_amount", 15, 98, per_days=14)
    values = {
        "cash_count_7d": recent,
        "cash_count_z": z_score(week, mean=mean, sd=sd, least_sd=LEAST_SD),
        "cash_share_30d": ratio(np.minimum(month, spent), spent),
        "cash_rise_14d": np.clip(ratio(fortnight - usual, spent_usual), -1.0, 9.0),
    }
    facts = {
        "cash_count_7d": recent,
        "cash_count_usual": mean,
        "cash_count_week": week,
        "cash_30d": month / HUNDREDTHS,
        "cash_amount_14d": fortnight / HUNDREDTHS,
        "cash_usual_14d": usual / HUNDREDTHS,
    }
    return Family(values=values, facts=facts)
