"""What would have to be otherwise for a customer to leave their band: the smallest change that help can bring about.

A lever is one thing that can be done within weeks: move the due day behind pay day, cover the shortfall, make the
instalments smaller, spend less, stop gambling. What follows for the actionable features is computed from the customer's
own amounts as the features are; everything else stays as it is. Pure; on reading only.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from risk.features import Floats
from risk.levels import Level
from risk.model import specs
from risk.model.features_arithmetic import ratio, times
from risk.model.features_balance import MOST_DUES
from risk.model.inputs import Matrix, ModelInputs
from risk.model.scorer import Scores
from risk.model.settlement import HORIZON_DAYS

DUE_DAY, SHORTFALL, INSTALMENT, SPENDING, GAMBLING = (
    "due_day",
    "shortfall",
    "instalment",
    "spending",
    "gambling",
)
# A lever is tried at these shares of its full length.
STEPS: Floats = np.array([0.25, 0.5, 0.75, 1.0])
# Nobody's instalments or spending can go to nothing.
MOST_OFF_INSTALMENT = 0.5
MOST_OFF_SPENDING = 0.3
LONGEST_DELAY_DAYS = 15

# By name, one element each: of one customer.
Facts = Mapping[str, Floats]


class Scoring(Protocol):
    """What is asked of the model."""

    def score(self, values: Matrix) -> Scores:
        """Margin, probability and band of each row of features."""


@dataclass(frozen=True)
class Lever:
    """What can be moved for one customer.

    Args:
        name: which lever.
        before: where it stands, in units of the bank's currency; for the due day, days from today.
        after: where it may be moved to, one element per step.
        features: what follows of it, by feature, one element per step; NaN where that cannot be said.
    """

    name: str
    before: float
    after: Floats
    features: Mapping[str, Floats]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One lever, moved.

    Args:
        lever: which.
        before, after: as in `Lever`.
        effort: the share of the lever's full length, 0 to 1.
        features: the features that follow, by name.
    """

    lever: str
    before: float
    after: float
    effort: float
    features: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Counterfactual:
    """The changes, and what the model would say then."""

    changes: tuple[Change, ...]
    probability: float
    band: Level


def smallest_change(*, scorer: Scoring, inputs: ModelInputs, index: int = 0) -> Counterfactual | None:
    """Find the smallest change by which a customer would leave HIGH, or MEDIUM.

    One lever is smaller than two, then less of it is smaller than more, then the lower probability decides.

    Args:
        scorer: The model.
        inputs: What it sees, with the facts.
        index: Which customer.

    Returns:
        The change; None for LOW, and where no lever and no pair of levers is enough.
    """
    row = inputs.values[index]
    ways = list(_ways(row, {name: column[[index]] for name, column in inputs.facts.items()}))
    scores = scorer.score(np.stack([row, *(_changed(row, way) for way in ways)]))
    enough = np.flatnonzero(scores.band[1:] < scores.band[0]).tolist()
    if not enough:
        return None
    probability = scores.probability[1:]
    best = min(enough, key=lambda at: (*_size(ways[at]), probability[at]))
    return Counterfactual(
        changes=ways[best], probability=float(probability[best]), band=Level(int(scores.band[1:][best]))
    )


def _ways(row: Matrix, facts: Facts) -> Iterator[tuple[Change, ...]]:
    """Every single move, and every pair of moves of which none touches the other's features."""
    levers = [lever for pull in LEVERS if (lever := pull(facts, STEPS))]
    moves = [list(_moves(lever, row)) for lever in levers]
    for move in itertools.chain.from_iterable(moves):
        yield (move,)
    for some, others in itertools.combinations(moves, 2):
        for first, second in itertools.product(some, others):
            if not first.features.keys() & second.features.keys():
                yield first, second


def _moves(lever: Lever, row: Matrix) -> Iterator[Change]:
    for step, effort in enumerate(STEPS.tolist()):
        # What is missing stays missing: the model has learnt what that means.
        features = {
            name: float(values[step])
            for name, values in lever.features.items()
            if not np.isnan(values[step]) and not np.isnan(row[specs.NAMES.index(name)])
        }
        yield Change(
            lever=lever.name,
            before=lever.before,
            after=float(lever.after[step]),
            effort=effort,
            features=features,
        )


def _changed(row: Matrix, way: tuple[Change, ...]) -> Matrix:
    found = row.copy()
    for change in way:
        for name, value in change.features.items():
            found[specs.NAMES.index(name)] = value
    return found


def _size(way: tuple[Change, ...]) -> tuple[int, float]:
    return len(way), sum(change.effort for change in way)


def _due_day(facts: Facts, steps: Floats) -> Lever | None:
    """A due day nearer to, and at last behind, the next expected pay day."""
    due_in, before_due = facts["due_in_days"], facts["salary_before_due_days"]
    latest = 1.0 - before_due
    if not (0 < latest <= LONGEST_DELAY_DAYS and due_in + latest <= HORIZON_DAYS):
        return None
    later = np.ceil(latest * steps)
    return Lever(DUE_DAY, float(due_in[0]), due_in + later, {"salary_before_due_days": before_due + later})


def _shortfall(facts: Facts, steps: Floats) -> Lever | None:
    """Money that is there when the instalment falls due: from savings, from others, or by the bank's help."""
    short = facts["projected_shortfall"]
    if not short > 0:
        return None
    covered = short * steps
    features = _projection(facts, covered, facts["due_30d"])
    return Lever(SHORTFALL, float(short[0]), short - covered, features)


def _instalment(facts: Facts, steps: Floats) -> Lever | None:
    """Smaller instalments, as a longer term or a part payment brings."""
    due, income = facts["due_30d"], facts["income_month"]
    if not due > 0:
        return None
    off = MOST_OFF_INSTALMENT * due * steps
    features = {
        "instalment_to_income": times(due - off, income),
        "obligations_to_income": times(facts["obligations"] - off, income),
        "balance_to_due": _in_dues(facts["balance"], due - off),
        **_projection(facts, off, due - off),
    }
    return Lever(INSTALMENT, float(due[0]), due - off, features)


def _spending(facts: Facts, steps: Floats) -> Lever | None:
    """Less spent on what is not essential."""
    spent, discretionary = facts["spend_30d"], facts["discretionary_30d"]
    most_off = np.minimum(discretionary, MOST_OFF_SPENDING * spent)
    if not most_off > 0:
        return None
    off = most_off * steps
    features = {
        "spend_to_income_30d": times(spent - off, facts["income_closed_30d"]),
        "spend_to_income_90d": times(facts["spend_90d"] - off, facts["income_90d"]),
        "discretionary_share": ratio(discretionary - off, spent - off),
    }
    return Lever(SPENDING, float(spent[0]), spent - off, features)


def _gambling(facts: Facts, steps: Floats) -> Lever | None:
    """Less spent on gambling, or nothing."""
    amount = facts["gambling_30d"]
    if not amount > 0:
        return None
    left = amount * (1.0 - steps)
    return Lever(GAMBLING, float(amount[0]), left, {"gambling_share_30d": ratio(left, facts["spend_30d"])})


def _projection(facts: Facts, more: Floats, due: Floats) -> dict[str, Floats]:
    """What is projected with so much more money there."""
    projected = facts["projected_balance"] + more
    return {
        "projected_balance_to_due": _in_dues(projected, due),
        "projected_worst_to_due": _in_dues(facts["projected_worst"] + more, due),
        "projected_shortfall_to_income": times(np.maximum(-projected, 0.0), facts["income_month"]),
    }


def _in_dues(amount: Floats, due: Floats) -> Floats:
    return np.clip(ratio(amount, due), -MOST_DUES, MOST_DUES)


LEVERS: tuple[Callable[[Facts, Floats], Lever | None], ...] = (
    _due_day,
    _shortfall,
    _instalment,
    _spending,
    _gambling,
)
