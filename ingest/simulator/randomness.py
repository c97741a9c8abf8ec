"""Counter-based random numbers: every customer has an own stream, whoever else is simulated.

A number is addressed by (seed, topic, moment, customer, column). Philox is keyed by the first three and its
counter is moved to the customer's place, so a value depends neither on how many customers there are, nor on
how they are cut into chunks, nor on what was drawn before. Only uniform numbers are drawn, since one
uniform takes one place; other distributions are computed from them.

Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11 (Philox4x64-10).
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np

from ingest.simulator.arrays import Floats, Ints

WORDS_PER_COUNT = 4  # Philox4x64 yields four numbers each time its counter advances by one


class Topic(IntEnum):
    """What a draw decides. A number is never given to another topic: that would correlate the two."""

    PERSON = 1
    WORK = 2
    HOME = 3
    HABIT = 4
    TRAIT = 5
    LOAN_FIRST = 6
    LOAN_SECOND = 7
    EPISODE = 8
    EMPLOYER = 9
    EMPLOYER_MONTH = 10
    MOOD = 11
    INCOME = 12
    INSTALMENT_FIRST = 13
    INSTALMENT_SECOND = 14
    HAND_PAYMENT = 15
    BILL = 16
    SAVING = 17
    PURCHASE_CHOICE = 18
    PURCHASE_SIZE = 19
    CASH = 20
    TRANSFER = 21
    BORROWING = 22
    GAMBLING = 23
    EMERGENCY = 24
    TIMES = 25


@dataclass(frozen=True)
class Randomness:
    """The random streams of a contiguous range of customers.

    Args:
        seed: the portfolio's seed, 0 to 2**64 − 1.
        first: zero-based place of the first customer of the range.
        count: how many customers the range holds.
    """

    seed: int
    first: int
    count: int

    def uniforms(self, topic: Topic, *, moment: int, width: int) -> Floats:
        """Draw ``width`` uniform numbers for each customer.

        Args:
            topic: what they decide.
            moment: a bank day's ordinal, a month's index, or 0 for what never changes.
            width: numbers for each customer.

        Returns:
            An array (width, count) of numbers in [0, 1).
        """
        blocks = -(-width // WORDS_PER_COUNT)
        key = np.array([self.seed, (int(topic) << 40) | moment], dtype=np.uint64)
        bits = np.random.Philox(key=key)
        bits.advance(self.first * blocks)
        drawn = np.random.Generator(bits).random((self.count, blocks * WORDS_PER_COUNT))
        return np.ascontiguousarray(drawn.T[:width])


@lru_cache(maxsize=4)
def moods(randomness: Randomness, *, month: int) -> Floats:
    """Draw what colours a customer's whole month: an array (4, customers), not to be written to."""
    drawn = randomness.uniforms(Topic.MOOD, moment=month, width=4)
    drawn.setflags(write=False)
    return drawn


def normal(u: Floats, v: Floats) -> Floats:
    """Turn two independent uniforms into one standard normal (Box and Muller, 1958)."""
    return np.asarray(np.sqrt(-2.0 * np.log1p(-u)) * np.cos(2.0 * np.pi * v))


def lognormal(u: Floats, v: Floats, sigma: Floats | float) -> Floats:
    """Turn two uniforms into a lognormal factor with mean 1 and log standard deviation ``sigma``."""
    return np.asarray(np.exp(sigma * normal(u, v) - 0.5 * np.square(sigma)))


def exponential(u: Floats, mean: Floats | float) -> Floats:
    """Turn a uniform into an exponential waiting time with the given mean (same unit)."""
    return np.asarray(-mean * np.log1p(-u))


def between(u: Floats, low: Floats | float, high: Floats | float) -> Floats:
    """Stretch a uniform over [low, high)."""
    return np.asarray(low + (high - low) * u)


def pick(u: Floats, weights: tuple[float, ...]) -> Ints:
    """Choose an index with probability proportional to its weight."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    chosen = np.searchsorted(edges / edges[-1], u, side="right")
    return np.minimum(chosen, len(weights) - 1).astype(np.int64)
