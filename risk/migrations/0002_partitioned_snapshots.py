"""Feature snapshots by month, and storage settings for the tables that churn."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

TABLE = """
CREATE TABLE risk_featuresnapshot (
    customer_id bigint NOT NULL,
    taken_at timestamptz NOT NULL,
    revision bigint NOT NULL,
    as_of_on date NOT NULL,
    features jsonb NOT NULL,
    PRIMARY KEY (customer_id, taken_at, revision)
) PARTITION BY RANGE (taken_at);
"""

# Every refresh updates a row in place when it fits its page, and deletes its mark: keep room, and vacuum early.
STORAGE = """
ALTER TABLE risk_currentrisk SET (fillfactor = 70);
ALTER TABLE risk_dirtycustomer SET (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);
"""
RESET = """
ALTER TABLE risk_currentrisk RESET (fillfactor);
ALTER TABLE risk_dirtycustomer RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
"""


class Migration(migrations.Migration):
    dependencies = [("risk", "0001_initial"), ("customers", "0002_partitioned_transactions")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, "DROP TABLE risk_featuresnapshot;")],
            state_operations=[
                migrations.CreateModel(
                    name="FeatureSnapshot",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "customer_id",
                                "taken_at",
                                "revision",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="customers.customer",
                            ),
                        ),
                        ("taken_at", models.DateTimeField(help_text="bank clock")),
                        ("revision", models.BigIntegerField()),
                        ("as_of_on", models.DateField()),
                        ("features", models.JSONField()),
                    ],
                    options={
                        "db_table": "risk_featuresnapshot",
                    },
                )
            ],
        ),
        migrations.RunSQL(STORAGE, RESET),
    ]
