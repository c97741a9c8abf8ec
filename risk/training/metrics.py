"""How well a ranking finds the misses: from one sort of the scores, with or without weights per row. Pure.

Ties are treated as if broken at random: every figure is then the expected one, so that a score in half points is
neither helped nor harmed by the order in which its rows happen to stand.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ALERT_RATES = (0.02, 0.05, 0.10)
CALIBRATION_BINS = 10


class Ranking:
    """Rows sorted by score, the highest first; made once and used with many weights.

    Args:
        scores: (rows), the higher the riskier, without NaN.
        missed: (rows), whether the instalment was missed.
    """

    def __init__(self, scores: NDArray[np.floating], missed: Bools) -> None:
        self.order: Ints = np.argsort(-scores.astype(np.float64), kind="stable")
        ranked = scores[self.order]
        # The last row of each group of equal scores.
        self.ends: Ints = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
        self.missed: Floats = missed[self.order].astype(np.float64)

    def curve(self, weights: Floats | None = None) -> "Curve":
        """Weighted counts down the ranking.

        Args:
            weights: (rows) in the original order; 1 each when absent.
        """
        if weights is None:
            return Curve(found=np.cumsum(self.missed)[self.ends], rows=(self.ends + 1).astype(np.float64))
        ranked = weights[self.order]
        return Curve(found=np.cumsum(ranked * self.missed)[self.ends], rows=np.cumsum(ranked)[self.ends])


@dataclass(frozen=True)
class Curve:
    """What is found on the way down a ranking, at the end of each group of equal scores.

    Args:
        found: weighted misses so far.
        rows: weighted rows so far.
    """

    found: Floats
    rows: Floats

    def roc_auc(self) -> float:
        """The area under the ROC curve; NaN where one of the two kinds is absent.

        Source: Fawcett, An introduction to ROC analysis (2006); ties count half.
        """
        misses, others = self.found[-1], self.rows[-1] - self.found[-1]
        if misses <= 0 or others <= 0:
            return float("nan")
        false = np.diff(self.rows - self.found, prepend=0.0)
        middle = self.found - np.diff(self.found, prepend=0.0) / 2
        return float((false * middle).sum() / (misses * others))

    def pr_auc(self) -> float:
        """The average precision, the area under the precision-recall curve in steps; NaN without misses.

        Source: Davis and Goadrich, The relationship between precision-recall and ROC curves (2006).
        """
        if self.found[-1] <= 0:
            return float("nan")
        precision = self.found / np.maximum(self.rows, 1e-12)
        return float((np.diff(self.found, prepend=0.0) * precision).sum() / self.found[-1])

    def capture(self, rate: float) -> float:
        """The share of all misses among the given share of rows with the highest scores."""
        return self._found_at(rate) / float(self.found[-1]) if self.found[-1] > 0 else float("nan")

    def precision(self, rate: float) -> float:
        """The share of misses among the given share of rows with the highest scores."""
        return self._found_at(rate) / (rate * float(self.rows[-1])) if self.rows[-1] > 0 else float("nan")

    def _found_at(self, rate: float) -> float:
        rows, found = np.append(0.0, self.rows), np.append(0.0, self.found)
        return float(np.interp(rate * self.rows[-1], rows, found))


def figures(curve: Curve) -> dict[str, float]:
    """All figures of a ranking by name."""
    found = {"roc_auc": curve.roc_auc(), "pr_auc": curve.pr_auc()}
    for rate in ALERT_RATES:
        found[f"capture_at_{rate * 100:g}pct"] = curve.capture(rate)
        found[f"precision_at_{rate * 100:g}pct"] = curve.precision(rate)
    return found


@dataclass(frozen=True, kw_only=True)
class CalibrationBin:
    """One tenth of the rows by probability: what was predicted and what came true."""

    rows: int
    from_prob: float
    until_prob: float
    mean_prob: float
    observed_prob: float
    misses: int


def calibration_table(probs: Floats, missed: Bools, *, bins: int = CALIBRATION_BINS) -> list[CalibrationBin]:
    """Rows in tenths by rising probability; equal probabilities stay together, so that a bin may be missing."""
    edges = np.unique(np.quantile(probs, np.linspace(0, 1, bins + 1)[1:-1]))
    at = np.searchsorted(edges, probs, side="right")
    return [_bin(probs[at == number], missed[at == number]) for number in np.unique(at)]


def _bin(probs: Floats, missed: Bools) -> CalibrationBin:
    return CalibrationBin(
        rows=probs.size,
        from_prob=float(probs.min()),
        until_prob=float(probs.max()),
        mean_prob=float(probs.mean()),
        observed_prob=float(missed.mean()),
        misses=int(missed.sum()),
    )


def expected_calibration_error(table: list[CalibrationBin]) -> float:
    """The mean distance between predicted and observed over the bins, by their rows."""
    rows = sum(each.rows for each in table)
    return sum(each.rows * abs(each.mean_prob - each.observed_prob) for each in table) / rows
