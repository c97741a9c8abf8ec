"""How well a ranking finds the misses: from one sort of the scores, with or without weights per row. Pure.

The order in which rows of equal scores happen to stand changes nothing. ROC AUC, capture and precision are what is to
be expected if ties are broken at random. Average precision (`pr_auc`) is that of scikit-learn: a group of equal scores
is taken as a whole, with the precision at its end. What is to be expected of it if ties are broken at random is a
figure of its own (`pr_auc_random_ties`), mostly a little higher: for a score in half points it makes a difference.
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
_FAR = 16


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

        Each group of equal scores is one step, as in scikit-learn's `average_precision_score`.

        Source: Davis and Goadrich, The relationship between precision-recall and ROC curves (2006).
        """
        if self.misses <= 0:
            return float("nan")
        precision = np.cumsum(self.found) / np.maximum(self.until, _NOTHING)
        return float((self.found * precision).sum() / self.misses)

    def pr_auc_random_ties(self) -> float:
        """The expected average precision if the rows of each group stand in random order; NaN without misses.

        Weights are whole numbers: a row of weight two stands for two rows, each with a place of its own.

        Of a group of n rows with m misses, below R rows with F misses, each place j holds a miss with m / n, and then
        (j - 1) (m - 1) / (n - 1) misses are to be expected above it in the group. The sum over the places of
        (F + 1 + that) / (R + j) is in terms of harmonic numbers.
        """
        if self.misses <= 0:
            return float("nan")
        rows = np.maximum(self.until - self.before, _NOTHING)
        share = np.where(rows > 1, (self.found - 1) / np.maximum(rows - 1, _NOTHING), 0.0)
        above = np.cumsum(self.found) - self.found
        steps = _harmonic(self.until) - _harmonic(self.before)
        precisions = share * rows + (above + 1 - share * (self.before + 1)) * steps
        return float((self.found / rows * precisions).sum() / self.misses)

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


def _harmonic(count: Floats) -> Floats:
    """The sum of 1 / k up to each whole number, right to the last digits but one.

    Source: the Euler-Maclaurin expansion, far enough out, and one step after the other back from there.
    """
    far = count + _FAR
    found = np.log(far) + np.euler_gamma + 1 / (2 * far) - 1 / (12 * far**2) + 1 / (120 * far**4)
    for step in range(1, _FAR + 1):
        found = found - 1 / (count + step)
    return np.asarray(found)


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
