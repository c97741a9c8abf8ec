"""Stored rulebooks: every number of the scorecard, by version, never edited."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now


class Rulebook(models.Model):
    """The numbers by which assessments were made; the content's hash is its identity."""

    version = models.CharField(max_length=64, unique=True)
    content_hash = models.CharField(max_length=64, unique=True, help_text="sha256 of the canonical JSON")
    content = models.JSONField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.version
