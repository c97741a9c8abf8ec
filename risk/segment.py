"""Segments: patterns of behaviour, inferred from features alone. Pure."""

import numpy as np
from numpy.typing import NDArray

from risk.features import Features
from risk.levels import Segment
from risk.rulebook import RulebookContent

Codes = NDArray[np.int64]


def infer(*, features: Features, rules: RulebookContent) -> Codes:
    """The segment of each customer, as `Segment` codes: the first that holds.

    Source: docs/scorecard.md.
    """
    segment = rules.segment
    conditions = [
        features.txn_count < segment.known_from_txns,
        (features.salaries_before_silence >= segment.regular_income_salaries)
        & (features.salaries_in_silence == 0),
        (features.closed_debits_30d > features.credits_30d)
        & (features.txn_count_30d < segment.drain_txn_ratio * features.txn_count_previous_30d),
        features.discretionary_spend > segment.overspender_ratio * features.essential_spend,
    ]
    codes = [Segment.UNKNOWN, Segment.INCOME_SHOCK, Segment.SILENT_DRAIN, Segment.OVERSPENDER]
    return np.select(conditions, [int(code) for code in codes], default=int(Segment.STABLE)).astype(np.int64)
