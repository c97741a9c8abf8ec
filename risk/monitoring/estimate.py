"""What performance to expect before outcomes are known, from the probabilities alone (CBPE). Pure.

Confidence-based performance estimation: where probabilities are calibrated, of the customers given 0.2 a fifth will
miss. So each row counts as so much of a miss and as so much of none, and every figure follows. It sees what a change
of the population does to performance. It does not see a change of what the features mean, since the probabilities are
then wrong: drift and realised performance see that.

Source: J. Kivimäki, J. Białek, W. Kuberski and J. K. Nurminen, Performance Estimation in Binary Classification Using
Calibrated Confidence, arXiv:2505.05295 (2025); the method as in NannyML's documentation, "Performance estimation".
"""

from typing import Any

import numpy as np

from risk.features import Floats, Ints
from risk.model.scorer import Bands
from risk.monitoring.performance import Z_95
from risk.training.metrics import Ranking, figures


def estimated(probability: Floats, bands: Bands, *, customers: Ints) -> dict[str, Any]:
    """The performance to expect of rows whose outcome is not known yet.

    Args:
        probability: calibrated, one element per row, at least one, not all 0.
        bands: of the model.
        customers: whose row each is.

    Returns:
        JSON: `rows`; `figures` by name, as the training's metrics have them; `misses` with `expected`, `low` and
        `high` (`expected_misses`); and for alerting from `medium` and from `high` on `from_prob`, `alert_rate`,
        `precision` and `recall`, the last two None where nobody is alerted.
    """
    expected, low, high = expected_misses(probability, customers)
    return {
        "rows": probability.size,
        "figures": expected_figures(probability),
        "misses": {"expected": expected, "low": low, "high": high},
        "medium": expected_alerts(probability, from_prob=bands.medium_from_prob),
        "high": expected_alerts(probability, from_prob=bands.high_from_prob),
    }


def expected_figures(probability: Floats) -> dict[str, float]:
    """ROC AUC, PR AUC, captures, precisions and Brier score, each row being a miss by its probability."""
    twice = np.concatenate((probability, probability))
    is_miss = np.arange(twice.size) < probability.size
    weights = np.concatenate((probability, 1 - probability))
    curve = Ranking(twice, is_miss).curve(weights)
    return figures(curve) | {"brier": float((probability * (1 - probability)).mean())}


def expected_alerts(probability: Floats, *, from_prob: float) -> dict[str, float | None]:
    """What to expect of alerting everybody from a probability on."""
    alerted = probability >= from_prob
    hits = probability[alerted].sum()
    return {
        "from_prob": from_prob,
        "alert_rate": float(alerted.mean()),
        "precision": float(hits / alerted.sum()) if alerted.any() else None,
        "recall": float(hits / probability.sum()),
    }


def expected_misses(probability: Floats, customers: Ints) -> tuple[float, float, float]:
    """How many misses to expect, and the ends of an interval that holds their number in 95 % of cases or more.

    A customer's rows are mostly about the same instalment, and miss together. How closely is not known, so that the
    most is assumed: standard deviations add up within a customer (by Cauchy and Schwarz no dependence gives more), and
    variances over customers, who are independent. For hundreds of customers the sum is nearly normal.
    """
    mean = float(probability.sum())
    _, who = np.unique(customers, return_inverse=True)
    deviations = np.bincount(who, weights=np.sqrt(probability * (1 - probability)))
    spread = Z_95 * float(np.sqrt((deviations**2).sum()))
    return mean, max(0.0, mean - spread), mean + spread
