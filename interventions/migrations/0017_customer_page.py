"""The customer's page: links in messages, what customers answer, and what staff make of it.

Answers and decisions stay as they are, for raw SQL as well. A pause is a hold of its own, which whoever asked for it
may end. (0006 has the rest of the guards of holds.)
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = ("interventions_customeranswer", "interventions_answerdecision")
APPEND = """
CREATE TRIGGER equilibrate_append_only_numbered BEFORE INSERT ON public.{table}
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_record_contact();
CREATE TRIGGER equilibrate_append_only BEFORE UPDATE OR DELETE ON public.{table}
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_refuse_change();
CREATE TRIGGER equilibrate_append_only_kept BEFORE TRUNCATE ON public.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_refuse_change();
"""
APPEND_NO_MORE = """
DROP TRIGGER equilibrate_append_only_kept ON public.{table};
DROP TRIGGER equilibrate_append_only ON public.{table};
DROP TRIGGER equilibrate_append_only_numbered ON public.{table};
"""
# What leads where is frozen: a link is moved on to a later message that carries it, counted down, and revoked.
LINK = """
CREATE FUNCTION public.equilibrate_guard_page_link() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    may_move CONSTANT text[] := ARRAY[
        'delivery_id', 'expires_at', 'failed_identifications', 'revoked_at', 'revoked_by_id', 'revoke_reason'
    ];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'link %: it is revoked, never deleted', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF to_jsonb(NEW) - may_move IS DISTINCT FROM to_jsonb(OLD) - may_move THEN
        RAISE EXCEPTION 'link %: what it leads to cannot be changed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.revoked_at IS NOT NULL OR NEW.failed_identifications < OLD.failed_identifications THEN
        RAISE EXCEPTION 'link %: what is revoked stays so, and failures are not forgotten', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_guard_page_link BEFORE UPDATE OR DELETE ON public.interventions_pagelink
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_guard_page_link();
CREATE TRIGGER equilibrate_guard_page_links BEFORE TRUNCATE ON public.interventions_pagelink
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_refuse_change();
"""
LINK_NO_MORE = """
DROP TRIGGER equilibrate_guard_page_links ON public.interventions_pagelink;
DROP TRIGGER equilibrate_guard_page_link ON public.interventions_pagelink;
DROP FUNCTION public.equilibrate_guard_page_link();
"""
HOLD = """
CREATE OR REPLACE FUNCTION public.equilibrate_guard_hold() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_lifting CONSTANT text[] := ARRAY['lifted_at', 'lifted_by_id', 'lift_reason'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'hold %: it is lifted, never deleted', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF num_nonnulls(NEW.lifted_at, NEW.lifted_by_id) > 0 OR NEW.lift_reason <> '' OR NEW.reason = '' THEN
            RAISE EXCEPTION 'hold: it begins standing, for a reason' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - of_lifting IS DISTINCT FROM to_jsonb(OLD) - of_lifting THEN
        RAISE EXCEPTION 'hold %: what it is cannot be changed: place another', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.lifted_at IS NOT NULL THEN
        RAISE EXCEPTION 'hold %: it is lifted already', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.lifted_at IS NULL OR NEW.lifted_by_id IS NULL AND OLD.kind <> 'pause' OR NEW.lift_reason = '' THEN
        RAISE EXCEPTION 'hold %: somebody lifts it for a reason', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
"""
HOLD_AS_BEFORE = """
CREATE OR REPLACE FUNCTION public.equilibrate_guard_hold() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_lifting CONSTANT text[] := ARRAY['lifted_at', 'lifted_by_id', 'lift_reason'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'hold %: it is lifted, never deleted', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF num_nonnulls(NEW.lifted_at, NEW.lifted_by_id) > 0 OR NEW.lift_reason <> '' OR NEW.reason = '' THEN
            RAISE EXCEPTION 'hold: it begins standing, for a reason' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - of_lifting IS DISTINCT FROM to_jsonb(OLD) - of_lifting THEN
        RAISE EXCEPTION 'hold %: what it is cannot be changed: place another', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.lifted_at IS NOT NULL THEN
        RAISE EXCEPTION 'hold %: it is lifted already', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.lifted_at IS NULL OR NEW.lifted_by_id IS NULL OR NEW.lift_reason = '' THEN
        RAISE EXCEPTION 'hold %: somebody lifts it for a reason', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
"""
KINDS = ["vulnerability", "hardship", "arrears", "complaint", "legal", "bereavement", "pause"]


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0013_stated_pay_day"),
        ("interventions", "0016_alerts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PageLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="page_links",
                        to="interventions.case",
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        help_text="the last message that carries it",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="interventions.delivery",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("sms", "SMS"),
                            ("whatsapp", "WhatsApp"),
                            ("email", "e-mail"),
                            ("voice", "voice message"),
                            ("call", "call"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("support", "help before a payment is missed"),
                            ("service", "messages about an existing agreement"),
                        ],
                        default="support",
                        max_length=16,
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                ("made_at", models.DateTimeField(help_text="bank clock")),
                ("expires_at", models.DateTimeField(help_text="bank clock: it leads nowhere from then on")),
                ("failed_identifications", models.PositiveSmallIntegerField(default=0)),
                ("revoked_at", models.DateTimeField(help_text="bank clock", null=True)),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("revoke_reason", models.TextField(blank=True, default="")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["sms", "whatsapp", "email", "voice", "call"])),
                        name="link_channel_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["support", "service"])),
                        name="link_purpose_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("made_at"))),
                        name="link_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("revoke_reason", ""),
                                ("revoked_at__isnull", True),
                                ("revoked_by__isnull", True),
                            ),
                            models.Q(
                                ("revoked_at__isnull", False),
                                ("revoked_by__isnull", False),
                                models.Q(("revoke_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="link_revoked_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="interventions.pagelink",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="customers.customer",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        help_text="the one that was open then, or that it opened; empty: none was",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="interventions.case",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pay_day", "my pay date moved"),
                            ("arranged", "already arranged"),
                            ("pause", "pause contact"),
                            ("stop", "stop"),
                            ("talk", "talk to a person"),
                            ("taken_back", "taken back"),
                        ],
                        max_length=16,
                    ),
                ),
                ("day_on", models.DateField(help_text="the day that is spoken of", null=True)),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="how to talk, or what to stop; empty: all",
                        max_length=16,
                    ),
                ),
                (
                    "part_of_day",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("any", "any time"),
                            ("morning", "morning"),
                            ("afternoon", "afternoon"),
                            ("evening", "evening"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                (
                    "takes_back",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_back",
                        to="interventions.customeranswer",
                    ),
                ),
                ("key", models.UUIDField(help_text="of the form: sent twice it is one answer")),
                ("answered_at", models.DateTimeField(help_text="bank clock")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "-id"], name="answer_by_customer"),
                    models.Index(fields=["case", "-id"], name="answer_by_case"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("link", "key"), name="answer_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["pay_day", "arranged", "pause", "stop", "talk", "taken_back"])
                        ),
                        name="answer_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["pay_day", "arranged", "pause", "talk"]), _negated=True),
                            ("day_on__isnull", False),
                            _connector="OR",
                        ),
                        name="answer_names_its_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "taken_back"), ("takes_back__isnull", False)),
                            models.Q(
                                models.Q(("kind", "taken_back"), _negated=True), ("takes_back__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="answer_takes_one_back",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("channel", ""),
                            ("channel__in", ["sms", "whatsapp", "email", "voice", "call"]),
                            _connector="OR",
                        ),
                        name="answer_channel_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("part_of_day__in", ["", "any", "morning", "afternoon", "evening"])
                        ),
                        name="answer_part_of_day_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnswerDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "answer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="interventions.customeranswer",
                    ),
                ),
                ("is_confirmed", models.BooleanField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.TextField()),
                ("decided_at", models.DateTimeField(help_text="bank clock")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="answer_decided_for_a_reason"
                    )
                ],
            },
        ),
        migrations.RemoveConstraint("contacthold", "hold_kind_is_known"),
        migrations.RemoveConstraint("contacthold", "hold_lifted_by_somebody"),
        migrations.AlterField(
            "contacthold",
            "kind",
            models.CharField(
                choices=[
                    ("vulnerability", "vulnerability"),
                    ("hardship", "hardship arrangement"),
                    ("arrears", "arrears: with collections"),
                    ("complaint", "complaint"),
                    ("legal", "legal or insolvency"),
                    ("bereavement", "bereavement"),
                    ("pause", "pause that the customer asked for"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            "contacthold",
            models.CheckConstraint(condition=models.Q(("kind__in", KINDS)), name="hold_kind_is_known"),
        ),
        migrations.AddConstraint(
            "contacthold",
            models.CheckConstraint(
                condition=models.Q(
                    ("lifted_at__isnull", True),
                    models.Q(
                        models.Q(("lifted_by__isnull", False), ("kind", "pause"), _connector="OR"),
                        models.Q(("lift_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="hold_lifted_by_somebody",
            ),
        ),
        migrations.RunSQL(HOLD, HOLD_AS_BEFORE),
        migrations.RunSQL(LINK, LINK_NO_MORE),
        *(
            migrations.RunSQL(APPEND.format(table=table), APPEND_NO_MORE.format(table=table))
            for table in APPEND_ONLY
        ),
    ]
