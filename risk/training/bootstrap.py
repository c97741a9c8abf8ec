"""How sure the figures are: customers are drawn again with all their rows, since they are much alike.

Pure. Every ranking sees the same draws, so that differences between rankings are paired.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from risk.training.metrics import Floats, Ranking, figures

CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure with the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        """The three numbers by name."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Draws:
    """Figures over all draws.

    Args:
        values: ranking → figure → (draws); NaN where a draw held no miss.
    """

    values: Mapping[str, Mapping[str, Floats]]

    def interval(self, ranking: str, figure: str, *, value: float) -> Interval:
        """The percentile interval of a figure."""
        return _interval(self.values[ranking][figure], value)

    def difference(self, first: str, second: str, figure: str, *, value: float) -> Interval:
        """The percentile interval of the first ranking's figure minus the second's, draw by draw."""
        return _interval(self.values[first][figure] - self.values[second][figure], value)

    def gain(self, first: str, second: str, *, value: float) -> Interval:
        """The same of PR AUC, with ties counted against the first ranking: see `gain_in_pr_auc`."""
        return _interval(gain_in_pr_auc(self.values[first], self.values[second]), value)


def draw(
    *,
    rankings: Mapping[str, Ranking],
    squared_errors: Mapping[str, Floats],
    rows: Floats,
    draws: int,
    seed: int,
) -> Draws:
    """Draw customers with replacement and compute every figure of every ranking for each draw.

    Args:
        rankings: by name, all of the same rows, each row owned by its customer's number.
        squared_errors: by the same names, summed for each customer, of the calibrated probabilities (Brier).
        rows: of each customer.
        draws: how many.
        seed: of the random numbers.

    Source: Field and Welsh, Bootstrapping clustered data (2007): the cluster bootstrap.
    """
    count = rows.size
    random = np.random.default_rng(seed)
    found: dict[str, dict[str, list[float]]] = {name: {} for name in rankings}
    for _ in range(draws):
        weights = np.bincount(random.integers(0, count, count), minlength=count).astype(np.float64)
        for name, ranking in rankings.items():
            curve = ranking.curve(weights)
            one = figures(curve)
            one["pr_auc_random_ties"] = curve.pr_auc_random_ties()
            one["brier"] = float(weights @ squared_errors[name] / (weights @ rows))
            for figure, value in one.items():
                found[name].setdefault(figure, []).append(value)
    return Draws({name: {key: np.array(all_) for key, all_ in one.items()} for name, one in found.items()})


def gain_in_pr_auc(first: Mapping[str, Any], second: Mapping[str, Any]) -> Any:
    """How far the first ranking's PR AUC lies above the second's, however ties are counted.

    Of the first the smaller of the two ways counts, of the second the larger: ties never favour the first.

    Args:
        first, second: `pr_auc` and `pr_auc_random_ties`, numbers or one element per draw.
    """
    ways = ("pr_auc", "pr_auc_random_ties")
    return np.minimum(*(first[way] for way in ways)) - np.maximum(*(second[way] for way in ways))


def _interval(values: Floats, value: float) -> Interval:
    values = values[~np.isnan(values)]
    if not values.size:
        return Interval(value=value, low=float("nan"), high=float("nan"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, (tail, 1 - tail))
    return Interval(value=value, low=float(low), high=float(high))
