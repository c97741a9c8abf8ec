"""What each verification looked at and found: added to, never changed."""

import django.db.models.functions.datetime
from django.db import migrations, models

TABLE, NAME = "audit_auditverification", "equilibrate_append_only"
GUARD = f"""
CREATE TRIGGER {NAME} BEFORE UPDATE OR DELETE ON public.{TABLE}
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_audit_refuse();
CREATE TRIGGER {NAME}_whole BEFORE TRUNCATE ON public.{TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_audit_refuse();
ALTER TABLE public.{TABLE} ENABLE ALWAYS TRIGGER {NAME};
ALTER TABLE public.{TABLE} ENABLE ALWAYS TRIGGER {NAME}_whole;
"""
NO_GUARD = f"DROP TRIGGER {NAME}_whole ON public.{TABLE}; DROP TRIGGER {NAME} ON public.{TABLE};"


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_nothing_stops_sealing")]

    operations = [
        migrations.CreateModel(
            name="AuditVerification",
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
                        choices=[
                            ("new", "what is new since the last verified checkpoint"),
                            ("pass", "a part of a pass over everything"),
                            ("whole", "everything at once"),
                            ("beside", "rows that the audit vouches for"),
                        ],
                        max_length=16,
                        verbose_name="what was verified",
                    ),
                ),
                (
                    "began_at",
                    models.DateTimeField(help_text="when the pass, or the verification, began"),
                ),
                ("row", models.BigIntegerField(default=0, verbose_name="verified up to row")),
                (
                    "position",
                    models.JSONField(default=dict, help_text="up to where else; where the next part begins"),
                ),
                (
                    "is_complete",
                    models.BooleanField(
                        default=False, help_text="everything has been looked at since it began"
                    ),
                ),
                (
                    "problems",
                    models.PositiveIntegerField(
                        default=0, help_text="since it began", verbose_name="problems"
                    ),
                ),
                ("first", models.TextField(blank=True, default="", verbose_name="the first problem")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="verified at",
                    ),
                ),
            ],
            options={
                "verbose_name": "verification",
                "verbose_name_plural": "verifications",
                "indexes": [models.Index(fields=["kind", "-id"], name="verification_last")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("first", ""), ("problems", 0)),
                            models.Q(("problems__gt", 0), models.Q(("first", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="verification_problem_is_named",
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
