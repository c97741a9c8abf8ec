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
_NOTHING = 1e-12


class Ranking:
    """Rows sorted by score, the highest first; sorted once and used with many weights.

    Args:
        scores: (rows), the higher the riskier, without NaN.
        missed: (rows), whether the instalment was missed.
        owners: (rows), the place of each row's weight: with the customer's number, a weight for each customer does. The
            row's own place when absent.
    """

    def __init__(self, scores: NDArray[np.floating], missed: Bools, owners: Ints | None = None) -> None:
        order = np.argsort(-scores.astype(np.float64), kind="stable")
        self._owners = (order if owners is None else owners[order]).astype(np.int64)
        ranked = scores[order]
        starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
        # All figures follow from the groups of equal scores that hold a miss: few of the rows.
        self._misses = np.flatnonzero(missed[order])
        group = np.searchsorted(starts, self._misses, side="right") - 1
        held, self._first = np.unique(group, return_index=True)
        self._before = starts[held] - 1
        self._last = np.append(starts[1:], ranked.size)[held] - 1

    def curve(self, weights: Floats | None = None) -> "Curve":
        """Count down the ranking.

        Args:
            weights: by owner; 1 each when absent.
        """
        ranked = np.ones(self._owners.size) if weights is None else weights[self._owners]
        rows = np.cumsum(ranked)
        return Curve(
            found=np.add.reduceat(ranked[self._misses], self._first) if self._misses.size else np.zeros(0),
            before=np.where(self._before < 0, 0.0, rows[self._before]),
            until=rows[self._last],
            rows=float(rows[-1]),
        )


@dataclass(frozen=True)
class Curve:
    """What is found on the way down a ranking, in each group of equal scores that holds a miss.

    Args:
        found: weighted misses in the group.
        before: weighted rows ranked above the group.
        until: weighted rows ranked above its end.
        rows: all weighted rows.
    """

    found: Floats
    before: Floats
    until: Floats
    rows: float

    @property
    def misses(self) -> float:
        """All weighted misses."""
        return float(self.found.sum())

    def roc_auc(self) -> float:
        """The area under the ROC curve; NaN where one of the two kinds is absent.

        Source: Fawcett, An introduction to ROC analysis (2006); ties count half.
        """
        others = self.rows - self.misses
        if self.misses <= 0 or others <= 0:
            return float("nan")
        above = self.before - (np.cumsum(self.found) - self.found)
        tied = self.until - self.before - self.found
        return float((self.found * (others - above - tied / 2)).sum() / (self.misses * others))

    def pr_auc(self) -> float:
        """The average precision, the area under the precision-recall curve in steps; NaN without misses.

        Source: Davis and Goadrich, The relationship between precision-recall and ROC curves (2006).
        """
        if self.misses <= 0:
            return float("nan")
        precision = np.cumsum(self.found) / np.maximum(self.until, _NOTHING)
        return float((self.found * precision).sum() / self.misses)

    def capture(self, rate: float) -> float:
        """The share of all misses among the given share of rows with the highest scores; NaN without misses."""
        return self._found_among(rate) / self.misses if self.misses > 0 else float("nan")

    def precision(self, rate: float) -> float:
        """The share of misses among the given share of rows with the highest scores; NaN without rows."""
        return self._found_among(rate) / (rate * self.rows) if self.rows > 0 else float("nan")

    def _found_among(self, rate: float) -> float:
        """Misses among the first rows; of a group that is cut, in proportion."""
        until = np.cumsum(self.found)
        rows = np.column_stack([self.before, self.until]).ravel()
        found = np.column_stack([until - self.found, until]).ravel()
        return float(np.interp(rate * self.rows, rows, found)) if found.size else 0.0


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
