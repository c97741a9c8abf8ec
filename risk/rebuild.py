"""Filling the cache from PostgreSQL: what a lost cache needs, reading only."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from customers.money import to_hundredths
from risk import features, reading
from risk.claims import CHUNK
from risk.evaluation import Evaluation, ModelScores
from risk.features import Features
from risk.levels import Signal
from risk.model.inputs import ModelInputs
from risk.model.scorer import Scores
from risk.model.speaking import inputs_of
from risk.models import CurrentRisk, ModelVersion
from risk.models.assessment import HELD
from risk.profile_cache import ProfileCache, Refreshed
from risk.reading import Due
from risk.rulebook import EQUILIBRATE_1, RulebookContent
from risk.scorecard import Score


def profiles_rebuild(
    *, cache: ProfileCache, rules: RulebookContent = EQUILIBRATE_1, chunk: int = CHUNK
) -> Iterator[int]:
    """Write every evaluated customer's profile to the cache, chunk by chunk, with the revision it has.

    The risk is the stored one; the features are computed again from tiles, as of the day of that evaluation. A
    refresh that writes at the same time has a newer revision, so neither order leaves an older profile behind.

    Returns:
        After each chunk, how many customers have been looked at so far.

    Raises:
        redis.RedisError: the cache cannot be reached.
    """
    done = after = 0
    labels = {model.pk: str(model) for model in ModelVersion.objects.all()}
    while risks := list(CurrentRisk.objects.filter(pk__gt=after).order_by("pk")[:chunk]):
        for (as_of, model_id), alike in groupby(sorted(risks, key=_alike), lambda risk: _alike(risk)[:2]):
            label = labels.get(model_id, "")
            cache.write(_profiles(list(alike), as_of=as_of, label=label, rules=rules))
        after = risks[-1].pk
        done += len(risks)
        yield done


def _alike(risk: CurrentRisk) -> tuple[dt.date, int, int]:
    """Those of one day and one model (0: none) are computed together."""
    return risk.as_of_on, risk.model_id or 0, risk.pk


def _profiles(
    risks: Sequence[CurrentRisk], *, as_of: dt.date, label: str, rules: RulebookContent
) -> Refreshed:
    """Profiles of one day and one model.

    Args:
        risks: Sorted by customer.
        as_of: Their day.
        label: The version that scored them, empty where none did.
        rules: The rulebook.
    """
    ids = [risk.pk for risk in risks]
    read = inputs_of(ids=ids, as_of=as_of, rules=rules) if label else None
    computed = features.compute(
        tiles=read[0] if read else reading.read_tiles(ids=ids, as_of=as_of, rules=rules),
        customers=len(ids),
        as_of=reading.day_number(as_of),
        last_salary_day=reading.read_previous(ids=ids, as_of=as_of).last_salary_day,
        rules=rules,
    )
    return Refreshed(
        ids=ids,
        identities=reading.read_identities(ids),
        revisions=[risk.revision for risk in risks],
        evaluation=_stored(risks, computed, _said(risks, label, read[1]) if read else None),
        dues={risk.pk: due for risk in risks if (due := _due(risk))},
        as_of=as_of,
        evaluated_at=[risk.evaluated_at for risk in risks],
        reason_codes={index: codes for index, risk in enumerate(risks) if (codes := _codes(risk))},
    )


def _stored(risks: Sequence[CurrentRisk], computed: Features, model: ModelScores | None) -> Evaluation:
    """The stored conclusions, beside the features."""
    points = {
        signal: np.array([getattr(risk, f"{signal.value}_points") for risk in risks]) for signal in Signal
    }
    return Evaluation(
        features=computed,
        segments=np.array([risk.segment for risk in risks]),
        score=Score(
            points=points,
            score=np.array([risk.score for risk in risks]),
            level=np.array([risk.score_level or risk.level for risk in risks]),
        ),
        matches={},
        hardships=np.array([risk.hardship for risk in risks]),
        model=model,
    )


def _said(risks: Sequence[CurrentRisk], label: str, inputs: ModelInputs) -> ModelScores:
    """What the model said when they were evaluated. Its margin is not kept, and not in a profile."""
    probability = np.array([risk.probability for risk in risks], dtype=np.float64)
    band = np.array([risk.band for risk in risks])
    margin = np.full(len(risks), np.nan)
    return ModelScores(
        model_id=risks[0].model_id or 0,
        label=label,
        scores=Scores(margin, probability, band),
        inputs=inputs,
        is_held=np.array([risk.model_reasons == HELD for risk in risks]),
        has_failed=np.zeros(len(risks), dtype=np.bool_),
    )


def _codes(risk: CurrentRisk) -> list[str]:
    """The stored reasons' codes."""
    return [reason["code"] for reason in (risk.model_reasons or {}).get("reasons", [])]


def _due(risk: CurrentRisk) -> Due | None:
    if risk.next_due_on is None:
        return None
    return Due(risk.next_due_on, to_hundredths(risk.next_due_amount or 0))
