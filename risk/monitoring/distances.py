"""How far two distributions lie apart, for any number of columns at once."""

import numpy as np

from risk.features import Floats, Ints

# An empty bin counts as this share, as is usual: otherwise the first customer in it would make the index infinite.
LEAST_SHARE = 1e-4


def psi(reference: Ints, current: Ints) -> Floats:
    """The population stability index: sum over bins of (c - r) × ln(c / r), where r and c are a bin's shares.

    It is the symmetric Kullback-Leibler divergence of the binned distributions. Below 0.10 is commonly read as little
    change, above 0.25 as a significant one; for a normal variable shifted by d standard deviations it is about d².

    Args:
        reference: counts, (..., bins); missing values have a bin of their own.
        current: counts in the same bins.

    Returns:
        (...), NaN where either side has no rows.

    Source:
        E. M. Lewis, An Introduction to Credit Scoring (1994); B. Yurdakul and J. Naranjo, Statistical properties of
        the population stability index, Journal of Risk Model Validation 14 (2020), who show that what is large
        depends on the sample's size: `risk.monitoring.null` therefore sets thresholds by it.
    """
    was = np.maximum(_shares(reference), LEAST_SHARE)
    now = np.maximum(_shares(current), LEAST_SHARE)
    index: Floats = ((now - was) * np.log(now / was)).sum(axis=-1)
    return index


def ks(reference: Ints, current: Ints, *, fewest: int = 1) -> Floats:
    """The two-sample Kolmogorov-Smirnov distance: the largest difference of the distribution functions.

    It is taken at the cells' edges, so that it may fall short of the exact one by at most the share of a cell, which
    is two percent of the reference by `risk.monitoring.grid`; a value that fills more has a cell to itself.

    Args:
        reference: counts of present values, (..., cells) in rising order.
        current: counts in the same cells.
        fewest: the least number of values on either side; for fewer nothing is said.

    Returns:
        (...), 0 to 1, NaN where there are too few values.

    Source:
        N. Smirnov, Table for estimating the goodness of fit of empirical distributions, Annals of Mathematical
        Statistics 19 (1948).
    """
    apart = np.cumsum(_shares(current), axis=-1) - np.cumsum(_shares(reference), axis=-1)
    enough = (reference.sum(axis=-1) >= fewest) & (current.sum(axis=-1) >= fewest)
    return np.where(enough, np.abs(apart).max(axis=-1), np.nan)


def _shares(counts: Ints) -> Floats:
    totals = counts.sum(axis=-1, keepdims=True)
    return np.where(totals > 0, counts / np.maximum(totals, 1), np.nan)
