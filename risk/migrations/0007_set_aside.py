"""Customers whose evaluation fails are set aside, so that they hold up nobody else."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("risk", "0006_repayment_from")]

    operations = [
        migrations.AddField(
            model_name="dirtycustomer",
            name="failed_at",
            field=models.DateTimeField(
                null=True,
                help_text="set aside: evaluating this customer failed then, and waits for news or the next day",
            ),
        ),
        migrations.AddField(
            model_name="dirtycustomer",
            name="error",
            field=models.TextField(db_default="", help_text="why this customer was set aside"),
        ),
        migrations.AddIndex(
            model_name="dirtycustomer",
            index=models.Index(
                fields=["failed_at"],
                name="mark_set_aside",
                condition=models.Q(("failed_at__isnull", False)),
            ),
        ),
    ]
