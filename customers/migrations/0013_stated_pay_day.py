"""On which day the pay comes this time, where the customer said so and a colleague confirmed it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0012_found_by_phone_and_mailbox"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            "StatedPayDay",
            [
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="stated_pay_day",
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                ("pay_on", models.DateField(help_text="the bank day on which the pay is said to come")),
                ("said_at", models.DateTimeField(help_text="bank clock: when the customer said so")),
                ("confirmed_at", models.DateTimeField(help_text="bank clock")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
