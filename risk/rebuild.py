"""Filling the cache from PostgreSQL: what a lost cache needs, reading only."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import numpy as np

from customers.money import to_hundredths
from risk import features, reading
from risk.claims import CHUNK
from risk.evaluation import Evaluation
from risk.features import Features
from risk.levels import Signal
from risk.models import CurrentRisk
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
    while risks := list(CurrentRisk.objects.filter(pk__gt=after).order_by("pk")[:chunk]):
        for as_of, same_day in groupby(
            sorted(risks, key=attrgetter("as_of_on", "pk")), attrgetter("as_of_on")
        ):
            cache.write(_profiles(list(same_day), as_of=as_of, rules=rules))
        after = risks[-1].pk
        done += len(risks)
        yield done


def _profiles(risks: Sequence[CurrentRisk], *, as_of: dt.date, rules: RulebookContent) -> Refreshed:
    ids = [risk.pk for risk in risks]
    computed = features.compute(
        tiles=reading.read_tiles(ids=ids, as_of=as_of, rules=rules),
        customers=len(ids),
        as_of=reading.day_number(as_of),
        last_salary_day=reading.read_previous(ids=ids, as_of=as_of).last_salary_day,
        rules=rules,
    )
    return Refreshed(
        ids=ids,
        identities=reading.read_identities(ids),
        revisions=[risk.revision for risk in risks],
        evaluation=_stored(risks, computed),
        dues={risk.pk: due for risk in risks if (due := _due(risk))},
        as_of=as_of,
        evaluated_at=[risk.evaluated_at for risk in risks],
    )


def _stored(risks: Sequence[CurrentRisk], computed: Features) -> Evaluation:
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
            level=np.array([risk.level for risk in risks]),
        ),
        matches={},
        hardships=np.array([risk.hardship for risk in risks]),
    )


def _due(risk: CurrentRisk) -> Due | None:
    if risk.next_due_on is None:
        return None
    return Due(risk.next_due_on, to_hundredths(risk.next_due_amount or 0))
