"""One evaluation of customers: features, segment, score and hardships together. Pure."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk import features as feature_functions
from risk import hardship, scorecard, segment
from risk.features import Features, Ints, Tiles
from risk.hardship import EVIDENCE, Matches
from risk.levels import Hardship, Signal
from risk.rulebook import RulebookContent
from risk.scorecard import Score

SCORECARD_INPUTS = (
    "txn_count", "salary_count", "days_since_salary", "atm_withdrawals_7d", "total_spend", "essential_spend",
    "discretionary_spend", "spending_change_pct",
)  # fmt: skip


@dataclass(frozen=True)
class Evaluation:
    """What was concluded about each customer; every array has one element per customer.

    Receipts are made of these numbers unrounded: a rounded one may lie on the other side of a bound, and the receipt
    would not give its own decision again.
    """

    features: Features
    segments: NDArray[np.int64]
    score: Score
    matches: Matches
    hardships: NDArray[np.int64]

    def inputs_of(self, index: int) -> dict[str, Any]:
        """The scorecard's inputs of one customer."""
        return {name: getattr(self.features, name)[index].item() for name in SCORECARD_INPUTS}

    def features_of(self, index: int) -> dict[str, Any]:
        """Every feature of one customer."""
        return {name: getattr(self.features, name)[index].item() for name in self.features.names()}

    def points_of(self, index: int) -> dict[str, float]:
        """Points per signal of one customer."""
        return {signal.value: float(self.score.points[signal][index]) for signal in Signal}

    def evidence_of(self, index: int) -> dict[str, dict[str, Any]]:
        """Every hardship that matched one customer, with the inputs that show it."""
        return {
            Hardship(code).label: {
                name: getattr(self.features, name)[index].item() for name in EVIDENCE[code]
            }
            for code, matched in self.matches.items()
            if matched[index]
        }


def evaluate(
    *, tiles: Tiles, customers: int, as_of: int, last_salary_day: Ints, rules: RulebookContent
) -> Evaluation:
    """Evaluate customers as of one bank day; arguments as in `features.compute`."""
    computed = feature_functions.compute(
        tiles=tiles, customers=customers, as_of=as_of, last_salary_day=last_salary_day, rules=rules
    )
    return conclude(features=computed, rules=rules)


def conclude(*, features: Features, rules: RulebookContent) -> Evaluation:
    """Segment, score and hardships of given features; what a what-if calls with changed ones."""
    segments = segment.infer(features=features, rules=rules)
    matches = hardship.match(features=features, segments=segments, rules=rules)
    return Evaluation(
        features=features,
        segments=segments,
        score=scorecard.score(features=features, segments=segments, rules=rules),
        matches=matches,
        hardships=hardship.primary(matches),
    )
