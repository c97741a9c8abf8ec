"""What would have to be otherwise for a customer to leave their band: the smallest change that help can bring about.

A lever is one thing that can be done within weeks: move the due day behind pay day, cover the shortfall, make the
instalments smaller, spend less, stake less. Each changes the customer's days and schedules themselves, and all features
are computed anew from these: so whatever depends on a lever follows it. Pure; on reading only.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import reduce
from typing import Any, Protocol, TypeVar

import numpy as np

from risk.evaluation import evaluate
from risk.levels import Level
from risk.model import features
from risk.model.inputs import DayFacts, Matrix, ModelInputs, Payments, Schedules
from risk.model.levers import GAMBLING, LEVERS, SPENDING, Lever, Situation
from risk.model.scorer import Scores

# A lever is tried at these shares of its full length.
STEPS = (0.25, 0.5, 0.75, 1.0)


class Scoring(Protocol):
    """What is asked of the model."""

    def score(self, values: Matrix) -> Scores:
        """Margin, probability and band of each row of features."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One lever, moved.

    Args:
        lever: which.
        before, after: as in `Lever`.
        effort: the share of the lever's full length, 0 to 1.
    """

    lever: str
    before: float
    after: float
    effort: float


@dataclass(frozen=True, kw_only=True)
class Counterfactual:
    """The changes, what the model would say then, and what the scorecard alone would."""

    changes: tuple[Change, ...]
    probability: float
    band: Level
    score_level: Level


# One lever and how far it is moved, or two.
Way = tuple[tuple[Lever, float], ...]
T = TypeVar("T", DayFacts, Schedules, Payments)
# Stakes are spending: one lever after the other would count them twice.
SAME_MONEY = {SPENDING, GAMBLING}


def smallest_change(*, scorer: Scoring, situation: Situation, inputs: ModelInputs) -> Counterfactual | None:
    """Find the smallest change by which a customer would leave HIGH, or MEDIUM.

    One lever is smaller than two, then less of it is smaller than more, then the lower probability decides.

    Args:
        scorer: The model.
        situation: The customer's.
        inputs: What the model sees of it, with the facts.

    Returns:
        The change; None for LOW, and where no lever and no pair of levers is enough.
    """
    band = int(scorer.score(inputs.values).band[0])
    if band == Level.LOW:
        return None
    facts = {name: float(column[0]) for name, column in inputs.facts.items()}
    levers = [lever for pull in LEVERS if (lever := pull(facts))]
    alone: list[Way] = [((lever, share),) for lever in levers for share in STEPS]
    pairs: list[Way] = [
        ((one, share), (other, part))
        for one, other in itertools.combinations(levers, 2)
        if {one.name, other.name} != SAME_MONEY
        for share, part in itertools.product(STEPS, STEPS)
    ]
    for ways in (alone, pairs):
        if found := _best(scorer, situation, ways, band):
            return found
    return None


def _best(scorer: Scoring, situation: Situation, ways: Sequence[Way], band: int) -> Counterfactual | None:
    """The way of least effort that leads below a band, if any does."""
    if not ways:
        return None
    situations = [_along(situation, way) for way in ways]
    inputs = inputs_of(situations)
    scores = scorer.score(inputs.values)
    enough = np.flatnonzero((scores.band < band) & inputs.is_covered).tolist()
    if not enough:
        return None
    best = min(enough, key=lambda at: (sum(share for _, share in ways[at]), scores.probability[at]))
    return Counterfactual(
        changes=tuple(
            Change(lever=lever.name, before=lever.before, after=lever.at(share), effort=share)
            for lever, share in ways[best]
        ),
        probability=float(scores.probability[best]),
        band=Level(int(scores.band[best])),
        score_level=_score_level(situations[best]),
    )


def inputs_of(situations: Sequence[Situation]) -> ModelInputs:
    """What the model sees of several situations of one customer, one row each."""
    first = situations[0]
    return features.compute(
        days=_beside(DayFacts, [each.days for each in situations]),
        schedules=_beside(Schedules, [each.schedules for each in situations]),
        payments=_beside(Payments, [each.payments for each in situations]),
        customers=len(situations),
        as_of=first.as_of,
        rules=first.rules,
        salary_later_days=np.array([each.salary_later_days for each in situations]),
    )


def _along(situation: Situation, way: Way) -> Situation:
    return reduce(lambda moved, step: step[0].moved(moved, step[0].at(step[1])), way, situation)


def _score_level(situation: Situation) -> Level:
    said = evaluate(
        tiles=situation.days.as_tiles(),
        customers=1,
        as_of=situation.as_of,
        last_salary_day=situation.last_salary_day,
        rules=situation.rules,
    )
    return Level(int(said.score.level[0]))


def _beside(kind: type[T], parts: Sequence[T]) -> T:
    """Arrays of several situations, each as a customer of its own."""
    columns: dict[str, Any] = {
        each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(kind)
    }
    columns["customer"] = np.repeat(np.arange(len(parts)), [len(part.customer) for part in parts])
    return kind(**columns)
