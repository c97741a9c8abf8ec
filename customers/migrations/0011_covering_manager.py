"""Somebody else may look after a customer for a while."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("customers", "0010_balances_in_the_banks_currency"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="covering_rm",
            field=models.ForeignKey(
                blank=True,
                help_text="looks after the customer while the assigned one cannot",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
