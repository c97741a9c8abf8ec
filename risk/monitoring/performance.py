"""How well probabilities rank and how well they are calibrated, from outcomes that are known or only expected.

An outcome is a share of a miss: 1 where the instalment was missed, 0 where it was not, and anything between where only
its probability is known (`risk.monitoring.estimate`). Every measure is written in sums of outcomes, so that one
function serves both.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from risk.features import Floats, Ints
from risk.levels import Level

Z_95 = NormalDist().inv_cdf(0.975)
ALERT_SHARE = 0.10


@dataclass(frozen=True)
class Ranked:
    """Rows from the most to the least probable, those of equal probability taken together.

    Args:
        rows: how many rows are at or above each different probability.
        misses: the sum of their outcomes.
    """

    rows: Floats
    misses: Floats

    @classmethod
    def of(cls, probability: Floats, outcome: Floats) -> "Ranked":
        """Rank rows; at least one is needed."""
        order = np.argsort(-probability, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(probability[order])), probability.size - 1)
        return cls(rows=ends + 1.0, misses=np.cumsum(outcome[order])[ends])

    def roc_auc(self) -> float:
        """The share of pairs of a miss and a non-miss in which the miss is the more probable; a tie is half a pair."""
        hits, alarms = self.misses, self.rows - self.misses
        pairs = hits[-1] * alarms[-1]
        if pairs <= 0:
            return float("nan")
        return float(_trapezium(alarms, hits) / pairs)

    def pr_auc(self) -> float:
        """Average precision: the precision at each probability, weighted by the misses that lie there."""
        if self.misses[-1] <= 0:
            return float("nan")
        gained = np.diff(self.misses, prepend=0.0)
        return float((self.misses / self.rows * gained).sum() / self.misses[-1])

    def misses_within(self, share: float) -> float:
        """Misses among the most probable share of rows; of a tie, the part that fits."""
        budget = share * self.rows[-1]
        return float(np.interp(budget, np.append(0.0, self.rows), np.append(0.0, self.misses)))


def measures(probability: Floats, outcome: Floats) -> dict[str, float]:
    """The measures of performance.

    Args:
        probability: of a miss, one element per row, at least one.
        outcome: 0 to 1.

    Returns:
        `roc_auc`, `pr_auc`, `brier`, `capture_at_10pct` (the share of misses among the tenth of rows with the highest
        probability), `precision_at_10pct` (the share of that tenth that misses); NaN where nothing can be said.
    """
    ranked = Ranked.of(probability, outcome)
    caught, misses = ranked.misses_within(ALERT_SHARE), ranked.misses[-1]
    return {
        "roc_auc": ranked.roc_auc(),
        "pr_auc": ranked.pr_auc(),
        # E[(p - y)²] = p² - 2py + y, since a miss is 0 or 1, whatever is known of it.
        "brier": float(np.mean(probability**2 - 2 * probability * outcome + outcome)),
        "capture_at_10pct": caught / misses if misses > 0 else float("nan"),
        "precision_at_10pct": caught / (ALERT_SHARE * probability.size),
    }


def intervals(
    *, probability: Floats, outcome: Floats, customers: Ints, draws: int, seed: int
) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of `measures`, drawing whole customers, whose rows are alike.

    Args:
        probability: one element per row.
        outcome: 0 to 1.
        customers: id of each row's customer.
        draws: how many samples.
        seed: of the draws.

    Returns:
        (low, high) by measure; NaN where it cannot be said.

    Source:
        B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), percentile interval.
    """
    draw = np.random.default_rng(seed)
    order = np.argsort(customers, kind="stable")
    _, firsts, sizes = np.unique(customers[order], return_index=True, return_counts=True)
    found = []
    for _ in range(draws):
        chosen = draw.integers(firsts.size, size=firsts.size)
        taken = sizes[chosen]
        within = np.arange(taken.sum()) - np.repeat(np.cumsum(taken) - taken, taken)
        rows = order[np.repeat(firsts[chosen], taken) + within]
        found.append(measures(probability[rows], outcome[rows]))
    return {name: _middle([each[name] for each in found]) for name in found[0]}


def wilson(successes: float, rows: float) -> tuple[float, float]:
    """The 95 % score interval of a share.

    Args:
        successes: how many.
        rows: of how many, above 0.

    Source:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    share, z2 = successes / rows, Z_95**2
    centre = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = Z_95 / (1 + z2 / rows) * np.sqrt(share * (1 - share) / rows + z2 / (4 * rows**2))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def calibration_by_band(*, probability: Floats, outcome: Floats, band: Ints) -> list[dict[str, Any]]:
    """What was said and what came true, band by band.

    Args:
        probability: one element per row.
        outcome: 0 to 1.
        band: code of `risk.levels.Level`.

    Returns:
        For each band `band`, `rows`, `mean_prob`, `miss_rate` with `miss_rate_low` and `miss_rate_high` (Wilson),
        `misses`; None where it is empty.
    """
    table = []
    for level in Level:
        inside = band == level
        rows, misses = int(inside.sum()), float(outcome[inside].sum())
        low, high = wilson(misses, rows) if rows else (None, None)
        table.append(
            {
                "band": level.label,
                "rows": rows,
                "misses": misses,
                "mean_prob": float(probability[inside].mean()) if rows else None,
                "miss_rate": misses / rows if rows else None,
                "miss_rate_low": low,
                "miss_rate_high": high,
            }
        )
    return table


def _trapezium(x: Floats, y: Floats) -> Floats:
    """The area under a line from the origin through points of rising x."""
    x, y = np.append(0.0, x), np.append(0.0, y)
    area: Floats = ((x[1:] - x[:-1]) * (y[1:] + y[:-1])).sum() / 2
    return area


def _middle(values: list[float]) -> tuple[float, float]:
    """The middle 95 % of the draws in which something could be said."""
    known = np.array([value for value in values if value == value])
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
