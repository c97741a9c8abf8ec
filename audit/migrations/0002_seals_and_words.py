"""What happened in words, its personal part apart, and the tables of seals and checkpoints."""

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                (
                    "size",
                    models.BigIntegerField(primary_key=True, serialize=False, verbose_name="rows covered"),
                ),
                ("name", models.CharField(max_length=200, verbose_name="file")),
                (
                    "content",
                    models.TextField(help_text="the file, as it was written outside", verbose_name="content"),
                ),
                (
                    "made_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="made at",
                    ),
                ),
            ],
            options={
                "verbose_name": "checkpoint",
                "verbose_name_plural": "checkpoints",
            },
        ),
        migrations.CreateModel(
            name="AuditPersonal",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="personal",
                        serialize=False,
                        to="audit.auditevent",
                    ),
                ),
                ("salt", models.BinaryField()),
                ("content", models.TextField(help_text="canonical JSON, the bytes the commitment is over")),
            ],
            options={
                "verbose_name": "personal part",
                "verbose_name_plural": "personal parts",
            },
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "sequence",
                    models.BigIntegerField(
                        help_text="without gaps, from 1", primary_key=True, serialize=False
                    ),
                ),
                ("scheme", models.PositiveSmallIntegerField(default=1, help_text="how the hashes are made")),
                ("row_hash", models.BinaryField(help_text="SHA-256 over the event's fields")),
                (
                    "chain_hash",
                    models.BinaryField(
                        help_text="SHA-256 over the seal before, this seal and the row's hash"
                    ),
                ),
                ("sealed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "seal",
                "verbose_name_plural": "seals",
            },
        ),
        migrations.CreateModel(
            name="CheckpointMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("size", models.BigIntegerField()),
                (
                    "mailed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UnsealedEvent",
            fields=[
                ("event_id", models.BigIntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.AlterModelOptions(
            name="auditevent",
            options={"verbose_name": "audit event", "verbose_name_plural": "audit events"},
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="auditevent",
            name="append_only",
        ),
        migrations.AddField(
            model_name="auditevent",
            name="actor_label",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="as it was then; empty: the system",
                verbose_name="actor's name",
            ),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="commitment",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="SHA-256 over salt and text of the personal part; empty: there is none",
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="customer_key",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="the customer it concerns, if one; our own number, not the bank's",
                max_length=64,
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="reason",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="reason"),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="request_id",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=64, verbose_name="request"
            ),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="subject_label",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="never a customer's name",
                verbose_name="subject's label",
            ),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="action",
            field=models.CharField(
                help_text="app.subject.verb, such as ingest.halt.lifted",
                max_length=100,
                verbose_name="action",
            ),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="actor",
            field=models.ForeignKey(
                help_text="empty when the system acted by itself",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="actor",
            ),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="detail",
            field=models.JSONField(
                default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="detail"
            ),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="recorded_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                editable=False,
                verbose_name="recorded at",
            ),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="subject_id",
            field=models.CharField(max_length=200, verbose_name="subject"),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="subject_type",
            field=models.CharField(max_length=100, verbose_name="kind of subject"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["recorded_at", "id"], name="audit_by_time"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["action", "recorded_at", "id"], name="audit_by_action"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("actor__isnull", False)),
                fields=["actor", "recorded_at", "id"],
                name="audit_by_actor",
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("customer_key", ""), _negated=True),
                fields=["customer_key", "recorded_at", "id"],
                name="audit_by_customer",
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("request_id", ""), _negated=True),
                fields=["request_id", "id"],
                name="audit_by_request",
            ),
        ),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("commitment", ""), ("commitment__regex", "^[0-9a-f]{64}$"), _connector="OR"
                ),
                name="audit_commitment_is_a_hash",
            ),
        ),
        migrations.AddField(
            model_name="auditseal",
            name="event",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="seal",
                to="audit.auditevent",
            ),
        ),
    ]
