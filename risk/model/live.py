"""The models at work in a refresh: what is read for them, what they say, and why.

Whatever goes wrong with a model, the rules go on: a failure here is an answer, not an error. Only a database that is
away is one, since then nothing at all can be concluded.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import structlog
from django.db import InterfaceError, OperationalError, transaction
from numpy.typing import NDArray

from customers import bank_clock
from risk.evaluation import NO_BAND, Evaluation, ModelScores, evaluate
from risk.features import Bools, Tiles
from risk.materiality import is_material
from risk.model import features
from risk.model.explain import explain
from risk.model.inputs import ModelInputs
from risk.model.reading import read_inputs
from risk.model.scorer import Scores
from risk.model.standing import Loaded, Problem, Verdict
from risk.reading import Previous, day_number, read_tiles
from risk.rulebook import RulebookContent

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass
class Said:
    """What was read of a chunk, and what the models say of it.

    Args:
        tiles: what the scorecard looks at.
        active: what the active version says, None where none does.
        shadow: what the one in shadow would say.
        failures: which of them could not, and why.
    """

    tiles: Tiles
    active: ModelScores | None = None
    shadow: ModelScores | None = None
    failures: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Judged:
    """What was concluded, whom a receipt is due, and by index why the model says so of these."""

    evaluation: Evaluation
    material: Bools
    explanations: Mapping[int, Mapping[str, Any]]


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
    read = _attempt(lambda: inputs_of(ids=ids, as_of=as_of, rules=rules), first, failures)
    if read is None:
        return Said(read_tiles(ids=ids, as_of=as_of, rules=rules), failures=failures)
    tiles, inputs = read
    return Said(
        tiles,
        active=_asked(verdict.active, inputs, failures),
        shadow=_asked(verdict.shadow, inputs, failures),
        failures=failures,
    )


def judge(
    *, said: Said, verdict: Verdict, previous: Previous, as_of: dt.date, rules: RulebookContent
) -> Judged:
    """Conclude, by the rules and by what the active model says, and explain what changes.

    Args:
        said: What was read and said.
        verdict: Which models stand.
        previous: The risk before.
        as_of: The bank day at which windows end.
        rules: The rulebook.
    """
    evaluation = evaluate(
        tiles=said.tiles,
        customers=len(previous.revision),
        as_of=day_number(as_of),
        last_salary_day=previous.last_salary_day,
        rules=rules,
        model=said.active,
    )
    material = is_material(previous=previous, evaluation=evaluation)
    if verdict.active is None or said.active is None:
        return Judged(evaluation, material, {})
    loaded, scores = verdict.active, said.active
    explanations = _attempt(
        lambda: explanations_of(loaded, scores, np.flatnonzero(material)), loaded, said.failures
    )
    if explanations is None:
        # No score without its reasons.
        evaluation = replace(evaluation, model=None)
        return Judged(evaluation, is_material(previous=previous, evaluation=evaluation), {})
    return Judged(evaluation, material, explanations)


def inputs_of(*, ids: list[int], as_of: dt.date, rules: RulebookContent) -> tuple[Tiles, ModelInputs]:
    """What the model looks at, with the scorecard's part of it; arguments as in `ask`."""
    with transaction.atomic():
        days, schedules, payments = read_inputs(ids=ids, as_of=as_of, rules=rules)
    inputs = features.compute(
        days=days,
        schedules=schedules,
        payments=payments,
        customers=len(ids),
        as_of=day_number(as_of),
        rules=rules,
    )
    return days.as_tiles(), inputs


def scores_of(loaded: Loaded, inputs: ModelInputs) -> ModelScores:
    """What a model says of those it is meant for.

    Raises:
        ValueError: it says what is no probability.
    """
    covered = np.flatnonzero(inputs.is_covered)
    said = loaded.scorer.score(inputs.values[covered])
    if not ((said.probability >= 0) & (said.probability <= 1)).all():
        raise ValueError("a probability is not between 0 and 1")
    everybody = len(inputs.is_covered)
    margin, probability = np.full(everybody, np.nan), np.full(everybody, np.nan)
    band = np.full(everybody, NO_BAND)
    margin[covered], probability[covered], band[covered] = said.margin, said.probability, said.band
    return ModelScores(
        model_id=loaded.registered.pk,
        label=loaded.registered.label,
        scores=Scores(margin, probability, band),
        inputs=inputs,
    )


def explanations_of(
    loaded: Loaded, said: ModelScores, indices: NDArray[np.int64]
) -> dict[int, dict[str, Any]]:
    """Why the model says so, by index: of those among `indices` of whom it speaks."""
    spoken_of = indices[said.scores.band[indices] != NO_BAND]
    if not spoken_of.size:
        return {}
    found = explain(
        scores=said.scores,
        contributions=loaded.scorer.contributions(said.inputs.values[spoken_of]),
        inputs=said.inputs,
        indices=spoken_of,
    )
    return {index: each.as_json() for index, each in zip(spoken_of.tolist(), found, strict=True)}


def _asked(loaded: Loaded | None, inputs: ModelInputs, failures: list[Problem]) -> ModelScores | None:
    if loaded is None:
        return None
    return _attempt(lambda: scores_of(loaded, inputs), loaded, failures)


def _attempt(work: Callable[[], T], loaded: Loaded, failures: list[Problem]) -> T | None:
    """Do the model's work; None, and a failure more, where it cannot be done."""
    try:
        return work()
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("model failed", model=loaded.registered.label)
        failures.append(_failure(loaded, error))
        return None


def _failure(loaded: Loaded, error: Exception) -> Problem:
    """The same occasion all day: operators are told once of it."""
    kind = type(error).__name__
    occasion = f"failed.{loaded.registered.pk}.{kind}.{bank_clock.today()}"
    return Problem(loaded.registered, f"{kind}: {error}", occasion)
