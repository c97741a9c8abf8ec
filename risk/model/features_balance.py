"""Balance: how much is there, which way it goes, and what will be left on the due day."""

from collections.abc import Mapping

import numpy as np

from risk.features import HUNDREDTHS, Floats
from risk.model.features_arithmetic import MISSING, change, ratio, times
from risk.model.features_days import DAYS, DailySums
from risk.model.features_dues import Dues
from risk.model.features_projection import MONTHS_BACK, projected_balances
from risk.model.features_salaries import Salaries
from risk.model.features_spec import Companion, Fact, Family, FeatureSpec

SLOPE_DAYS = 30
LEAST_EARLIER_DAYS = 30
MOST_DUES = 50.0
# After a month and a half nobody knows what is left of a balance.
HOLDS_DAYS = 45

_NONE_STATED = "no balance is stated in 45 days"
_NO_BALANCE = f"{_NONE_STATED}, or nothing falls due"

SPECS = (
    FeatureSpec(
        name="balance_to_due",
        family="balance",
        window="0 – 45",
        unit="ratio",
        formula="last stated balance / what falls due within 30 days, between −50 and 50",
        missing=_NO_BALANCE,
        monotone=-1,
        is_actionable=True,
    ),
    FeatureSpec(
        name="lowest_balance_to_due_30d",
        family="balance",
        window="0 – 30",
        unit="ratio",
        formula="lowest balance / what falls due within 30 days, between −50 and 50",
        missing=_NO_BALANCE,
        monotone=-1,
    ),
    FeatureSpec(
        name="lowest_balance_to_due_90d",
        family="balance",
        window="0 – 90",
        unit="ratio",
        formula="lowest balance / what falls due within 30 days, between −50 and 50",
        missing=_NO_BALANCE,
        monotone=-1,
    ),
    FeatureSpec(
        name="days_under_due_30d",
        family="balance",
        window="1 – 30",
        unit="days",
        formula="days that closed with less than falls due within 30 days; a balance holds until the next is stated",
        missing=f"{_NO_BALANCE}, or none is known of the last closed day",
        monotone=1,
    ),
    FeatureSpec(
        name="balance_slope_30d",
        family="balance",
        window="1 – 30",
        unit="ratio",
        formula="slope of the closing balance (least squares), per 30 days / income of an average 30 days,"
        " between −10 and 10",
        missing=f"{_NONE_STATED}, or none is known of a day, or no income, or fewer than 28 days of history",
    ),
    FeatureSpec(
        name="balance_change",
        family="balance",
        window="1 – 30 against 31 – 90",
        unit="ratio",
        formula="mean closing balance / mean closing balance before − 1",
        missing=f"{_NONE_STATED}, or none is known of a day, or of 30 days before, or they average nothing",
    ),
    FeatureSpec(
        name="balance_same_day_change",
        family="balance",
        window="0 against 30, 61 and 91",
        unit="ratio",
        formula="(last stated balance − mean of those on the same day of the last three months)"
        " / what falls due within 30 days, between −50 and 50",
        missing=f"{_NO_BALANCE}, or none is known of those days",
        monotone=-1,
    ),
    FeatureSpec(
        name="projected_balance_to_due",
        family="balance",
        window="0 – 120 carried to the due days of 0 – 30 days",
        unit="ratio",
        formula="lowest projected balance just after an instalment / what falls due within 30 days, between −50 and 50:"
        " from the last stated balance, with the expected salaries, other income and spending other than debt as in"
        " the same span of days one, two and three months earlier, and what falls due",
        missing=f"{_NO_BALANCE}, or fewer than 30 days of history",
        monotone=-1,
        is_actionable=True,
    ),
    FeatureSpec(
        name="projected_worst_to_due",
        family="balance",
        window="as the projected balance",
        unit="ratio",
        formula="the same with the worst of the earlier months in place of their average",
        missing="as the projected balance",
        monotone=-1,
        is_actionable=True,
    ),
    FeatureSpec(
        name="projected_shortfall_to_income",
        family="balance",
        window="as the projected balance; income 1 – 120",
        unit="ratio",
        formula="what the projected balance lacks, 0 where it suffices / income of an average 30 days, at most 10",
        missing="as the projected balance, or no income",
        monotone=1,
        is_actionable=True,
    ),
)
FACTS = (
    Fact(name="balance", unit="amount", meaning="last stated balance"),
    Fact(name="balance_30d", unit="amount", meaning="mean closing balance of 30 closed days"),
    Fact(name="balance_usual", unit="amount", meaning="mean closing balance from 31 to 90 days ago"),
    Fact(name="lowest_balance_30d", unit="amount", meaning="lowest balance of the last 30 days and today"),
    Fact(name="lowest_balance_90d", unit="amount", meaning="lowest balance of the last 90 days and today"),
    Fact(
        name="balance_months_before",
        unit="amount",
        meaning="mean balance on the same day of the last three months",
    ),
    Fact(name="days_under_due_30d", unit="days", meaning="days of 30 that closed with less than falls due"),
    Fact(
        name="balance_slope", unit="amount per day", meaning="how the closing balance went in 30 closed days"
    ),
    Fact(
        name="projected_balance", unit="amount", meaning="lowest projected balance just after an instalment"
    ),
    Fact(name="projected_worst", unit="amount", meaning="the same, with the worst of the earlier months"),
    Fact(
        name="projected_shortfall",
        unit="amount",
        meaning="what the projected balance lacks; 0 where it suffices",
    ),
)
COMPANIONS = {
    "balance_to_due": Companion("balance", "due_30d"),
    "lowest_balance_to_due_30d": Companion("lowest_balance_30d", "due_30d"),
    "lowest_balance_to_due_90d": Companion("lowest_balance_90d", "due_30d"),
    "days_under_due_30d": Companion("days_under_due_30d"),
    "balance_slope_30d": Companion("balance_slope"),
    "balance_change": Companion("balance_30d", "balance_usual"),
    "balance_same_day_change": Companion("balance", "balance_months_before"),
    "projected_balance_to_due": Companion("projected_balance", "due_30d"),
    "projected_worst_to_due": Companion("projected_worst", "due_30d"),
    "projected_shortfall_to_income": Companion("projected_shortfall", "due_30d"),
}


def balance(*, sums: DailySums, dues: Dues, salaries: Salaries, income_month: Floats) -> Family:
    """The family.

    Args:
        sums: with the column `net`: what came in beside salary, less what went out beside debt.
        dues: what falls due.
        salaries: the customers' salaries.
        income_month: income of an average 30 days, in hundredths.
    """
    closed = closing(sums)
    lowest = np.fmin(closed, sums.placed(sums.days.lowest_balance_amount))
    projected, worst = projected_balances(sums=sums, dues=dues, salaries=salaries, balance=closed[0])
    shortfall = np.maximum(-projected, 0.0)
    month = closed[1 : SLOPE_DAYS + 1]
    amounts = {
        "balance": closed[0],
        "balance_30d": month.mean(axis=0),
        "balance_usual": _mean_of_known(closed[31:91], least=LEAST_EARLIER_DAYS),
        "balance_months_before": _mean_of_known(closed[[*MONTHS_BACK]], least=1),
        "lowest_balance_30d": _lowest(lowest, closed, days=30),
        "lowest_balance_90d": _lowest(lowest, closed, days=90),
        "balance_slope": _slope(month),
        "projected_balance": projected,
        "projected_worst": worst,
        "projected_shortfall": shortfall,
    }
    under = _days_under(month, dues.total_amount)
    values = _values(amounts, due=dues.total_amount, income_month=income_month)
    facts = {name: amount / HUNDREDTHS for name, amount in amounts.items()}
    return Family(values=values | {"days_under_due_30d": under}, facts=facts | {"days_under_due_30d": under})


def _values(amounts: Mapping[str, Floats], *, due: Floats, income_month: Floats) -> dict[str, Floats]:
    """The features that are amounts in other units."""
    since_before = amounts["balance"] - amounts["balance_months_before"]
    return {
        "balance_to_due": _in_dues(amounts["balance"], due),
        "lowest_balance_to_due_30d": _in_dues(amounts["lowest_balance_30d"], due),
        "lowest_balance_to_due_90d": _in_dues(amounts["lowest_balance_90d"], due),
        "balance_slope_30d": np.clip(ratio(SLOPE_DAYS * amounts["balance_slope"], income_month), -10.0, 10.0),
        "balance_change": change(amounts["balance_30d"], amounts["balance_usual"]),
        "balance_same_day_change": _in_dues(since_before, due),
        "projected_balance_to_due": _in_dues(amounts["projected_balance"], due),
        "projected_worst_to_due": _in_dues(amounts["projected_worst"], due),
        "projected_shortfall_to_income": times(amounts["projected_shortfall"], income_month),
    }


def closing(sums: DailySums) -> Floats:
    """With what each day closed, (DAYS, customers): the last balance stated in the `HOLDS_DAYS` days before.

    NaN where there is none, and on all days where there is none today: what was known once explains nothing now.
    """
    closing = sums.placed(sums.days.last_balance_amount)
    since = np.where(np.isnan(closing[-1]), HOLDS_DAYS, 0)
    for age in reversed(range(DAYS - 1)):
        is_silent = np.isnan(closing[age])
        since = np.where(is_silent, since + 1, 0)
        np.copyto(closing[age], closing[age + 1], where=is_silent & (since <= HOLDS_DAYS))
    closing[:, np.isnan(closing[0])] = MISSING
    return closing


def _lowest(lowest: Floats, closing: Floats, *, days: int) -> Floats:
    """The lowest of so many days and today, and of the balance held into them; NaN where there is none today."""
    found = np.fmin(closing[days + 1], np.fmin.reduce(lowest[: days + 1], axis=0))
    return np.where(np.isnan(closing[0]), MISSING, found)


def _in_dues(amount: Floats, due: Floats) -> Floats:
    return np.clip(ratio(amount, due), -MOST_DUES, MOST_DUES)


def _days_under(closing: Floats, due: Floats) -> Floats:
    """Days that closed with less than falls due; NaN where nothing does or no balance is known."""
    known = ~np.isnan(closing[0]) & ~np.isnan(due)
    return np.where(known, (closing < due).sum(axis=0), MISSING)


def _mean_of_known(closing: Floats, *, least: int) -> Floats:
    known = ~np.isnan(closing)
    count = known.sum(axis=0)
    enough = count >= least
    return np.where(enough, np.where(known, closing, 0.0).sum(axis=0) / np.maximum(count, 1), MISSING)


def _slope(closing: Floats) -> Floats:
    """Slope per day by least squares; NaN where a day's balance is unknown. The latest day comes first."""
    # Whole numbers, so that the sum is exact in whatever order it is added up.
    weights = len(closing) - 1.0 - 2.0 * np.arange(len(closing))
    slope: Floats = 2.0 * (weights[:, np.newaxis] * closing).sum(axis=0) / (weights**2).sum()
    return slope
