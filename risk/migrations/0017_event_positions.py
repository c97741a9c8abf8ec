"""Up to where in the event log an assessment knows a customer's events, and which audit event proves it."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("customers", "0011_covering_manager"),
        ("risk", "0016_metrics_decided_upon"),
    ]

    operations = [
        migrations.AddField(
            model_name="assessment",
            name="audit_event",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="the one that holds the Merkle root over this and the others of its chunk (docs/receipts.md)",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="audit.auditevent",
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="features_sha256",
            field=models.CharField(
                db_default="", help_text="of the canonical JSON of the snapshot's features", max_length=64
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="log_position",
            field=models.BigIntegerField(
                help_text="after the customer's newest event that was taken into account", null=True
            ),
        ),
        migrations.AddField(
            model_name="currentrisk",
            name="log_position",
            field=models.BigIntegerField(
                help_text="after the customer's newest event that was taken into account", null=True
            ),
        ),
        migrations.AddField(
            model_name="dirtycustomer",
            name="log_position",
            field=models.BigIntegerField(help_text="after the newest event waiting", null=True),
        ),
        migrations.CreateModel(
            name="LogPartition",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("topic", models.CharField(max_length=249)),
                (
                    "topic_id",
                    models.UUIDField(help_text="tells a recreated topic of the same name from this one"),
                ),
                ("partition", models.PositiveIntegerField()),
                (
                    "first_seen_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("topic", "topic_id", "partition"), name="log_partition_once"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="logpartition",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a303b0449eb560d4e95347e9dca285e20ed147ad",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e085b",
                    table="risk_logpartition",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="log",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="where the customer's events are; empty: none came from a log",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="risk.logpartition",
            ),
        ),
        migrations.AddField(
            model_name="currentrisk",
            name="log",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="where the customer's events are; empty: none came from a log",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="risk.logpartition",
            ),
        ),
        migrations.AddField(
            model_name="dirtycustomer",
            name="log",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="where the newest event waiting stands; empty: it is not from a log",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="risk.logpartition",
            ),
        ),
    ]
