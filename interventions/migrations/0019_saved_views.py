"""Readers of the queue give its filters and order a name, and share it with a role."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

ROLES = ["Relationship managers", "Supervisors", "Compliance officers", "Analysts"]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("interventions", "0018_customer_notes"),
    ]

    operations = [
        migrations.CreateModel(
            "SavedView",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                (
                    "query",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="the address's parameters, as the queue writes them",
                        max_length=2000,
                    ),
                ),
                (
                    "density",
                    models.CharField(
                        choices=[("normal", "Normal rows"), ("compact", "Compact rows")],
                        default="normal",
                        max_length=8,
                    ),
                ),
                (
                    "shared_with",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="a role whose members see it; empty: nobody else",
                        max_length=40,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("changed_at", models.DateTimeField(auto_now=True, help_text="wall clock")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            "DefaultView",
            [
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="interventions.savedview",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "savedview", models.UniqueConstraint(fields=("owner", "name"), name="view_name_once")
        ),
        migrations.AddConstraint(
            "savedview", models.CheckConstraint(condition=~Q(name=""), name="view_has_a_name")
        ),
        migrations.AddConstraint(
            "savedview",
            models.CheckConstraint(
                condition=Q(density__in=["normal", "compact"]), name="view_density_is_known"
            ),
        ),
        migrations.AddConstraint(
            "savedview",
            models.CheckConstraint(condition=Q(shared_with__in=["", *ROLES]), name="view_shared_with_a_role"),
        ),
    ]
