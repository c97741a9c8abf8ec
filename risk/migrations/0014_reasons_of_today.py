"""Reasons as of every evaluation, and of whom the model could not speak. Nothing is rewritten."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The index is made beside the refresh, which cannot be done in a transaction.
    atomic = False

    dependencies = [("risk", "0013_last_approval_counts")]

    operations = [
        migrations.AddField(
            model_name="currentrisk",
            name="model_reasons",
            field=models.JSONField(
                help_text="why the model says so, as of this evaluation, where its band is above LOW;"
                " HELD where it was silent",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="currentrisk",
            name="model_failed",
            field=models.BooleanField(
                db_default=False,
                help_text="the model should have spoken and could not: the rules concluded alone",
            ),
        ),
        migrations.AlterField(
            model_name="assessment",
            name="reasons",
            field=models.JSONField(
                help_text="why the model says so: reason codes with their figures; HELD where it was silent",
                null=True,
            ),
        ),
        AddIndexConcurrently(
            model_name="currentrisk",
            index=models.Index(
                condition=models.Q(("model_failed", True)), fields=["customer"], name="risk_model_failed"
            ),
        ),
    ]
