"""What one model says of customers, and why; where it fails for a few, it speaks of the others."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import structlog
from django.db import transaction

from customers import bank_clock
from risk.evaluation import NO_BAND, ModelScores
from risk.features import Bools, Tiles
from risk.model import features, specs
from risk.model.explain import Explanation, explain
from risk.model.halving import Failed, Indices, in_halves
from risk.model.inputs import ModelInputs
from risk.model.reading import read_inputs
from risk.model.scorer import Scores
from risk.model.standing import Loaded, Problem
from risk.model.standing_words import COULD_NOT_SCORE_SOME
from risk.reading import day_number, read_tiles
from risk.rulebook import RulebookContent

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Read:
    """What was read of customers; `has_failed`: of whom the scorecard's part alone could be."""

    tiles: Tiles
    inputs: ModelInputs
    has_failed: Bools


def inputs_of(*, ids: list[int], as_of: dt.date, rules: RulebookContent) -> tuple[Tiles, ModelInputs]:
    """What a model looks at, with the scorecard's part of it.

    Args:
        ids: The customers, sorted.
        as_of: The bank day at which windows end.
        rules: The rulebook.
    """
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


def read(
    *, ids: list[int], as_of: dt.date, rules: RulebookContent, loaded: Loaded, problems: list[Problem]
) -> Read:
    """Read what a model looks at, of all for whom that can be done; what cannot be is told in `problems`."""
    parts: list[tuple[Indices, Tiles, ModelInputs]] = []

    def work(some: Indices) -> None:
        parts.append((some, *inputs_of(ids=[ids[i] for i in some.tolist()], as_of=as_of, rules=rules)))

    failed = in_halves(work, np.arange(len(ids)))
    has_failed = np.zeros(len(ids), dtype=np.bool_)
    if not failed.errors:
        ((_, tiles, inputs),) = parts
        return Read(tiles, inputs, has_failed)
    problems += problems_of(loaded, failed)
    has_failed[failed.indices] = True
    alone = read_tiles(ids=[ids[i] for i in failed.indices.tolist()], as_of=as_of, rules=rules)
    tiles = _joined_tiles([*((some, tiles) for some, tiles, _ in parts), (failed.indices, alone)])
    return Read(tiles, _joined_inputs([(some, each) for some, _, each in parts], len(ids)), has_failed)


def scores_of(loaded: Loaded, read: Read, problems: list[Problem]) -> ModelScores:
    """What a model says of those it is meant for; of whom it fails is told in `problems`."""
    everybody = len(read.has_failed)
    margin, probability = np.full(everybody, np.nan), np.full(everybody, np.nan)
    band = np.full(everybody, NO_BAND)

    def work(some: Indices) -> None:
        said = loaded.scorer.score(read.inputs.values[some])
        if not ((said.probability >= 0) & (said.probability <= 1)).all():
            raise ValueError("a probability is not between 0 and 1")
        margin[some], probability[some], band[some] = said.margin, said.probability, said.band

    failed = in_halves(work, np.flatnonzero(read.inputs.is_covered))
    problems += problems_of(loaded, failed)
    has_failed = read.has_failed.copy()
    has_failed[failed.indices] = True
    return ModelScores(
        model_id=loaded.registered.pk,
        label=loaded.registered.label,
        scores=Scores(margin, probability, band),
        inputs=read.inputs,
        is_held=np.zeros(everybody, dtype=np.bool_),
        has_failed=has_failed,
    )


def explanations_of(
    loaded: Loaded, said: ModelScores, indices: Indices, problems: list[Problem]
) -> tuple[dict[int, Explanation], Indices]:
    """Why a model says so, by index, and of whom that cannot be worked out, which is told in `problems`.

    Args:
        loaded: The model.
        said: What it says of everybody.
        indices: Whom to explain, ascending; it has spoken of each.
        problems: Where failures are told.
    """
    found: dict[int, Explanation] = {}

    def work(some: Indices) -> None:
        explanations = explain(
            scores=said.scores,
            contributions=loaded.scorer.contributions(said.inputs.values[some]),
            inputs=said.inputs,
            indices=some,
        )
        found.update(zip(some.tolist(), list(explanations), strict=True))

    failed = in_halves(work, indices)
    problems += problems_of(loaded, failed)
    return found, failed.indices


def without(said: ModelScores, indices: Indices) -> ModelScores:
    """The same where the model has failed for some more."""
    scores = said.scores
    margin, probability, band = scores.margin.copy(), scores.probability.copy(), scores.band.copy()
    has_failed = said.has_failed.copy()
    margin[indices] = probability[indices] = np.nan
    band[indices], has_failed[indices] = NO_BAND, True
    return replace(said, scores=Scores(margin, probability, band), has_failed=has_failed)


def problems_of(loaded: Loaded, failed: Failed) -> list[Problem]:
    """One for each kind of failure: operators are told of it once a bank day."""
    if not failed.errors:
        return []
    label = loaded.registered.label
    log.error("model failed", model=label, customers=len(failed.indices), exc_info=failed.errors[0])
    kinds = {type(error).__name__: error for error in reversed(failed.errors)}
    return [
        Problem(
            loaded.registered,
            COULD_NOT_SCORE_SOME,
            f"failed.{loaded.registered.pk}.{kind}",
            bank_clock.today(),
            f"{kind}: {error}",
            is_partial=True,
        )
        for kind, error in kinds.items()
    ]


def _joined_tiles(parts: Sequence[tuple[Indices, Tiles]]) -> Tiles:
    """Tiles of several parts of the customers, each with the indices of its own."""
    whole = [replace(tiles, customer=some[tiles.customer]) for some, tiles in parts]
    return Tiles(
        **{
            each.name: np.concatenate([getattr(tiles, each.name) for tiles in whole])
            for each in fields(Tiles)
        }
    )


def _joined_inputs(parts: Sequence[tuple[Indices, ModelInputs]], customers: int) -> ModelInputs:
    """Inputs of several parts of the customers; nothing is known of the others."""
    joined = ModelInputs(
        values=np.full((customers, len(specs.NAMES)), np.nan, dtype=np.float32),
        facts={fact.name: np.full(customers, np.nan) for fact in specs.FACTS},
        is_covered=np.zeros(customers, dtype=np.bool_),
        is_held=np.zeros(customers, dtype=np.bool_),
    )
    for some, inputs in parts:
        joined.values[some] = inputs.values
        joined.is_covered[some], joined.is_held[some] = inputs.is_covered, inputs.is_held
        for name, column in inputs.facts.items():
            joined.facts[name][some] = column
    return joined
