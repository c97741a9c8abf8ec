"""What happened, who did it, to what: rows that nobody can change."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class AuditEvent(models.Model):
    """One thing that happened. Append-only: a trigger and the application role's grants both refuse changes."""

    action = models.CharField(max_length=100, help_text="app.subject.verb, such as ingest.halt.lifted")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="empty when the system acted by itself",
    )
    subject_type = models.CharField(max_length=100)
    subject_id = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "id"], name="audit_by_subject")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type}:{self.subject_id}"
