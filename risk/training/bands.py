"""From which probability a customer is MEDIUM or HIGH: set by what the bank can act on. Pure."""

import numpy as np

from risk.model.scorer import Bands
from risk.training.metrics import Floats


class BandsImpossible(ValueError):
    """The wish cannot be met; the text says why and what can be done."""


class TooAlike(BandsImpossible):
    """The wish makes sense, but this model says the same of too many customers."""


def bands_for_budget(probs: Floats, *, alert_budget: float, high_budget: float) -> Bands:
    """Set bands so that at most the given shares of customers stand in them.

    Args:
        probs: calibrated probabilities of customers no tree was fitted on.
        alert_budget: share of customers in MEDIUM or HIGH.
        high_budget: share of customers in HIGH.

    Raises:
        BandsImpossible: a budget is none.
        TooAlike: too many rows share the highest probability.
    """
    if not 0 < high_budget <= alert_budget < 1:
        raise BandsImpossible(
            f"The budgets must satisfy 0 < high ({high_budget:g}) <= alert ({alert_budget:g}) < 1."
        )
    return Bands(
        medium_from_prob=_threshold(probs, alert_budget), high_from_prob=_threshold(probs, high_budget)
    )


def bands_for_cost(probs: Floats, *, miss_cost: float, contact_cost: float, high_budget: float) -> Bands:
    """Set MEDIUM where a contact costs less than the loss it may prevent, HIGH by budget and never below it.

    Args:
        probs: calibrated probabilities of customers no tree was fitted on.
        miss_cost: what the bank saves when a contact prevents a miss, times how often it does.
        contact_cost: what a contact costs, in the same currency.
        high_budget: share of customers in HIGH.

    Raises:
        BandsImpossible: the costs give no threshold between 0 and 1.
        TooAlike: too many rows share the highest probability.

    Source: Elkan, The foundations of cost-sensitive learning (2001).
    """
    if not 0 < contact_cost < miss_cost:
        raise BandsImpossible(
            f"A contact ({contact_cost:g}) must cost something, and less than what it saves ({miss_cost:g})."
        )
    medium = contact_cost / miss_cost
    return Bands(medium_from_prob=medium, high_from_prob=max(medium, _threshold(probs, high_budget)))


def _threshold(probs: Floats, budget: float) -> float:
    """The lowest probability that at most the given share reaches."""
    found, counts = np.unique(probs, return_counts=True)
    reach = counts[::-1].cumsum()[::-1]
    # A thousandth of a row: 0.1 times 30 rows is a little under 3 in floating point.
    allowed = found[reach <= budget * probs.size + 1e-3]
    if not allowed.size:
        raise TooAlike(
            f"The highest probability is shared by more than {budget:.1%} of the {probs.size:,} rows:"
            " allow a greater budget, or train on more customers."
        )
    return float(allowed[0])
