"""Everybody reads in their own language and time zone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("interventions", "0012_deliveries_speak_of"),
    ]

    operations = [
        migrations.CreateModel(
            "StaffSettings",
            [
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="console_settings",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True, default="", help_text="empty: as the browser asks", max_length=8
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(blank=True, default="", help_text="empty: the bank's", max_length=64),
                ),
                ("has_shortcuts", models.BooleanField(default=True, help_text="whether single keys act")),
                ("changed_at", models.DateTimeField(auto_now=True, help_text="wall clock")),
            ],
        ),
    ]
