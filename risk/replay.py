"""Replaying decisions: what is stored of each, executed once more, must come to the same.

Rules are those of the stored rulebook, by its hash; the model is made of the stored bytes; the features are those of
the snapshot. Where a snapshot has left with its month, the assessment's own inputs and segment stand in for it; only
the facts that reasons are spoken with cannot be looked up any more. Where the model was silent and what it had said
before held on, there is nothing to execute of it: the band as stored is taken into the level.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from risk import hardship, scorecard
from risk.evaluation import Evaluation, conclude
from risk.features import Features
from risk.model import specs
from risk.model.explain import explain
from risk.model.inputs import ModelInputs
from risk.model.scorer import ModelUnusable
from risk.model.standing import Loaded, Registered, load_stored
from risk.models import ModelVersion, Rulebook
from risk.replay_reading import Decision, read_decisions, sample
from risk.rulebook import RulebookContent

BATCH = 2_000


@dataclass(frozen=True)
class Mismatch:
    """One thing that came out differently."""

    customer_id: int
    revision: int
    code_version: str
    what: str
    stored: Any
    replayed: Any


@dataclass
class Replayed:
    """What came of a replay."""

    decisions: int = 0
    with_model: int = 0
    held: int = 0
    without_snapshot: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)


class NotReplayable(Exception):
    """Nothing can be executed with what is stored of a rulebook or a model; the text says why."""


def assessments_replay(*, count: int, seed: int) -> Replayed:
    """Replay a sample of stored decisions.

    Args:
        count: How many, at most.
        seed: Which; the same seed over the same rows gives the same sample.
    """
    result = Replayed()
    rulebooks, models = _Rulebooks(), _Models()
    keys = sample(count=count, seed=seed)
    for start in range(0, len(keys), BATCH):
        decisions = sorted(read_decisions(keys[start : start + BATCH]), key=_made_by)
        for (rulebook_id, model_id), group in groupby(decisions, _made_by):
            alike = list(group)
            result.decisions += len(alike)
            result.without_snapshot += sum(each.snapshot is None for each in alike)
            result.held += sum(each.is_held for each in alike)
            result.with_model += sum(each.model_id is not None and not each.is_held for each in alike)
            result.mismatches += _replay(alike, rulebook_id, model_id, rulebooks, models)
    return result


def _made_by(decision: Decision) -> tuple[int, int]:
    return decision.rulebook_id, decision.model_id or 0


class _Rulebooks(dict[int, RulebookContent]):
    """Stored rulebooks by id, each read once and checked against its hash."""

    def __missing__(self, pk: int) -> RulebookContent:
        stored = Rulebook.objects.get(pk=pk)
        try:
            content = RulebookContent.from_json(stored.content)
        except (KeyError, TypeError) as error:
            raise NotReplayable(f"rulebook {stored.version} is of another release: {error}") from error
        if content.content_hash() != stored.content_hash:
            raise NotReplayable(f"rulebook {stored.version} is not the one of its hash")
        return self.setdefault(pk, content)


class _Models(dict[int, Loaded]):
    """Stored models by id, each loaded once and checked against its hashes."""

    def __missing__(self, pk: int) -> Loaded:
        model = ModelVersion.objects.get(pk=pk)
        asked = Registered(pk, str(model), False, None, model.manifest_sha256, model.artifact_id)
        try:
            return self.setdefault(pk, load_stored(asked))
        except ModelUnusable as error:
            raise NotReplayable(f"{model} cannot be loaded: {error}") from error


def _replay(
    decisions: Sequence[Decision], rulebook_id: int, model_id: int, rulebooks: _Rulebooks, models: _Models
) -> Iterator[Mismatch]:
    """Execute decisions of one rulebook and one model (0: none)."""
    try:
        rules, loaded = rulebooks[rulebook_id], models[model_id] if model_id else None
    except NotReplayable as error:
        for decision in decisions:
            yield _mismatch(decision, "all of it", "stored", str(error))
        return
    bands = np.array([each.band or 0 for each in decisions], dtype=np.int64)
    executed = [i for i, each in enumerate(decisions) if loaded and not each.is_held]
    if loaded and executed:
        some = [decisions[i] for i in executed]
        said = _said(some, loaded)
        bands[executed] = said.bands
        yield from _differences(some, said.outcomes)
    for has_snapshot in (True, False):
        chosen = [i for i, each in enumerate(decisions) if (each.snapshot is not None) is has_snapshot]
        if chosen:
            some = [decisions[i] for i in chosen]
            judge = _by_snapshot if has_snapshot else _by_inputs
            yield from _differences(some, _outcomes(judge(some, rules), bands[chosen]))


@dataclass(frozen=True)
class _Said:
    bands: np.ndarray[Any, np.dtype[np.int64]]
    outcomes: list[dict[str, Any]]


def _said(decisions: Sequence[Decision], loaded: Loaded) -> _Said:
    """What the model says of the stored inputs, and why."""
    inputs = ModelInputs(
        values=_columns([each.model_inputs or {} for each in decisions], specs.NAMES).astype(np.float32),
        facts=_facts(decisions),
        is_covered=np.ones(len(decisions), dtype=np.bool_),
        is_held=np.zeros(len(decisions), dtype=np.bool_),
    )
    scores = loaded.scorer.score(inputs.values)
    explanations = explain(
        scores=scores,
        contributions=loaded.scorer.contributions(inputs.values),
        inputs=inputs,
        indices=np.arange(len(decisions)),
    )
    outcomes = []
    for decision, probability, band, each in zip(
        decisions, scores.probability.tolist(), scores.band.tolist(), explanations, strict=True
    ):
        outcome = {"probability": probability, "band": band}
        if decision.snapshot is not None:
            outcome |= {"reasons": each.as_json(), "model_inputs": decision.snapshot.get("model")}
        outcomes.append(outcome)
    return _Said(scores.band, outcomes)


def _facts(decisions: Sequence[Decision]) -> dict[str, Any]:
    names = [fact.name for fact in specs.FACTS]
    rows = [(each.snapshot or {}).get("facts", {}) for each in decisions]
    return dict(zip(names, _columns(rows, names).T, strict=True))


def _columns(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Rows of numbers by name, NaN where null or absent."""
    return np.array([[row.get(name) for name in names] for row in rows], dtype=np.float64)


def _by_snapshot(decisions: Sequence[Decision], rules: RulebookContent) -> Evaluation:
    features = _features([each.snapshot or {} for each in decisions])
    return conclude(features=features, rules=rules)


def _by_inputs(decisions: Sequence[Decision], rules: RulebookContent) -> Evaluation:
    """With the segment as stored: what it was inferred from has left with the snapshot."""
    features = _features([each.inputs for each in decisions])
    segments = np.array([each.segment for each in decisions])
    matches = hardship.match(features=features, segments=segments, rules=rules)
    return Evaluation(
        features=features,
        segments=segments,
        score=scorecard.score(features=features, segments=segments, rules=rules),
        matches=matches,
        hardships=hardship.primary(matches),
    )


def _features(rows: Sequence[Mapping[str, Any]]) -> Features:
    names = list(Features.__dataclass_fields__)
    return Features(**{name: np.array([row.get(name, 0) for row in rows]) for name in names})


def _outcomes(evaluation: Evaluation, bands: np.ndarray[Any, np.dtype[np.int64]]) -> Iterator[dict[str, Any]]:
    """What is compared of the rules' part."""
    receipts = evaluation.receipts(np.arange(len(bands)))
    levels = np.maximum(evaluation.score.level, bands)
    columns = zip(
        levels.tolist(),
        evaluation.score.level.tolist(),
        evaluation.score.score.tolist(),
        evaluation.segments.tolist(),
        evaluation.hardships.tolist(),
        receipts,
        strict=True,
    )
    for level, score_level, score, segment, primary, receipt in columns:
        yield {
            "level": level,
            "score_level": score_level,
            "score": score,
            "segment": segment,
            "hardship": primary,
            "points": receipt.points,
            "hardships": receipt.evidence,
            "inputs": receipt.inputs,
        }


def _differences(decisions: Sequence[Decision], outcomes: Iterable[Mapping[str, Any]]) -> Iterator[Mismatch]:
    for decision, outcome in zip(decisions, outcomes, strict=True):
        for what, replayed in outcome.items():
            stored = getattr(decision, what)
            if stored != replayed:
                yield _mismatch(decision, what, stored, replayed)


def _mismatch(decision: Decision, what: str, stored: Any, replayed: Any) -> Mismatch:
    return Mismatch(decision.customer_id, decision.revision, decision.code_version, what, stored, replayed)
