"""What was last seen of the system's parts, by whoever is able to look."""

from django.db import models
from django.db.models.functions import Now


class SystemProbe(models.Model):
    """The last look at one part, such as the event log: never assumed, always probed, and as old as it says."""

    EVENT_LOG = "event_log"
    RISK_ENGINE = "risk_engine"
    MODEL = "model"
    WORKERS = "workers"
    CONSUMERS = "consumers"
    AUDIT = "audit"

    name = models.CharField(max_length=32, primary_key=True)
    is_ok = models.BooleanField()
    detail = models.JSONField(default=dict)
    probed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.name}: {'ok' if self.is_ok else 'not ok'}"
