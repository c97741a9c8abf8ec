"""Returned and declined payments, loan apps and gambling: signs that money has run out."""

import numpy as np

from risk.features import HUNDREDTHS, Floats
from risk.model.features_arithmetic import ratio, times
from risk.model.features_days import DailySums
from risk.model.features_spec import Companion, Fact, Family, FeatureSpec

RETURN_DAYS = 90


def _returned(days: int) -> FeatureSpec:
    return FeatureSpec(
        name=f"returned_{days}d",
        family="returns",
        window=f"0 – {days - 1}",
        unit="count",
        formula="returned debits",
        missing="never",
        monotone=1,
    )


SPECS = (
    _returned(30),
    _returned(90),
    FeatureSpec(
        name="returned_run_90d",
        family="returns",
        window="0 – 89",
        unit="count",
        formula="most returned debits in a row, on days between which no debt debit was booked",
        missing="never",
        monotone=1,
    ),
    FeatureSpec(
        name="declined_30d",
        family="returns",
        window="0 – 29",
        unit="count",
        formula="declined payments",
        missing="never",
        monotone=1,
    ),
    FeatureSpec(
        name="loan_app_count_90d",
        family="distress",
        window="0 – 89",
        unit="count",
        formula="credits from loan apps",
        missing="never",
        monotone=1,
    ),
    FeatureSpec(
        name="loan_app_to_income",
        family="distress",
        window="0 – 29; income 1 – 120",
        unit="ratio",
        formula="money from loan apps / income of an average 30 days, at most 10; 10 where there is no income",
        missing="fewer than 28 days of history, or neither",
        monotone=1,
    ),
    FeatureSpec(
        name="gambling_share_30d",
        family="distress",
        window="1 – 30",
        unit="share",
        formula="gambling / debits",
        missing="nothing was spent",
        monotone=1,
        is_actionable=True,
    ),
)
FACTS = (
    Fact(name="returned_30d", unit="count", meaning="returned debits in 30 days"),
    Fact(name="returned_90d", unit="count", meaning="returned debits in 90 days"),
    Fact(name="returned_run_90d", unit="count", meaning="most returned debits in a row in 90 days"),
    Fact(name="declined_30d", unit="count", meaning="declined payments in 30 days"),
    Fact(name="loan_apps_90d", unit="count", meaning="credits from loan apps in 90 days"),
    Fact(name="loan_app_30d", unit="amount", meaning="money from loan apps in 30 days"),
    Fact(name="gambling_30d", unit="amount", meaning="gambling in 30 closed days"),
)
COMPANIONS = {
    "returned_30d": Companion("returned_30d"),
    "returned_90d": Companion("returned_90d"),
    "returned_run_90d": Companion("returned_run_90d"),
    "declined_30d": Companion("declined_30d"),
    "loan_app_count_90d": Companion("loan_apps_90d"),
    "loan_app_to_income": Companion("loan_app_30d", "income_month"),
    "gambling_share_30d": Companion("gambling_30d", "spend_30d"),
}


def returns(*, sums: DailySums, income_month: Floats) -> Family:
    """Both families; income of an average 30 days in hundredths."""
    returned_30d, returned_90d = sums.window("returned_count", 0, 29), sums.window("returned_count", 0, 89)
    run = _longest_run(sums, returned_90d)
    declined = sums.window("declined_count", 0, 29)
    apps = sums.window("loan_app_count", 0, 89)
    borrowed = sums.money("loan_app_credit_amount", 0, 29)
    gambled, spent = sums.money("gambling_amount", 1, 30), sums.money("debit_amount", 1, 30)
    values = {
        "returned_30d": returned_30d,
        "returned_90d": returned_90d,
        "returned_run_90d": run,
        "declined_30d": declined,
        "loan_app_count_90d": apps,
        "loan_app_to_income": times(borrowed, income_month),
        "gambling_share_30d": ratio(np.minimum(gambled, spent), spent),
    }
    facts = {
        "returned_30d": returned_30d,
        "returned_90d": returned_90d,
        "returned_run_90d": run,
        "declined_30d": declined,
        "loan_apps_90d": apps,
        "loan_app_30d": borrowed / HUNDREDTHS,
        "gambling_30d": gambled / HUNDREDTHS,
    }
    return Family(values=values, facts=facts)


def _longest_run(sums: DailySums, returned_90d: Floats) -> Floats:
    """Most returned debits in a row, ended by a day on which a debt debit was booked."""
    longest = returned_90d.copy()
    # Where at most one came back, that is the run.
    several = np.flatnonzero(returned_90d > 1)
    returned = np.diff(sums.cumulative("returned_count")[: RETURN_DAYS + 1, several], axis=0)
    booked = np.diff(sums.cumulative("debt_count")[: RETURN_DAYS + 1, several], axis=0)
    run = np.zeros(len(several))
    best = run.copy()
    for age in reversed(range(RETURN_DAYS)):
        run += returned[age]
        np.maximum(best, run, out=best)
        run[booked[age] > 0] = 0.0
    longest[several] = best
    return longest
