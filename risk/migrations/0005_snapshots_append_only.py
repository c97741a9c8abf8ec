"""Append-only by trigger, too: the partitions of snapshots get clones of it, those made later as well."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0004_worst_then_due"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="featuresnapshot",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="06e306a417507d1bdb4d586013ea915d1e2b9f1a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_1924d",
                    table="risk_featuresnapshot",
                    when="BEFORE",
                ),
            ),
        ),
    ]
