"""What the risk engine notes of itself for the status strip: that it looks, what it evaluated, what it could not."""

import datetime as dt
import json
import time
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from risk.models import SystemProbe
from risk.profile_cache import Refreshed

SHORTEST_GAP_SECONDS = 1.0


@dataclass
class EngineNote:
    """Writes the engine's probe. One per process."""

    taken_at: float = float("-inf")

    def take(self, last: Refreshed | None, customers: int) -> None:
        """Note a cycle; one without work changes nothing but the time of the look, and that once a second.

        Args:
            last: What was refreshed last, None when nobody waited.
            customers: How many the cycle refreshed.
        """
        if last is None and time.monotonic() - self.taken_at < SHORTEST_GAP_SECONDS:
            return
        self.taken_at = time.monotonic()
        news = {"evaluated_at": last.evaluated_at[0].isoformat(), "customers": customers} if last else {}
        parameters: dict[str, str | dt.datetime] = {
            "name": SystemProbe.RISK_ENGINE,
            "news": json.dumps(news),
            "at": timezone.now(),
        }
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, parameters)


_NOTE = """
INSERT INTO risk_systemprobe AS probe (name, is_ok, detail, probed_at)
SELECT %(name)s, count(*) = 0, %(news)s::jsonb || jsonb_build_object('set_aside', count(*)), %(at)s
FROM risk_dirtycustomer WHERE failed_at IS NOT NULL
ON CONFLICT (name) DO UPDATE SET
    is_ok = excluded.is_ok, detail = probe.detail || excluded.detail, probed_at = excluded.probed_at
"""
