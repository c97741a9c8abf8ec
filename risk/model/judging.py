"""What scorecard and model say of one customer's situation, as it is or as it might be. Pure: nothing is kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from risk.evaluation import evaluate
from risk.levels import Hardship, Level, Segment
from risk.model.changing import as_awaited
from risk.model.counterfactual import inputs_of
from risk.model.explain import theme_sums
from risk.model.levers import Situation
from risk.model.standing import Scoring


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the model said last, which holds where it is silent for a reason that is no relief."""

    probability: float
    band: Level


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What is said of a situation.

    Args:
        level: the higher of the scorecard's and the model's.
        score, score_level, points: the scorecard's; points by signal, which sum to the score.
        segment, hardship: as inferred.
        probability, band: the model's; None where it does not speak of the customer.
        themes: what each theme adds to the model's margin, in log-odds; empty where it is silent.
        is_held: whether probability and band are those of before.
        facts: what the model's features found, by name; amounts in units of the bank's currency.
    """

    level: Level
    score: float
    score_level: Level
    points: Mapping[str, float]
    segment: Segment
    hardship: Hardship
    probability: float | None
    band: Level | None
    themes: Mapping[str, float]
    is_held: bool
    facts: Mapping[str, float]


def judged(situation: Situation, *, scorer: Scoring | None, held: Held | None = None) -> Judgement:
    """Judge a situation with the functions that every evaluation uses.

    Args:
        situation: one customer's.
        scorer: the model that stands; None: the rules decide alone.
        held: what the model said last, if it is known.
    """
    inputs = inputs_of([situation])
    awaiting = as_awaited(situation)
    said = evaluate(
        tiles=awaiting.days.as_tiles(),
        customers=1,
        as_of=situation.as_of,
        last_salary_day=awaiting.last_salary_day,
        rules=situation.rules,
    )
    probability, band, themes, is_held = None, None, {}, False
    if scorer is not None and inputs.is_covered[0]:
        scores = scorer.score(inputs.values)
        probability, band = float(scores.probability[0]), Level(int(scores.band[0]))
        themes = theme_sums(scorer.contributions(inputs.values))
    elif scorer is not None and inputs.is_held[0] and held is not None:
        probability, band, is_held = held.probability, held.band, True
    score_level = Level(int(said.score.level[0]))
    return Judgement(
        level=max(score_level, band or score_level),
        score=float(said.score.score[0]),
        score_level=score_level,
        points={signal.value: float(points[0]) for signal, points in said.score.points.items()},
        segment=Segment(int(said.segments[0])),
        hardship=Hardship(int(said.hardships[0])),
        probability=probability,
        band=band,
        themes=themes,
        is_held=is_held,
        facts={name: float(column[0]) for name, column in inputs.facts.items()},
    )
