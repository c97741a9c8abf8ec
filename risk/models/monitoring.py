"""Reports of the model's monitoring: drift, performance, fairness, parity."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from risk.models.model_version import ModelVersion


class MonitoringReport(models.Model):
    """One finding about one model (or none) as of one bank day. Append-only."""

    kind = models.CharField(max_length=32, help_text="drift, parity, fairness …")
    model = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="+")
    as_of_on = models.DateField()
    report = models.JSONField()
    created_at = models.DateTimeField(db_default=Now(), editable=False, help_text="wall clock")

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        indexes = [models.Index(fields=["kind", "-as_of_on", "-id"], name="monitoring_newest_of_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.as_of_on}"
