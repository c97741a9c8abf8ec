"""What workers and consumers note of themselves, and of what only they look at, for the status page.

A row says what was seen and when, never what is assumed: whoever shows it also shows how old the look is.
"""

import datetime as dt
import json

from django.db import connection
from django.utils import timezone

from audit import standing
from risk.models import SystemProbe

# A process that has not been seen for so long is forgotten.
REMEMBERED = dt.timedelta(minutes=10)
MOST_FAULTS = 5


def seen(*, part: str, who: str, **facts: int) -> None:
    """Note that one process of a part is doing its work now.

    Args:
        part: `SystemProbe.WORKERS` or `SystemProbe.CONSUMERS`.
        who: The process, such as host and process id.
        facts: Figures it knows of itself.
    """
    now = timezone.now()
    parameters: dict[str, str | dt.datetime] = {
        "name": part,
        "seen": json.dumps({who: {"at": now.isoformat(), **facts}}),
        "at": now,
        "since": now - REMEMBERED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, parameters)


def look_at_audit() -> None:
    """Note whether the audit is sealed, signed and verified as it should be."""
    trail = standing.trail()
    verified, whole = trail.verified, trail.whole
    detail = {
        "faults": trail.faults[:MOST_FAULTS],
        "fault_count": len(trail.faults),
        "sealed": trail.sealed,
        "verified_at": verified.at.isoformat() if verified else None,
        "verified_row": verified.row if verified else None,
        "whole_at": whole.at.isoformat() if whole else None,
    }
    SystemProbe.objects.update_or_create(
        name=SystemProbe.AUDIT,
        defaults={"is_ok": not trail.faults, "detail": detail, "probed_at": timezone.now()},
    )


_SEEN = """
INSERT INTO risk_systemprobe AS probe (name, is_ok, detail, probed_at)
VALUES (%(name)s, true, jsonb_build_object('seen', %(seen)s::jsonb), %(at)s)
ON CONFLICT (name) DO UPDATE SET
    is_ok = true,
    probed_at = excluded.probed_at,
    detail = jsonb_build_object('seen', (
        SELECT coalesce(jsonb_object_agg(who, facts), '{}')
        FROM jsonb_each(probe.detail -> 'seen') AS known(who, facts)
        WHERE (facts ->> 'at')::timestamptz > %(since)s
    ) || %(seen)s::jsonb)
"""
