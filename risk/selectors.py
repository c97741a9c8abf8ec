"""Reads about the models, for people; and how far the engine is, for work that can wait."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Avg, Count, F, Q
from django.utils import timezone

from risk import stored_words
from risk.model_page.shadow import Pair
from risk.models import CurrentRisk, DayRange, ModelVersion, MonitoringReport, SystemProbe

LONGEST_DAY = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class ModelStanding:
    """Which model scores, as the risk engine last noted it.

    Args:
        label: the version's name and number; empty where the rules decide alone.
        problem: why a version that should score, or be compared, does not; empty where all is well.
    """

    label: str = ""
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class BandNow:
    """How many customers the active model puts in a band now.

    Args:
        band: a `Level` code; None for those it does not speak of.
        customers: how many.
        raised: of how many of them the model, not the scorecard, sets the level.
        mean_probability: what it says of them on average; None where it says nothing.
    """

    band: int | None
    customers: int
    raised: int
    mean_probability: float | None


def day_is_underway() -> bool:
    """Whether everybody is being evaluated for a bank day that began minutes ago.

    Work that can wait minutes leaves the workers to it. One that takes longer, or stands still, keeps nobody waiting.
    """
    since = timezone.now() - LONGEST_DAY
    return DayRange.objects.filter(evaluation__started_at__gt=since).exists()


def model_standing() -> ModelStanding:
    """Which model scores now, and in the reader's language why not."""
    probe = SystemProbe.objects.filter(name=SystemProbe.MODEL).first()
    if probe is None:
        return ModelStanding()
    return ModelStanding(probe.detail["model"], stored_words.listed(probe.detail["problem"]))


def model_versions() -> list[ModelVersion]:
    """Every version with its author and decisions, newest first. Without the manifests' text: they are long."""
    versions = ModelVersion.objects.select_related("author").prefetch_related("decisions__decided_by")
    return list(versions.defer("manifest_text", "metrics").order_by("-trained_at", "-pk"))


def model_version(pk: int) -> ModelVersion | None:
    """One version with everything that is shown of it."""
    versions = ModelVersion.objects.select_related("author").prefetch_related("decisions__decided_by")
    return versions.filter(pk=pk).first()


def bands_now() -> list[BandNow]:
    """What the active model says of everybody now, the worst band first."""
    is_raised = Q(band__gt=F("score_level"))
    counted = CurrentRisk.objects.values("band").annotate(
        customers=Count("pk"), raised=Count("pk", filter=is_raised), mean_probability=Avg("probability")
    )
    return [BandNow(**each) for each in counted.order_by(F("band").desc(nulls_last=True))]


def shadow_pairs(model: ModelVersion) -> Iterable[Pair]:
    """Where customers stand now, and where the version in shadow would put them; of those it has seen since then."""
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, [model.pk, model.shadow_since])
        return [Pair(*row) for row in cursor.fetchall()]


def newest_reports(model: ModelVersion | None) -> dict[str, MonitoringReport]:
    """The newest report of each kind about a version, or about none."""
    about = MonitoringReport.objects.filter(Q(model=model) | Q(model=None))
    newest = about.order_by("kind", "-as_of_on", "-pk").distinct("kind")
    return {report.kind: report for report in newest.select_related("model")}


_PAIRS = """
SELECT risk.level, risk.band, shadow.level, shadow.band, count(*)
FROM risk_shadowrisk shadow JOIN risk_currentrisk risk USING (customer_id)
WHERE shadow.model_id = %s AND shadow.evaluated_at >= %s
GROUP BY 1, 2, 3, 4
"""
