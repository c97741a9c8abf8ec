"""What the model said, in the current risk and in receipts. Nothing is rewritten: every new column may be empty."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("risk", "0009_model_governance")]

    operations = [
        migrations.AddField(
            model_name="assessment",
            name="band",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "LOW"), (2, "MEDIUM"), (3, "HIGH")], null=True
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="model_inputs",
            field=models.JSONField(help_text="the model's features by name, null where missing", null=True),
        ),
        migrations.AddField(
            model_name="assessment",
            name="probability",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="assessment",
            name="reasons",
            field=models.JSONField(
                help_text="why the model says so: reason codes with their figures", null=True
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="score_level",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "LOW"), (2, "MEDIUM"), (3, "HIGH")],
                help_text="the scorecard's; empty in receipts from before the model",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="currentrisk",
            name="band",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "LOW"), (2, "MEDIUM"), (3, "HIGH")],
                help_text="the level that the probability alone would give",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="currentrisk",
            name="probability",
            field=models.FloatField(help_text="0 to 1, of missing the next instalment", null=True),
        ),
        migrations.AddField(
            model_name="currentrisk",
            name="score_level",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "LOW"), (2, "MEDIUM"), (3, "HIGH")],
                help_text="the scorecard's; empty where written by an older release",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="currentrisk",
            name="level",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "LOW"), (2, "MEDIUM"), (3, "HIGH")],
                help_text="the higher of the scorecard's and the model's",
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="model",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="risk.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="currentrisk",
            name="model",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="risk.modelversion",
            ),
        ),
        AddConstraintNotValid(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("model__isnull", True), ("probability__isnull", True), ("band__isnull", True)),
                    models.Q(
                        ("model__isnull", False),
                        ("probability__gte", 0.0),
                        ("probability__lte", 1.0),
                        ("band__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="assessment_scored_wholly",
            ),
        ),
        AddConstraintNotValid(
            model_name="currentrisk",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("model__isnull", True), ("probability__isnull", True), ("band__isnull", True)),
                    models.Q(
                        ("model__isnull", False),
                        ("probability__gte", 0.0),
                        ("probability__lte", 1.0),
                        ("band__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="risk_scored_wholly",
            ),
        ),
    ]
