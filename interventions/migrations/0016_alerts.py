"""What staff are told, and the triggers that write it.

Whoever raises an alert, moves a case or submits a policy tells nobody: a row says what happened, and the trigger makes
it a notice in the same transaction, once for all who may read it.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

TELL_ALERTS = """
CREATE FUNCTION public.equilibrate_tell_alerts() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO interventions_notice (kind, customer_id, manager_id, covering_id, alert_id)
    SELECT
        CASE
            WHEN added.kind = 'turned_high' THEN 'turned_high'
            WHEN added.dedupe_key ~ '^cases\\.sla_breached\\.' THEN 'breaches'
            WHEN added.dedupe_key ~ '^audit\\.' THEN 'audit'
            WHEN added.dedupe_key ~ '^interventions\\.breaker\\.' THEN 'breaker'
            WHEN added.dedupe_key ~ '^(model|drift|fairness|parity|performance|monitoring_failed)\\.' THEN 'model'
            ELSE 'system'
        END,
        added.customer_id, person.assigned_rm_id, person.covering_rm_id, added.id
    FROM added LEFT JOIN customers_customer person ON person.id = added.customer_id
    ORDER BY added.id;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_alerts AFTER INSERT ON public.risk_alert REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_tell_alerts();
"""
TELL_CASES = """
CREATE FUNCTION public.equilibrate_tell_cases() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO interventions_notice (kind, customer_id, manager_id, covering_id, for_user_id, case_id, detail)
    SELECT
        CASE added.verb WHEN 'assigned' THEN 'handed_over' ELSE added.verb END,
        added.customer_id, person.assigned_rm_id, person.covering_rm_id,
        CASE added.verb
            WHEN 'assigned' THEN (added.detail ->> 'assigned_to')::integer
            WHEN 'escalated' THEN (added.detail ->> 'escalated_to')::integer
        END,
        added.case_id,
        jsonb_strip_nulls(jsonb_build_object('by', added.by_id))
    FROM added JOIN customers_customer person ON person.id = added.customer_id
    WHERE added.verb IN ('sla_breached', 'promise_broken', 'escalated')
        -- What the system gives away as a case opens is in the list already; what a colleague hands over is news.
        OR added.verb = 'assigned' AND added.by_id IS NOT NULL
            AND (added.detail ->> 'assigned_to')::integer <> added.by_id
    ORDER BY added.id;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_cases AFTER INSERT ON public.interventions_casetransition REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_tell_cases();
"""
TELL_DELIVERY = """
CREATE FUNCTION public.equilibrate_tell_delivery() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO interventions_notice (kind, customer_id, manager_id, covering_id, case_id, detail)
    SELECT 'delivery_failed', person.id, person.assigned_rm_id, person.covering_rm_id, NEW.case_id,
        jsonb_build_object('channel', NEW.channel, 'state', NEW.state)
    FROM customers_customer person WHERE person.id = NEW.customer_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_delivery AFTER UPDATE OF state ON public.interventions_delivery FOR EACH ROW
    WHEN (NEW.state IN ('failed', 'unknown') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION public.equilibrate_tell_delivery();
"""
# The first argument is the kind, the second what waits.
TELL_WAITING = """
CREATE FUNCTION public.equilibrate_tell_waiting() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO interventions_notice (kind, detail)
    VALUES (TG_ARGV[0], jsonb_build_object('what', TG_ARGV[1], 'id', NEW.id));
    RETURN NULL;
END $$;
CREATE FUNCTION public.equilibrate_tell_edit() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO interventions_notice (kind, customer_id, manager_id, covering_id, case_id, detail)
    SELECT 'second_person', person.id, person.assigned_rm_id, person.covering_rm_id, held.id,
        jsonb_build_object('what', 'message', 'id', NEW.id)
    FROM interventions_case held JOIN customers_customer person ON person.id = held.customer_id
    WHERE held.id = NEW.case_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_waiting AFTER UPDATE OF state ON public.interventions_policytemplate FOR EACH ROW
    WHEN (NEW.state = 'submitted' AND OLD.state <> NEW.state)
    EXECUTE FUNCTION public.equilibrate_tell_waiting('approval', 'policy');
CREATE TRIGGER tell_waiting AFTER UPDATE OF state ON public.interventions_contactpack FOR EACH ROW
    WHEN (NEW.state = 'submitted' AND OLD.state <> NEW.state)
    EXECUTE FUNCTION public.equilibrate_tell_waiting('approval', 'pack');
CREATE TRIGGER tell_waiting AFTER UPDATE OF state ON public.interventions_holdoutdesign FOR EACH ROW
    WHEN (NEW.state = 'submitted' AND OLD.state <> NEW.state)
    EXECUTE FUNCTION public.equilibrate_tell_waiting('approval', 'holdout');
CREATE TRIGGER tell_waiting AFTER UPDATE OF state ON public.risk_modelversion FOR EACH ROW
    WHEN (NEW.state = 'validated' AND OLD.state <> NEW.state)
    EXECUTE FUNCTION public.equilibrate_tell_waiting('approval', 'model');
CREATE TRIGGER tell_waiting AFTER INSERT ON public.interventions_breakerreset FOR EACH ROW
    EXECUTE FUNCTION public.equilibrate_tell_waiting('second_person', 'breaker');
CREATE TRIGGER tell_edit AFTER UPDATE OF state ON public.interventions_intervention FOR EACH ROW
    WHEN (NEW.state = 'awaiting_approval' AND OLD.state <> NEW.state)
    EXECUTE FUNCTION public.equilibrate_tell_edit();
CREATE TRIGGER tell_edit_at_once AFTER INSERT ON public.interventions_intervention FOR EACH ROW
    WHEN (NEW.state = 'awaiting_approval')
    EXECUTE FUNCTION public.equilibrate_tell_edit();
"""
CHANGES_HANDS = """
CREATE FUNCTION public.equilibrate_notices_change_hands() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE interventions_notice SET manager_id = NEW.assigned_rm_id, covering_id = NEW.covering_rm_id
    WHERE customer_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER notices_change_hands AFTER UPDATE OF assigned_rm_id, covering_rm_id ON public.customers_customer
    FOR EACH ROW WHEN (
        NEW.assigned_rm_id IS DISTINCT FROM OLD.assigned_rm_id
        OR NEW.covering_rm_id IS DISTINCT FROM OLD.covering_rm_id
    ) EXECUTE FUNCTION public.equilibrate_notices_change_hands();
"""
SILENT = """
DROP TRIGGER notices_change_hands ON public.customers_customer;
DROP TRIGGER tell_edit_at_once ON public.interventions_intervention;
DROP TRIGGER tell_edit ON public.interventions_intervention;
DROP TRIGGER tell_waiting ON public.interventions_breakerreset;
DROP TRIGGER tell_waiting ON public.risk_modelversion;
DROP TRIGGER tell_waiting ON public.interventions_holdoutdesign;
DROP TRIGGER tell_waiting ON public.interventions_contactpack;
DROP TRIGGER tell_waiting ON public.interventions_policytemplate;
DROP TRIGGER tell_delivery ON public.interventions_delivery;
DROP TRIGGER tell_cases ON public.interventions_casetransition;
DROP TRIGGER tell_alerts ON public.risk_alert;
DROP FUNCTION public.equilibrate_notices_change_hands(), public.equilibrate_tell_edit(),
    public.equilibrate_tell_waiting(), public.equilibrate_tell_delivery(), public.equilibrate_tell_cases(),
    public.equilibrate_tell_alerts();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0012_found_by_phone_and_mailbox"),
        ("interventions", "0013_staff_settings"),
        ("risk", "0019_room_for_a_day"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertSettings",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="alert_settings",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("read_up_to", models.BigIntegerField(default=0, help_text="notices up to this id are read")),
                ("not_in_bell", models.JSONField(default=list, help_text="kinds that the bell leaves out")),
                ("not_in_mail", models.JSONField(default=list, help_text="kinds that the e-mail leaves out")),
                (
                    "digest",
                    models.CharField(
                        choices=[("off", "off"), ("hourly", "hourly"), ("daily", "daily")],
                        default="off",
                        max_length=8,
                    ),
                ),
                ("daily_at", models.TimeField(default="09:00", help_text="in the user's own time zone")),
                ("is_working_hours_only", models.BooleanField(default=True)),
                ("next_digest_at", models.DateTimeField(help_text="wall clock", null=True)),
                (
                    "covered_to",
                    models.DateTimeField(
                        help_text="wall clock: what was told until then is in a digest", null=True
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_digest_at__isnull", False)),
                        fields=["next_digest_at"],
                        name="digest_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("digest__in", ["off", "hourly", "daily"])), name="digest_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("digest", "off"), ("next_digest_at__isnull", True)),
                            models.Q(
                                models.Q(("digest", "off"), _negated=True),
                                ("covered_to__isnull", False),
                                ("next_digest_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="digest_has_its_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
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
                            ("turned_high", "customer turned HIGH"),
                            ("sla_at_risk", "first contact soon late"),
                            ("sla_breached", "first contact late"),
                            ("handed_over", "case handed over"),
                            ("promise_broken", "promise broken"),
                            ("delivery_failed", "message not delivered"),
                            ("escalated", "case escalated"),
                            ("breaches", "late first contacts of the bank"),
                            ("system", "operational"),
                            ("breaker", "sending stopped"),
                            ("second_person", "message or reset waits for a second person"),
                            ("approval", "approval waiting"),
                            ("audit", "problem of the audit"),
                            ("model", "model and monitoring"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "detail",
                    models.JSONField(
                        db_default={}, default=dict, help_text="ids and figures, without personal data"
                    ),
                ),
                (
                    "told_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        help_text="wall clock",
                    ),
                ),
                (
                    "alert",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="risk.alert",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="interventions.case",
                    ),
                ),
                (
                    "covering",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "for_user",
                    models.ForeignKey(
                        db_index=False,
                        help_text="told to this person alone; empty: to whoever it is about",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeRead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="interventions.notice",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AlertDigest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sending", "being sent"),
                            ("sent", "sent"),
                            ("failed", "failed: not sent"),
                            ("unknown", "unknown: may have been sent"),
                        ],
                        default="sending",
                        max_length=8,
                    ),
                ),
                ("covers_from", models.DateTimeField()),
                ("covers_to", models.DateTimeField()),
                ("counts", models.JSONField(help_text="how many of each kind")),
                ("claimed_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, default="", max_length=200)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alert_digests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "sending")),
                        fields=["claimed_at"],
                        name="digest_under_way",
                    ),
                    models.Index(fields=["user", "-id"], name="digest_by_user"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["sending", "sent", "failed", "unknown"])),
                        name="digest_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at__isnull", True), ("state", "sending")),
                            models.Q(
                                models.Q(("state", "sending"), _negated=True), ("settled_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="digest_settled_at_a_time",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("manager__isnull", False)),
                fields=["manager", "-id"],
                name="notice_by_manager",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("covering__isnull", False)),
                fields=["covering", "-id"],
                name="notice_by_covering",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("kind", "turned_high"), _negated=True),
                fields=["-id"],
                name="notice_of_the_bank",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["told_at"], name="notice_by_time"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "sla_at_risk")), fields=("case",), name="notice_at_risk_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("alert__isnull", False)), fields=("alert",), name="notice_of_alert_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "turned_high",
                            "sla_at_risk",
                            "sla_breached",
                            "handed_over",
                            "promise_broken",
                            "delivery_failed",
                            "escalated",
                            "breaches",
                            "system",
                            "breaker",
                            "second_person",
                            "approval",
                            "audit",
                            "model",
                        ],
                    )
                ),
                name="notice_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticeread",
            constraint=models.UniqueConstraint(fields=("user", "notice"), name="notice_read_once"),
        ),
        migrations.RunSQL(
            TELL_ALERTS + TELL_CASES + TELL_DELIVERY + TELL_WAITING + CHANGES_HANDS, reverse_sql=SILENT
        ),
    ]
