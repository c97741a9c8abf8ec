"""Balance: how much is there, which way it goes, and what will be left on the due day."""

from risk.model.features_spec import Companion, Fact, FeatureSpec

_NONE_STATED = "no balance is stated in 120 days"
_NO_BALANCE = f"{_NONE_STATED}, or nothing falls due"

SPECS = (
    FeatureSpec(
        name="balance_to_due",
        family="balance",
        window="0 – 120",
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
        name="days_under_due_30d",
        family="balance",
        window="1 – 30",
        unit="days",
        formula="days that closed with less than falls due within 30 days; a balance holds until the next is stated",
        missing=f"{_NO_BALANCE}, or none is stated before the window's last day",
        monotone=1,
    ),
    FeatureSpec(
        name="balance_slope_30d",
        family="balance",
        window="1 – 30",
        unit="ratio",
        formula="slope of the closing balance (least squares), per 30 days / income of an average 30 days",
        missing=f"{_NONE_STATED}, or fewer than 30 days of them, or no income",
    ),
    FeatureSpec(
        name="balance_change",
        family="balance",
        window="1 – 30 against 31 – 90",
        unit="ratio",
        formula="mean closing balance / mean closing balance before − 1",
        missing="fewer than 30 days with a balance before, or they average nothing",
        monotone=-1,
    ),
    FeatureSpec(
        name="projected_balance_to_due",
        family="balance",
        window="0 – 120 carried to the due days of 1 – 30 days",
        unit="ratio",
        formula="lowest projected balance just after an instalment / what falls due within 30 days, between −50 and 50;"
        " projected are salaries on the expected pay days, other income and spending other than debt as in the same"
        " span of days one, two and three months earlier, and the instalments due",
        missing=f"{_NO_BALANCE}, or fewer than 30 days of history",
        monotone=-1,
        is_actionable=True,
    ),
    FeatureSpec(
        name="projected_shortfall_to_income",
        family="balance",
        window="as the projected balance; income 1 – 120",
        unit="ratio",
        formula="what the projected balance lacks, 0 where it suffices / income of an average 30 days",
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
    Fact(name="days_under_due_30d", unit="days", meaning="days of 30 that closed with less than falls due"),
    Fact(
        name="balance_slope", unit="amount per day", meaning="how the closing balance went in 30 closed days"
    ),
    Fact(
        name="projected_balance", unit="amount", meaning="lowest projected balance just after an instalment"
    ),
    Fact(
        name="projected_shortfall",
        unit="amount",
        meaning="what the projected balance lacks; 0 where it suffices",
    ),
)
COMPANIONS = {
    "balance_to_due": Companion("balance", "due_30d"),
    "lowest_balance_to_due_30d": Companion("lowest_balance_30d", "due_30d"),
    "days_under_due_30d": Companion("days_under_due_30d"),
    "balance_slope_30d": Companion("balance_slope"),
    "balance_change": Companion("balance_30d", "balance_usual"),
    "projected_balance_to_due": Companion("projected_balance", "due_30d"),
    "projected_shortfall_to_income": Companion("projected_shortfall", "due_30d"),
}
