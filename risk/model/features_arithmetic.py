"""Arithmetic with missing values: a division by nothing is missing, and never a warning."""

import numpy as np

from risk.features import Floats

MISSING = float("nan")
MOST_TIMES = 10.0
MOST_SD = 10.0


def ratio(value: Floats, base: Floats) -> Floats:
    """value / base; missing where the base is missing or not above 0."""
    result = np.full(np.broadcast(value, base).shape, MISSING)
    np.divide(value, base, out=result, where=base > 0)
    return result


def times(value: Floats, base: Floats) -> Floats:
    """value / base, at most `MOST_TIMES`; as much where only the base is 0, and missing where both are."""
    beyond = np.where((base == 0) & (value > 0), MOST_TIMES, MISSING)
    return np.where(base > 0, np.minimum(ratio(value, base), MOST_TIMES), beyond)


def change(value: Floats, usual: Floats) -> Floats:
    """value / usual − 1, between −1 and `MOST_TIMES` − 1; missing where the usual is missing or 0."""
    return np.clip(ratio(value, usual) - 1.0, -1.0, MOST_TIMES - 1.0)


def mean_and_sd(rows: Floats, *, least: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation (of the whole population) down the columns.

    Args:
        rows: (n, customers); NaN is left out.
        least: how many values there must be; missing where there are fewer.
    """
    known = ~np.isnan(rows)
    count = known.sum(axis=0)
    enough = count >= least
    divisor = np.maximum(count, 1)
    mean = np.where(known, rows, 0.0).sum(axis=0) / divisor
    # Added row by row: `sum` may add in another order when there is one customer than when there are many.
    squares = np.cumsum(np.where(known, (rows - mean) ** 2, 0.0), axis=0)[-1] / divisor
    return np.where(enough, mean, MISSING), np.where(enough, np.sqrt(squares), MISSING)


def z_score(value: Floats, *, mean: Floats, sd: Floats, least_sd: Floats | float) -> Floats:
    """(value − mean) / sd, the sd at least `least_sd`, between −`MOST_SD` and `MOST_SD`; missing where that is 0."""
    return np.clip(ratio(value - mean, np.maximum(sd, least_sd)), -MOST_SD, MOST_SD)


def median(rows: Floats) -> Floats:
    """The median down the columns, (n, customers); NaN is left out, missing where nothing is left."""
    ordered = np.sort(rows, axis=0)
    count = (~np.isnan(rows)).sum(axis=0)
    below = np.maximum(count - 1, 0) // 2
    middle = np.take_along_axis(ordered, np.stack([below, count // 2]), axis=0)
    return np.where(count > 0, (middle[0] + middle[1]) / 2.0, MISSING)
