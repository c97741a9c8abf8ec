"""Which event logs there have been: positions of different ones are never compared."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now


class LogPartition(models.Model):
    """One partition of one event log. A topic made anew has another id, and so other partitions. Append-only."""

    id = models.AutoField(primary_key=True)
    topic = models.CharField(max_length=249)
    topic_id = models.UUIDField(help_text="tells a recreated topic of the same name from this one")
    partition = models.PositiveIntegerField()
    first_seen_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(fields=["topic", "topic_id", "partition"], name="log_partition_once")
        ]

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}] of {self.topic_id}"
