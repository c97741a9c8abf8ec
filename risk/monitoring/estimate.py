"""What performance to expect before outcomes are known, from the probabilities alone (CBPE).

Confidence-based performance estimation: where a probability is calibrated, of the customers given 0.2 a fifth will
miss, so that the expected numbers of hits and false alarms, and every measure made of them, follow from the
probabilities. It sees what a change of the population does to performance; it cannot see that the meaning of a feature
changed (the probabilities are then wrong, and so is the estimate): realised performance and drift see that.

Source: J. Kivimäki, J. Białek, W. Kuberski and J. K. Nurminen, Performance Estimation in Binary Classification Using
Calibrated Confidence, arXiv:2505.05295 (2025); the method as in NannyML's documentation, "Performance estimation".
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from risk.features import Floats
from risk.monitoring.performance import Z_95, measures


@dataclass(frozen=True)
class Alerts:
    """Who is alerted from a probability on, and what is expected of them."""

    from_prob: float
    alert_rate: float
    precision: float
    recall: float

    def as_json(self) -> dict[str, float]:
        """The fields by name."""
        return dict(vars(self))


def expected_measures(probability: Floats) -> dict[str, float]:
    """The measures of `risk.monitoring.performance`, each outcome replaced by its probability.

    Args:
        probability: calibrated, one element per row, at least one.
    """
    return measures(probability, probability)


def alerts_from(*, probability: Floats, outcome: Floats, from_prob: float) -> Alerts:
    """Precision and recall of alerting everybody from a probability on.

    Args:
        probability: one element per row, at least one.
        outcome: 0 to 1: what became of each, or its probability where that is not known yet.
        from_prob: the least probability that alerts.
    """
    alerted = probability >= from_prob
    misses = outcome[alerted].sum()
    return Alerts(
        from_prob=from_prob,
        alert_rate=float(alerted.mean()),
        precision=float(misses / alerted.sum()) if alerted.any() else float("nan"),
        recall=float(misses / outcome.sum()) if outcome.sum() > 0 else float("nan"),
    )


def expected_by_band(probability: Floats, bands: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What is expected of alerting from each band on.

    Args:
        probability: calibrated, one element per row.
        bands: the manifest's, with `medium_from_prob` and `high_from_prob`.
    """
    return {
        name: alerts_from(
            probability=probability, outcome=probability, from_prob=bands[f"{name}_from_prob"]
        ).as_json()
        for name in ("medium", "high")
    }


def expected_misses(probability: Floats) -> tuple[float, float, float]:
    """How many misses to expect, and the 95 % interval in which chance alone leaves their number.

    The number is a sum of independent trials of unequal probabilities; its normal approximation serves for the
    hundreds of rows a report has.
    """
    mean = float(probability.sum())
    spread = Z_95 * float(np.sqrt((probability * (1 - probability)).sum()))
    return mean, max(0.0, mean - spread), mean + spread
