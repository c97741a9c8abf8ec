"""What the model must beat, fitted with the same care on the same customers: logistic regression, on all or on one."""

import itertools
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from risk.model.inputs import Matrix
from risk.training.metrics import Bools, Floats, Ranking

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)
TAIL = 0.005
# Balanced weights treat a miss and a payment alike; without weights the log-odds are those of the data.
WEIGHTS = ("balanced", None)


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """Columns as a linear model needs them, by what the fitting rows were like.

    Missing values become the median and get a column that says so; extremes are drawn in to the 0.5 % and 99.5 %
    quantiles; then each column has mean 0 and standard deviation 1.

    Args:
        medians, lows, highs, means, deviations: one element per feature.
        indicated: features that get a column for being missing.
    """

    medians: Floats
    lows: Floats
    highs: Floats
    means: Floats
    deviations: Floats
    indicated: NDArray[np.int64]

    @classmethod
    def of(cls, values: Matrix) -> Self:
        """Learn it from the fitting rows, (rows, features)."""
        missing = np.isnan(values)
        known = np.where(missing.all(axis=0), np.float32(0), values)
        lows, medians, highs = np.nanquantile(known, (TAIL, 0.5, 1 - TAIL), axis=0)
        bounded = np.clip(np.where(np.isnan(known), medians, known), lows, highs)
        deviations = bounded.std(axis=0)
        return cls(
            medians=medians,
            lows=lows,
            highs=highs,
            means=bounded.mean(axis=0),
            deviations=np.where(deviations > 0, deviations, 1.0),
            indicated=np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)),
        )

    def apply(self, values: Matrix) -> Floats:
        """Prepared columns, then the indicators, (rows, features + indicated)."""
        missing = np.isnan(values)
        bounded = np.clip(np.where(missing, self.medians, values), self.lows, self.highs)
        prepared = (bounded - self.means) / self.deviations
        return np.hstack([prepared, missing[:, self.indicated].astype(np.float64)])


@dataclass(frozen=True, kw_only=True)
class Logistic:
    """A logistic regression with a ridge penalty.

    Args:
        strength: the inverse of the penalty.
        weights: of the classes; with the penalty, what ranked the stopping customers best.
    """

    preparation: Preparation
    model: "LogisticRegression"
    strength: float
    weights: str | None

    @classmethod
    def fit(cls, *, values: Matrix, missed: Bools, stop_values: Matrix, stop_missed: Bools) -> Self:
        """Fit with each penalty and weight, and with what ranks the stopping customers best (PR AUC) on them, too."""
        preparation = Preparation.of(values)
        columns, stop_columns = preparation.apply(values), preparation.apply(stop_values)

        def pr_auc(choice: tuple[float, str | None]) -> float:
            ranks = _fit(columns, missed, *choice).decision_function(stop_columns)
            return Ranking(ranks, stop_missed).curve().pr_auc()

        strength, weights = max(itertools.product(STRENGTHS, WEIGHTS), key=pr_auc)
        values, missed = np.vstack([values, stop_values]), np.append(missed, stop_missed)
        preparation = Preparation.of(values)
        return cls(
            preparation=preparation,
            model=_fit(preparation.apply(values), missed, strength, weights),
            strength=strength,
            weights=weights,
        )

    def margins(self, values: Matrix) -> Floats:
        """Log-odds, (rows)."""
        return np.asarray(self.model.decision_function(self.preparation.apply(values)), dtype=np.float64)


def _fit(columns: Floats, missed: Bools, strength: float, weights: str | None) -> "LogisticRegression":
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    # Far more rows than columns: whole Newton steps are many times quicker than gradients.
    model = LogisticRegression(C=strength, class_weight=weights, solver="newton-cholesky")
    # The equations are small: threads would wait for each other more than they work.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        # Where Newton's steps lead nowhere, it says so and goes on by gradients.
        warnings.filterwarnings("ignore", "Line search of Newton solver", ConvergenceWarning)
        return model.fit(columns, missed)
