"""The state of the whole system, every figure read from the running parts at the moment it is asked for."""

import datetime as dt
import statistics
from typing import Any

import redis
from django.conf import settings
from django.db.models import Count, Sum
from django.utils import timezone

from audit import standing
from customers import bank_clock
from customers.models import Customer, Transaction
from ingest.event_log import EventLogUnavailable, Inspector
from ingest.models import DeadLetter, OffsetLedger
from interventions.casework import bank_calendar
from interventions.models import Case, CaseTransition, Delivery
from risk.levels import Hardship, Level
from risk.model.standing_note import model_status
from risk.models import Assessment, CurrentRisk
from risk.profile_cache import ProfileCache, latency_samples

LATENCY_WINDOW = dt.timedelta(minutes=5)


def system_status(*, latency_window: dt.timedelta = LATENCY_WINDOW) -> dict[str, Any]:
    """Look at every part.

    Args:
        latency_window: How far back event-to-risk times are looked at.

    Returns:
        `event_log` ("kafka", or what is wrong with it) and its `lag`; counts of what is stored; customers by level and
        primary hardship; `cases` open and resolved, the steps they took and the messages sent; the `next_bank_holiday`
        that is known, or that none is in the days that never pass without one; when the `audit` was last verified, or
        what is wrong with it; the `model` that
        scores, or why the rules go on alone; `event_to_risk_ms`, percentiles over the window, None where nothing was
        measured.
    """
    return {
        **_event_log(),
        "customers": Customer.objects.count(),
        "transactions_stored": Transaction.objects.count(),
        "dead_letters": DeadLetter.objects.filter(replayed_at__isnull=True).count(),
        "assessments": Assessment.objects.count(),
        "levels": _shares("level", {int(level): level.label for level in Level}),
        "hardships": _shares("hardship", {int(hardship): hardship.label for hardship in Hardship}),
        "cases": _cases(),
        "next_bank_holiday": _next_holiday(),
        "audit": standing.in_brief(),
        "model": model_status(today=bank_clock.today()),
        "event_to_risk_ms": _latency(latency_window),
    }


def _event_log() -> dict[str, Any]:
    try:
        with Inspector() as inspector:
            ends = inspector.ends(inspector.partitions(settings.KAFKA_TOPIC))
    except EventLogUnavailable as error:
        return {"event_log": f"unavailable: {error}", "lag": None}
    stored = OffsetLedger.objects.filter(topic=settings.KAFKA_TOPIC).aggregate(position=Sum("position"))
    return {"event_log": "kafka", "lag": sum(ends.values()) - (stored["position"] or 0)}


def _shares(field: str, names: dict[int, str]) -> dict[str, int]:
    counted = dict(CurrentRisk.objects.values_list(field).annotate(customers=Count("pk")))
    return {name: counted.get(code, 0) for code, name in names.items()}


def _cases() -> dict[str, int]:
    """How many cases there are, how often they moved, and how many messages went out."""
    sent = Delivery.objects.filter(state__in=[Delivery.State.SENT, Delivery.State.DELIVERED])
    return {
        "open": Case.objects.open().count(),
        "resolved": Case.objects.filter(state=Case.State.RESOLVED).count(),
        "steps": CaseTransition.objects.count(),
        "messages_sent": sent.count(),
    }


def _next_holiday() -> str:
    today = bank_clock.today()
    found = bank_calendar.next_holiday_on(today)
    said = str(found) if found else "none known"
    return (
        f"{said}: import holidays (manage.py import_holidays)"
        if bank_calendar.is_list_run_out(today)
        else said
    )


def _latency(window: dt.timedelta) -> dict[str, float | None]:
    try:
        samples = latency_samples(ProfileCache().client, since=timezone.now() - window)
    except redis.RedisError:
        samples = []
    if len(samples) < 2:
        return {"p50": None, "p99": None}
    cuts = statistics.quantiles(samples, n=100)
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1)}
