"""Hardships: what kind of difficulty, with the evidence. Pure: arrays in, arrays out."""

import numpy as np
from numpy.typing import NDArray

from risk.features import Bools, Features
from risk.levels import Hardship, Segment
from risk.rulebook import RulebookContent

Matches = dict[Hardship, Bools]

# The inputs a person needs to see to follow each conclusion.
EVIDENCE: dict[Hardship, tuple[str, ...]] = {
    Hardship.INCOME_SHOCK: ("salary_count", "days_since_salary", "txn_count", "atm_withdrawals_7d"),
    Hardship.LIQUIDITY_STRESS: ("atm_withdrawals_7d", "spending_change_pct"),
    Hardship.EXPENSE_COMPRESSION: ("essential_spend", "discretionary_spend", "spending_change_pct"),
    Hardship.OVER_LEVERAGE: ("essential_spend", "total_spend"),
    Hardship.OVERSPENDING: ("discretionary_spend", "essential_spend"),
}


def match(*, features: Features, segments: NDArray[np.int64], rules: RulebookContent) -> Matches:
    """Which hardships match each customer, one array of booleans per hardship in order of precedence.

    Source: docs/scorecard.md.
    """
    book = rules.hardship
    f = features
    known = f.txn_count >= book.from_txns
    essential, discretionary = f.essential_spend, f.discretionary_spend
    withdrawals, change = f.atm_withdrawals_7d, f.spending_change_pct
    no_salary = f.salary_count == 0
    drained = (segments == Segment.INCOME_SHOCK) | (segments == Segment.SILENT_DRAIN)
    income = (no_salary & (f.txn_count >= book.income_txns) & drained) | (
        (f.days_since_salary > book.income_gap_days_over) & (withdrawals >= book.income_gap_withdrawals)
    )
    liquidity = ((withdrawals >= book.liquidity_withdrawals) & (change < book.liquidity_change_under)) | (
        withdrawals >= book.liquidity_withdrawals_alone
    )
    compression = ((essential > 0) & (discretionary == 0) & (f.txn_count >= book.compression_txns)) | (
        (change < book.compression_change_under) & (essential > book.compression_ratio * discretionary)
    )
    leverage = (essential > book.leverage_share_over * f.total_spend) & (f.txn_count >= book.leverage_txns)
    overspending = (
        (discretionary > book.overspending_ratio * essential)
        & (discretionary > book.overspending_amount_over)
    ) | (
        (segments == Segment.OVERSPENDER)
        & (discretionary > book.overspender_ratio * essential)
        & (discretionary > book.overspender_amount_over)
    )
    return {
        Hardship.INCOME_SHOCK: known & income,
        Hardship.LIQUIDITY_STRESS: known & liquidity,
        Hardship.EXPENSE_COMPRESSION: known & compression,
        Hardship.OVER_LEVERAGE: known & leverage,
        Hardship.OVERSPENDING: known & overspending,
    }


def primary(matches: Matches) -> NDArray[np.int64]:
    """The first matching hardship of each customer, as `Hardship` codes; NONE where none matches."""
    return np.select(
        list(matches.values()), [int(each) for each in matches], default=int(Hardship.NONE)
    ).astype(np.int64)
