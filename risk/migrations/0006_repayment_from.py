"""A mark says from when on there are repayments to book, so that a refresh need not read whole histories."""

from django.db import migrations, models

LONG_AGO = """
UPDATE risk_dirtycustomer SET repayment_from = timestamptz '1970-01-01 00:00:00+00' WHERE has_repayment;
"""
WHETHER = """
UPDATE risk_dirtycustomer SET has_repayment = true WHERE repayment_from IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("risk", "0005_snapshots_append_only")]

    operations = [
        migrations.AddField(
            model_name="dirtycustomer",
            name="repayment_from",
            field=models.DateTimeField(
                null=True,
                help_text="when the earliest debt debit or return among the news happened, on the bank's clock",
            ),
        ),
        migrations.RunSQL(LONG_AGO, WHETHER),
        migrations.RemoveField(model_name="dirtycustomer", name="has_repayment"),
    ]
