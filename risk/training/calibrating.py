"""Fitting a calibration on customers no tree has seen: Platt, or isotonic where it proves better."""

import numpy as np

from risk.model.calibration import Calibration, Isotonic, Platt
from risk.training.metrics import Bools, Floats, Ints

# Under so many misses in each half, isotonic steps are mostly noise.
ISOTONIC_FROM_MISSES = 300
_FLATTEST_SLOPE = 1e-6
_SMALLEST_STEP = 1e-9
# Keeps the equations solvable where all margins are equal.
_RIDGE = 1e-9


def calibration_fit(*, margins: Floats, missed: Bools, customers: Ints) -> Calibration:
    """Fit both kinds on one half of the customers, judge them by the Brier score on the other, and the reverse.

    Args:
        margins: (rows), the ranking in any unit, the higher the riskier.
        missed: (rows).
        customers: (rows); a customer stands in one half with all rows.

    Returns:
        Isotonic where both halves have at least `ISOTONIC_FROM_MISSES` misses and its Brier score over both is
        lower; else Platt. Fitted on all rows.
    """
    margins = margins.astype(np.float64)
    is_odd = np.unique(customers, return_inverse=True)[1] % 2 == 1
    halves = (~is_odd, is_odd)
    if min(int(missed[half].sum()) for half in halves) >= ISOTONIC_FROM_MISSES:
        errors = {platt_fit: 0.0, isotonic_fit: 0.0}
        for fitted, judged in (halves, halves[::-1]):
            for fit in errors:
                probs = fit(margins[fitted], missed[fitted]).apply(margins[judged])
                errors[fit] += float(((probs - missed[judged]) ** 2).sum())
        if errors[isotonic_fit] < errors[platt_fit]:
            return isotonic_fit(margins, missed)
    return platt_fit(margins, missed)


def platt_fit(margins: Floats, missed: Bools) -> Platt:
    """Fit slope and intercept by maximum likelihood (Newton's method), with Platt's softened targets.

    A ranking that points the wrong way gets a slope of almost nothing: every row then has about the base rate.

    Source: Lin, Lin and Weng, A note on Platt's probabilistic outputs (2007).
    """
    misses, rest = int(missed.sum()), int((~missed).sum())
    targets = np.where(missed, (misses + 1) / (misses + 2), 1 / (rest + 2))
    middle, spread = float(margins.mean()), float(margins.std()) or 1.0
    slope, intercept = _newton((margins - middle) / spread, targets)
    if slope / spread < _FLATTEST_SLOPE:
        rate = float(targets.mean())
        return Platt(a=_FLATTEST_SLOPE, b=float(np.log(rate / (1 - rate))) - _FLATTEST_SLOPE * middle)
    return Platt(a=slope / spread, b=intercept - slope * middle / spread)


def _newton(at: Floats, targets: Floats) -> tuple[float, float]:
    """Slope and intercept of a logistic regression on one standardised variable."""
    rate = float(targets.mean())
    found = np.array([0.0, np.log(rate / (1 - rate))])
    design = np.stack([at, np.ones_like(at)])
    loss = _loss(found, design, targets)
    while True:
        probs = _probs(found @ design)
        curvature = (design * (probs * (1 - probs))) @ design.T + _RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, design @ (targets - probs))
        # A whole step may overshoot where almost all probabilities are near 0: it is halved until it helps.
        while (after := _loss(found + step, design, targets)) >= loss and np.abs(step).max() > _SMALLEST_STEP:
            step /= 2
        if np.abs(step).max() <= _SMALLEST_STEP:
            return float(found[0]), float(found[1])
        found, loss = found + step, after


def _probs(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -40, 40))))


def _loss(found: Floats, design: Floats, targets: Floats) -> float:
    """The negative log-likelihood, in a form that does not overflow."""
    log_odds = found @ design
    return float((np.logaddexp(0, log_odds) - targets * log_odds).sum())


def isotonic_fit(margins: Floats, missed: Bools) -> Isotonic:
    """Fit a rising step function, kept away from 0 and 1 by half a miss in all rows."""
    from sklearn.isotonic import IsotonicRegression

    least = 0.5 / margins.size
    model = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
    model.fit(margins, missed.astype(np.float64))
    x, first = np.unique(model.X_thresholds_.astype(np.float64), return_index=True)
    y = np.maximum.accumulate(model.y_thresholds_.astype(np.float64)[first])
    return Isotonic(x=tuple(x.tolist()), y=tuple(y.tolist()))
