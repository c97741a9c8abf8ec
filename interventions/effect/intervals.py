"""Shares and their differences, with intervals that hold for small numbers, too. Pure.

Sources:
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209–212.
    R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
    methods", Statistics in Medicine 17 (1998) 873–890: method 10.
    G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a general approach", Statistics
    in Medicine 27 (2008) 1693–1702: limits of a weighted sum from the limits of its parts.
    X. Yan and X. G. Su, "Stratified Wilson and Newcombe confidence intervals for multiple binomial proportions",
    Statistics in Biopharmaceutical Research 2 (2010) 329–335.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Counted:
    """How many of how many.

    Args:
        hits: those with the outcome.
        of: all, at least 1.
    """

    hits: int
    of: int

    @property
    def share(self) -> float:
        """The share, 0 to 1."""
        return self.hits / self.of


@dataclass(frozen=True)
class Estimate:
    """A figure and between what limits it lies with 95 % confidence."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Stratum:
    """The two arms among cases that had the same probability of being held out."""

    treated: Counted
    held_out: Counted

    @property
    def size(self) -> int:
        """How many cases."""
        return self.treated.of + self.held_out.of


def wilson(counted: Counted, confidence: float = CONFIDENCE) -> Estimate:
    """A share with Wilson's score interval."""
    z2 = _z(confidence) ** 2
    share, number = counted.share, counted.of
    middle = (share + z2 / (2 * number)) / (1 + z2 / number)
    half = math.sqrt(z2 * (share * (1 - share) + z2 / (4 * number)) / number) / (1 + z2 / number)
    # At the ends the interval is exact; arithmetic is not.
    low = 0.0 if counted.hits == 0 else max(0.0, middle - half)
    high = 1.0 if counted.hits == number else min(1.0, middle + half)
    return Estimate(value=share, low=low, high=high)


def stratified_difference(strata: Sequence[Stratum], confidence: float = CONFIDENCE) -> Estimate:
    """The share among the treated less that among the held out, over strata weighted by their sizes.

    Within a stratum everybody had the same probability of being held out, so each stratum's difference is unbiased,
    and so is their mean by size: every case counts with the inverse of the share of its arm in its stratum. With one
    stratum it is Newcombe's hybrid score interval (his method 10).

    Args:
        strata: At least one, each with at least one case in each arm.
    """
    whole = sum(each.size for each in strata)
    return _sum_of(
        [
            (sign * each.size / whole, wilson(counted, confidence))
            for each in strata
            for sign, counted in ((1.0, each.treated), (-1.0, each.held_out))
        ]
    )


def _sum_of(parts: Sequence[tuple[float, Estimate]]) -> Estimate:
    """A weighted sum of independent figures, with limits from theirs (Zou and Donner)."""
    value = sum(weight * part.value for weight, part in parts)
    below = [weight * (part.value - (part.low if weight > 0 else part.high)) for weight, part in parts]
    above = [weight * ((part.high if weight > 0 else part.low) - part.value) for weight, part in parts]
    return Estimate(value=value, low=value - math.hypot(*below), high=value + math.hypot(*above))


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
