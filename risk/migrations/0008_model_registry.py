"""The registry of the early-warning model: versions, their bytes, decisions, shadow scores and monitoring reports."""

import django.db.models.deletion
import django.db.models.fields.json
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.lookups
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0008_plain_sources"),
        ("risk", "0007_set_aside"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("validated", "validated"), ("approved", "approved")], max_length=16
                    ),
                ),
                ("manifest_sha256", models.CharField(max_length=64)),
                ("reason", models.TextField(help_text="what was found, or why it may be used")),
                (
                    "valid_until_on",
                    models.DateField(help_text="of an approval: the last bank day it covers", null=True),
                ),
                (
                    "decided_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        help_text="wall clock",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ModelVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=64)),
                ("version", models.PositiveIntegerField()),
                ("manifest_text", models.TextField(help_text="canonical JSON: sorted keys, no white space")),
                (
                    "manifest_sha256",
                    models.CharField(help_text="what people approve", max_length=64, unique=True),
                ),
                (
                    "metrics",
                    models.JSONField(default=dict, help_text="how well it did on data it had not seen"),
                ),
                (
                    "trained_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("candidate", "candidate"),
                            ("validated", "validated"),
                            ("approved", "approved"),
                            ("active", "active"),
                            ("retired", "retired"),
                            ("rejected", "rejected"),
                        ],
                        default="candidate",
                        max_length=16,
                    ),
                ),
                (
                    "state_reason",
                    models.TextField(blank=True, default="", help_text="why it is rejected or retired"),
                ),
                (
                    "valid_until_on",
                    models.DateField(help_text="the last bank day on which it may score", null=True),
                ),
                ("activated_at", models.DateTimeField(null=True)),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "shadow_since",
                    models.DateTimeField(help_text="scores the live stream for comparison only", null=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MonitoringReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(help_text="drift, parity, fairness …", max_length=32)),
                ("as_of_on", models.DateField()),
                ("report", models.JSONField()),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        help_text="wall clock",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ShadowRisk",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                ("probability", models.FloatField(help_text="0 to 1, of missing the next instalment")),
                ("band", models.PositiveSmallIntegerField(choices=[(1, "LOW"), (2, "MEDIUM"), (3, "HIGH")])),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "LOW"), (2, "MEDIUM"), (3, "HIGH")], help_text="final, were it active"
                    ),
                ),
                ("evaluated_at", models.DateTimeField(help_text="wall clock")),
            ],
        ),
        migrations.CreateModel(
            name="ModelArtifact",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "sha256",
                                models.Func(
                                    models.Func(models.F("content"), function="sha256"),
                                    models.Value("hex"),
                                    function="encode",
                                    output_field=models.CharField(),
                                ),
                            )
                        ),
                        name="artifact_hash_is_of_content",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="modelartifact",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e2755e6ace9c070cd17abab545f17632f3ecc092",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_96307",
                    table="risk_modelartifact",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="modeldecision",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="modeldecision",
            name="decided_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="artifact",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="risk.modelartifact"
            ),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="author",
            field=models.ForeignKey(
                help_text="who trained it",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="modeldecision",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="risk.modelversion"
            ),
        ),
        migrations.AddField(
            model_name="monitoringreport",
            name="model",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="risk.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="shadowrisk",
            name="model",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="risk.modelversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(fields=("name", "version"), name="model_version_once"),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                fields=("id", "author", "manifest_sha256"), name="model_decided_upon"
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")), fields=("state",), name="model_one_active"
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                django.db.models.lookups.IsNull(models.F("shadow_since"), False),
                condition=models.Q(("shadow_since__isnull", False)),
                name="model_one_shadow",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["candidate", "validated", "approved", "active", "retired", "rejected"])
                ),
                name="model_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "manifest_sha256",
                        models.Func(
                            models.Func(
                                models.Func(
                                    models.F("manifest_text"), models.Value("UTF8"), function="convert_to"
                                ),
                                function="sha256",
                            ),
                            models.Value("hex"),
                            function="encode",
                            output_field=models.CharField(),
                        ),
                    )
                ),
                name="model_hash_is_of_manifest",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "artifact",
                        django.db.models.functions.comparison.Coalesce(
                            django.db.models.fields.json.KeyTextTransform(
                                "ubj_sha256",
                                django.db.models.functions.comparison.Cast(
                                    "manifest_text", models.JSONField()
                                ),
                            ),
                            models.Value(""),
                            output_field=models.CharField(),
                        ),
                    )
                ),
                name="model_manifest_names_its_bytes",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "active"]), _negated=True),
                    ("valid_until_on__isnull", False),
                    _connector="OR",
                ),
                name="model_approved_until_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "active"), _negated=True),
                    ("activated_at__isnull", False),
                    _connector="OR",
                ),
                name="model_active_since",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "retired"), _negated=True),
                    ("retired_at__isnull", False),
                    _connector="OR",
                ),
                name="model_retired_since",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["rejected", "retired"]), _negated=True),
                    models.Q(("state_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="model_end_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("shadow_since__isnull", True),
                    ("state__in", ["candidate", "validated", "approved"]),
                    _connector="OR",
                ),
                name="model_shadow_is_not_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="modeldecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("author", models.F("decided_by")), _negated=True),
                name="decision_is_not_by_the_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="modeldecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "validated"), ("valid_until_on__isnull", True)),
                    models.Q(("kind", "approved"), ("valid_until_on__isnull", False)),
                    _connector="OR",
                ),
                name="decision_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="modeldecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="decision_has_a_reason"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="modeldecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b93b587d366de9b2522f3120a16cb81e342ce700",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_94bc8",
                    table="risk_modeldecision",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="monitoringreport",
            index=models.Index(fields=["kind", "-as_of_on", "-id"], name="monitoring_newest_of_kind"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="monitoringreport",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a1439437f14156809f58ef492b9f6d74b45b26bc",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_9524c",
                    table="risk_monitoringreport",
                    when="BEFORE",
                ),
            ),
        ),
    ]
