"""The simulated portfolio: from what it was made, and how far its future is produced."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SimulatedPortfolio",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("seed", models.BigIntegerField()),
                ("customers", models.PositiveIntegerField()),
                ("history_on", models.DateField(help_text="first bank day of the history")),
                (
                    "live_on",
                    models.DateField(
                        help_text="first bank day after the history, where the live stream begins"
                    ),
                ),
                (
                    "parameters",
                    models.CharField(help_text="fingerprint of the simulator's numbers", max_length=16),
                ),
                (
                    "produced_until",
                    models.DateTimeField(help_text="every event up to this bank time is in the event log"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="one_simulated_portfolio")
                ],
            },
        ),
    ]
