"""Looking at the event log for the status page."""

from dataclasses import dataclass

import structlog
from celery import shared_task
from django.conf import settings
from django.db.models import Max, Sum
from django.utils import timezone

from ingest.event_log import EventLogUnavailable, Inspector, Partition
from ingest.ledger import open_halts
from ingest.models import OffsetLedger
from risk.models import SystemProbe

log = structlog.get_logger(__name__)


@dataclass
class _Connected:
    """The worker process's connection to the log, kept between probes."""

    inspector: Inspector | None = None


_connected = _Connected()


@shared_task
def probe_lag() -> None:
    """Measure how far the ledger is behind the log and store what was seen, failure included."""
    before = SystemProbe.objects.filter(name=SystemProbe.EVENT_LOG).first()
    try:
        detail = _measure()
    except EventLogUnavailable as error:
        log.warning("event log probe failed", error=str(error))
        _disconnect()
        is_ok, detail = False, {**(before.detail if before else {}), "error": str(error)}
    else:
        is_ok = not detail["halted"]
        detail["per_second"] = _rate(before, detail["messages"])
        detail["moved_at"] = _moved_at(before, detail)
    SystemProbe.objects.update_or_create(
        name=SystemProbe.EVENT_LOG, defaults={"is_ok": is_ok, "detail": detail, "probed_at": timezone.now()}
    )


def _measure() -> dict[str, object]:
    if _connected.inspector is None:
        _connected.inspector = Inspector()
    partitions = _connected.inspector.partitions(settings.KAFKA_TOPIC)
    if not partitions:
        raise EventLogUnavailable(f"the event log has no topic {settings.KAFKA_TOPIC}")
    ends = _connected.inspector.ends(partitions)
    rows = OffsetLedger.objects.filter(topic=settings.KAFKA_TOPIC)
    stored = {Partition(row.topic, row.partition): row.position for row in rows}
    totals = rows.aggregate(messages=Sum("messages"), last_event_at=Max("last_event_at"))
    last = totals["last_event_at"]
    return {
        "lag": sum(max(0, end - stored.get(partition, 0)) for partition, end in ends.items()),
        "messages": totals["messages"] or 0,
        "last_event_at": last.isoformat() if last else None,
        "partitions": len(partitions),
        "halted": sorted(str(each) for each in open_halts({settings.KAFKA_TOPIC})),
    }


def _disconnect() -> None:
    """Connect anew at the next probe."""
    inspector, _connected.inspector = _connected.inspector, None
    if inspector is not None:
        inspector.close()


def _was_seen(probe: SystemProbe) -> bool:
    return "messages" in probe.detail and "error" not in probe.detail


def _rate(before: SystemProbe | None, messages: object) -> float | None:
    """Messages stored per second since the last successful look."""
    if before is None or not isinstance(messages, int) or not _was_seen(before):
        return None
    seconds = (timezone.now() - before.probed_at).total_seconds()
    return round((messages - before.detail["messages"]) / seconds, 1) if seconds > 0 else None


def _moved_at(before: SystemProbe | None, detail: dict[str, object]) -> str:
    """When the positions were last seen to move, or nothing waited: a lag that stands still is no backlog."""
    known = before.detail.get("moved_at") if before else None
    stands = before is not None and before.detail.get("messages") == detail["messages"] and detail["lag"]
    return str(known) if stands and known else timezone.now().isoformat()
