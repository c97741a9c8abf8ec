"""Attempts to log in are counted in the database."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LoginLock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "identity",
                    models.CharField(
                        editable=False, help_text="keyed hash of the name that was typed", max_length=64
                    ),
                ),
                (
                    "proof",
                    models.CharField(
                        choices=[("password", "password"), ("code", "code of a second factor")],
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("address", models.CharField(editable=False, max_length=64)),
                ("attempts", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "first_at",
                    models.DateTimeField(editable=False, help_text="wall clock: since when they are counted"),
                ),
                ("locked_until", models.DateTimeField(editable=False, help_text="wall clock", null=True)),
                (
                    "user",
                    models.ForeignKey(
                        editable=False,
                        help_text="empty: nobody has that name",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "lockout",
                "indexes": [
                    models.Index(fields=["first_at"], name="login_lock_by_time"),
                    models.Index(
                        condition=models.Q(("locked_until__isnull", False)),
                        fields=["-locked_until"],
                        name="login_lock_locked",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("identity", "proof", "address"), name="login_lock_once"),
                    models.CheckConstraint(
                        condition=models.Q(("proof__in", ["password", "code"])),
                        name="login_lock_proof_is_known",
                    ),
                ],
            },
        ),
    ]
