"""Cash: how much is taken out, against the customer's own usual."""

from risk.model.features_spec import Companion, Fact, FeatureSpec

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
        formula="(cash withdrawn − cash of an average 14 days before) / debits of an average 14 days before",
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
