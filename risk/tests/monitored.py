"""Made-up training data and samples for the monitoring's tests: what moves by itself, and what is made to."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from risk.features import Floats, Ints
from risk.model.inputs import Matrix
from risk.monitoring.comparison import Sample
from risk.monitoring.reference import Reference, reference_of

NAMES = tuple(f"feature_{number}" for number in range(20))
WEEKS = 26
MOSTLY_ZERO, OFTEN_MISSING, NEVER_PRESENT, CONSTANT, PLAIN = range(5)


@dataclass(frozen=True)
class Rows:
    """Rows of customers at weekly moments; each customer is like itself, and each moment moves everybody a little."""

    values: Matrix
    probability: Floats
    customers: Ints
    as_of_days: Ints

    def sample(self, **changes: Any) -> Sample:
        """The rows as the monitoring takes them."""
        taken = Sample(values=self.values, probability=self.probability, customers=self.customers)
        return replace(taken, **changes)


def rows(*, customers: int, weeks: int, seed: int, weekly_sd: float = 0.08) -> Rows:
    """Draw rows.

    Args:
        customers: how many.
        weeks: how many moments.
        seed: of the draws.
        weekly_sd: how far a week moves everybody's features, in their standard deviations.
    """
    draw = np.random.default_rng(seed)
    who = np.repeat(np.arange(customers), weeks)
    week = np.tile(np.arange(weeks), customers)
    own = draw.normal(size=(customers, len(NAMES)))
    moves = draw.normal(scale=weekly_sd, size=(weeks, len(NAMES)))
    x = 0.8 * own[who] + 0.6 * draw.normal(size=(who.size, len(NAMES))) + moves[week]
    log_odds = 1.2 * x[:, PLAIN] + x[:, PLAIN + 1] - 3.0
    x[:, MOSTLY_ZERO] = np.where(x[:, MOSTLY_ZERO] < 1.2, 0.0, np.round(3 * x[:, MOSTLY_ZERO]))
    x[:, OFTEN_MISSING] = np.where(draw.random(who.size) < 0.3, np.nan, x[:, OFTEN_MISSING])
    x[:, NEVER_PRESENT], x[:, CONSTANT] = np.nan, 5.0
    return Rows(
        values=x.astype(np.float32),
        probability=1 / (1 + np.exp(-log_odds)),
        customers=who.astype(np.int64),
        as_of_days=9_000 + 7 * week.astype(np.int64),
    )


def reference(*, draws: int = 300, **shape: Any) -> Reference:
    """The reference of drawn training data, as it comes out of a manifest."""
    trained_on = rows(**({"customers": 3_000, "weeks": WEEKS, "seed": 1} | shape))
    return Reference.from_json(
        reference_of(
            names=NAMES,
            values=trained_on.values,
            probability=trained_on.probability,
            customers=trained_on.customers,
            as_of_days=trained_on.as_of_days,
            draws=draws,
        )
    )
