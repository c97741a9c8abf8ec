"""Each channel's queue has an order of its own, and a provider in trouble is remembered."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

from customers.concurrently import AddIndexAnew


class Migration(migrations.Migration):
    # Concurrently: deliveries go out meanwhile.
    atomic = False

    dependencies = [("interventions", "0010_found_by_address")]

    operations = [
        AddIndexAnew(
            "delivery",
            models.Index(
                fields=["channel", "not_before_at", "id"],
                name="delivery_due_by_channel",
                condition=Q(state="pending"),
            ),
        ),
        RemoveIndexConcurrently("delivery", "delivery_due"),
        # Last: begun anew after an interruption, a table that is there already would be in the way.
        migrations.CreateModel(
            "ProviderRest",
            [
                (
                    "provider",
                    models.CharField(
                        help_text="its transport's name", max_length=32, primary_key=True, serialize=False
                    ),
                ),
                ("failures", models.PositiveIntegerField(default=0, help_text="in a row")),
                (
                    "until_at",
                    models.DateTimeField(help_text="wall clock: nothing is handed to it before", null=True),
                ),
                (
                    "why",
                    models.TextField(
                        blank=True, default="", help_text="the last failure, without personal data"
                    ),
                ),
            ],
        ),
    ]
