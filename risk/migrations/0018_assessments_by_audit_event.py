"""The assessments of one audit event are found again; made beside running writers, and almost free to keep."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("risk", "0017_event_positions")]

    operations = [
        AddIndexConcurrently(
            model_name="assessment",
            index=BrinIndex(
                autosummarize=True, fields=["audit_event"], name="assessment_by_event", pages_per_range=32
            ),
        )
    ]
