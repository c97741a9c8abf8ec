"""Returned and declined payments, loan apps and gambling: signs that money has run out."""

from risk.model.features_spec import Companion, Fact, FeatureSpec


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
        formula="money from loan apps / income of an average 30 days",
        missing="no income, or fewer than 30 days of history",
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
