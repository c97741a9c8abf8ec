"""Append-only by trigger, too: the partitions of transactions get clones of it, those made later as well."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_months_hold_nobody_up"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="instalment",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b566e1d8590695035e720475b948d408d65a667c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7fd25",
                    table="customers_instalment",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="transaction",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6b778d8a8e205e35229adf771d6dcac022f0a48c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_b2be7",
                    table="customers_transaction",
                    when="BEFORE",
                ),
            ),
        ),
    ]
