"""One evaluation of customers: features, segment, score, hardships and what the model says, together. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk import features as feature_functions
from risk import hardship, scorecard, segment
from risk.features import Bools, Features, Ints, Tiles
from risk.hardship import EVIDENCE, Matches
from risk.levels import Hardship, Signal
from risk.model.inputs import ModelInputs
from risk.model.scorer import Scores
from risk.rulebook import RulebookContent
from risk.scorecard import Score

SCORECARD_INPUTS = (
    "txn_count", "salary_count", "days_since_salary", "atm_withdrawals_7d", "total_spend", "essential_spend",
    "discretionary_spend", "spending_change_pct",
)  # fmt: skip


@dataclass(frozen=True)
class Receipt:
    """What was concluded about one customer, and from what."""

    features: dict[str, Any]
    points: dict[str, float]
    matched: list[Hardship]

    @property
    def inputs(self) -> dict[str, Any]:
        """The scorecard's inputs."""
        return {name: self.features[name] for name in SCORECARD_INPUTS}

    @property
    def evidence(self) -> dict[str, dict[str, Any]]:
        """Every hardship that matched, with the inputs that show it."""
        return {code.label: {name: self.features[name] for name in EVIDENCE[code]} for code in self.matched}


NO_BAND = 0


@dataclass(frozen=True)
class ModelScores:
    """What a model says of each customer, and from what.

    Args:
        model_id: the version's id.
        label: the version's name and number.
        scores: one element per customer; NaN, and NO_BAND, where the model does not speak of one.
        inputs: the features and facts of everybody.
        is_held: whose probability and band are those of an earlier evaluation by the same model: now it is silent,
            for a reason that is no relief.
        has_failed: of whom it should have spoken, and could not.
    """

    model_id: int
    label: str
    scores: Scores
    inputs: ModelInputs
    is_held: Bools
    has_failed: Bools

    @property
    def is_fresh(self) -> Bools:
        """Of whom the model has spoken now."""
        return np.asarray((self.scores.band != NO_BAND) & ~self.is_held)


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
    model: ModelScores | None = None

    @property
    def level(self) -> NDArray[np.int64]:
        """The final level: the higher of the scorecard's and the model's band."""
        return np.maximum(self.score.level, self.model.scores.band) if self.model else self.score.level

    @property
    def band(self) -> NDArray[np.int64]:
        """The model's band, NO_BAND where no model speaks of a customer."""
        return self.model.scores.band if self.model else np.full(self.score.level.shape, NO_BAND)

    def receipts(self, indices: NDArray[np.int64]) -> Iterator[Receipt]:
        """The receipts of some customers, in the order of their indices; whole columns at once, for speed."""
        names = self.features.names()
        # Adding nothing takes the sign from a zero, which would not come back from the database.
        features = [(getattr(self.features, name)[indices] + 0).tolist() for name in names]
        signals = [signal.value for signal in Signal]
        points = [(self.score.points[signal][indices] + 0).tolist() for signal in Signal]
        matched = [each[indices].tolist() for each in self.matches.values()]
        for of_features, of_points, of_matches in zip(
            zip(*features, strict=True), zip(*points, strict=True), zip(*matched, strict=True), strict=True
        ):
            yield Receipt(
                features=dict(zip(names, of_features, strict=True)),
                points=dict(zip(signals, of_points, strict=True)),
                matched=[code for code, holds in zip(self.matches, of_matches, strict=True) if holds],
            )


def evaluate(
    *,
    tiles: Tiles,
    customers: int,
    as_of: int,
    last_salary_day: Ints,
    rules: RulebookContent,
    model: ModelScores | None = None,
) -> Evaluation:
    """Evaluate customers as of one bank day; arguments as in `features.compute`, and what the active model says."""
    computed = feature_functions.compute(
        tiles=tiles, customers=customers, as_of=as_of, last_salary_day=last_salary_day, rules=rules
    )
    return conclude(features=computed, rules=rules, model=model)


def conclude(*, features: Features, rules: RulebookContent, model: ModelScores | None = None) -> Evaluation:
    """Segment, score and hardships of given features; what a what-if calls with changed ones."""
    segments = segment.infer(features=features, rules=rules)
    matches = hardship.match(features=features, segments=segments, rules=rules)
    return Evaluation(
        features=features,
        segments=segments,
        score=scorecard.score(features=features, segments=segments, rules=rules),
        matches=matches,
        hardships=hardship.primary(matches),
        model=model,
    )
