"""The models at work in a refresh: what is read for them, what they say, and why.

Whatever goes wrong with a model, the rules go on: a failure here is an answer, not an error. Only a database that is
away is one, since then nothing at all can be concluded.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from risk.evaluation import NO_BAND, Evaluation, ModelScores, evaluate
from risk.features import Bools, Tiles
from risk.levels import Level
from risk.materiality import is_material
from risk.model.explain import Explanation
from risk.model.scorer import Scores
from risk.model.speaking import explanations_of, read, scores_of, without
from risk.model.standing import Problem, Verdict
from risk.reading import Previous, day_number, read_tiles
from risk.rulebook import RulebookContent


@dataclass
class Said:
    """What was read of a chunk, and what the models say of it.

    Args:
        tiles: what the scorecard looks at.
        active: what the active version says, None where none stands.
        shadow: what the one in shadow would say.
        failures: of whom they could not speak, and why.
    """

    tiles: Tiles
    active: ModelScores | None = None
    shadow: ModelScores | None = None
    failures: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Judged:
    """What was concluded, whom a receipt is due, and by index why the model says so.

    Explained are all whose band is above LOW, and who else is due a receipt.
    """

    evaluation: Evaluation
    material: Bools
    explanations: Mapping[int, Explanation]

    def reason_codes(self) -> dict[int, list[str]]:
        """The reasons' codes by index, of those whose band is above LOW."""
        worrying = self.evaluation.band > int(Level.LOW)
        return {
            index: [reason.code for reason in each.reasons]
            for index, each in self.explanations.items()
            if worrying[index]
        }


def ask(*, verdict: Verdict, ids: list[int], as_of: dt.date, rules: RulebookContent) -> Said:
    """Read customers' tiles, and have the models that stand speak of them.

    Without a model only the scorecard's tiles are read; with one, they are part of what is read for it.

    Args:
        verdict: Which models stand.
        ids: The customers, sorted.
        as_of: The bank day at which windows end.
        rules: The rulebook.
    """
    first = verdict.active or verdict.shadow
    if first is None:
        return Said(read_tiles(ids=ids, as_of=as_of, rules=rules))
    failures: list[Problem] = []
    found = read(ids=ids, as_of=as_of, rules=rules, loaded=first, problems=failures)
    return Said(
        found.tiles,
        active=scores_of(verdict.active, found, failures) if verdict.active else None,
        shadow=scores_of(verdict.shadow, found, failures) if verdict.shadow else None,
        failures=failures,
    )


def judge(
    *, said: Said, verdict: Verdict, previous: Previous, as_of: dt.date, rules: RulebookContent
) -> Judged:
    """Conclude, by the rules and by what the active model says, and explain what it says.

    Args:
        said: What was read and said.
        verdict: Which models stand.
        previous: The risk before.
        as_of: The bank day at which windows end.
        rules: The rulebook.
    """
    model = _held(said.active, previous) if said.active else None
    evaluation = evaluate(
        tiles=said.tiles,
        customers=len(previous.revision),
        as_of=day_number(as_of),
        last_salary_day=previous.last_salary_day,
        rules=rules,
        model=model,
    )
    material = is_material(previous=previous, evaluation=evaluation)
    if verdict.active is None or model is None:
        return Judged(evaluation, material, {})
    due = model.is_fresh & (material | (model.scores.band > int(Level.LOW)))
    explanations, failed = explanations_of(verdict.active, model, np.flatnonzero(due), said.failures)
    if failed.size:
        # No score without its reasons.
        evaluation = replace(evaluation, model=without(model, failed))
        material = is_material(previous=previous, evaluation=evaluation)
    return Judged(evaluation, material, explanations)


def _held(said: ModelScores, previous: Previous) -> ModelScores:
    """What the model says, and of those it is silent about for no relief, what it said before.

    Only this very version's own words hold on: whatever another one said goes with it.
    """
    is_held = (
        said.inputs.is_held
        & ~said.has_failed
        & (previous.model_id == said.model_id)
        & (previous.band != NO_BAND)
    )
    if not is_held.any():
        return said
    scores = Scores(
        margin=said.scores.margin,
        probability=np.where(is_held, previous.probability, said.scores.probability),
        band=np.where(is_held, previous.band, said.scores.band),
    )
    return replace(said, scores=scores, is_held=is_held)
