"""What was said, offered, promised and drawn stays: it moves only along its way, and its content is frozen.

Triggers of our own, since any session can tell pgtrigger's to be ignored; grants forbid the rest as well
(`equilibrate_site.grants`).
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

FUNCTION = """
CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
{body}
$$;
"""
TRIGGERS = """
CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OR DELETE ON public.{table}
    FOR EACH ROW EXECUTE FUNCTION public.{name}();
CREATE TRIGGER {name}_wholly BEFORE TRUNCATE ON public.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.{name}();
"""
UNDO = """
DROP TRIGGER {name}_wholly ON public.{table};
DROP TRIGGER {name} ON public.{table};
DROP FUNCTION public.{name}();
"""

# Migration 0004 ties a decision to its text and author, orders it, and keeps it. The lock puts it before or behind
# every step of the message that it is about.
EDIT_DECISION = """
CREATE FUNCTION public.equilibrate_await_edit_decision() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM public.interventions_intervention
    WHERE id = NEW.intervention_id AND state = 'awaiting_approval' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'message %: nobody has asked for a decision about it', NEW.intervention_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_await_edit_decision BEFORE INSERT ON public.interventions_editdecision
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_await_edit_decision();
"""
EDIT_DECISION_UNASKED = """
DROP TRIGGER equilibrate_await_edit_decision ON public.interventions_editdecision;
DROP FUNCTION public.equilibrate_await_edit_decision();
"""

INTERVENTION = """
DECLARE
    written CONSTANT text[] := ARRAY[
        'fields', 'personal_line', 'subject', 'body', 'body_sha256', 'is_edited', 'author_id', 'template_hash'
    ];
    moved CONSTANT text[] := ARRAY[
        'state', 'scheduled_for', 'confirmed_by_id', 'confirmed_at', 'cancelled_at', 'cancel_reason'
    ];
    decision text;
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'a message is never deleted: cancel it' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.is_edited
            OR num_nonnulls(NEW.confirmed_by_id, NEW.confirmed_at, NEW.cancelled_at) > 0
        THEN
            RAISE EXCEPTION 'a message begins as a draft of its template'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        PERFORM FROM public.interventions_case WHERE id = NEW.case_id AND customer_id = NEW.customer_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'case % is not of customer %', NEW.case_id, NEW.customer_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - written - moved IS DISTINCT FROM to_jsonb(OLD) - written - moved THEN
        RAISE EXCEPTION 'message %: for whom, by which template and channel it is cannot be changed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state IN ('confirmed', 'cancelled') AND (
        to_jsonb(NEW) - moved IS DISTINCT FROM to_jsonb(OLD) - moved
        OR (NEW.confirmed_by_id, NEW.confirmed_at, NEW.scheduled_for)
            IS DISTINCT FROM (OLD.confirmed_by_id, OLD.confirmed_at, OLD.scheduled_for)
        OR OLD.state = 'cancelled' AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD)
    ) THEN
        RAISE EXCEPTION 'message %: it is % and stays as it is', OLD.id, OLD.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'awaiting_approval'), ('draft', 'confirmed'), ('draft', 'cancelled'),
        ('awaiting_approval', 'draft'), ('awaiting_approval', 'cancelled'), ('confirmed', 'cancelled')
    ) THEN
        RAISE EXCEPTION 'message %: % does not become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- The order of decisions is that of their ids: the last one counts.
    SELECT kind INTO decision FROM public.interventions_editdecision
    WHERE intervention_id = OLD.id AND content_hash = NEW.body_sha256 ORDER BY id DESC LIMIT 1;
    IF NEW.is_edited AND decision IS DISTINCT FROM 'approved'
        AND (NEW.state = 'confirmed' AND OLD.state <> 'confirmed' OR NEW.state = 'draft')
    THEN
        RAISE EXCEPTION 'message %: nobody has approved this text', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state = 'confirmed' AND OLD.state <> 'confirmed' AND NEW.body_sha256 <> encode(sha256(convert_to(
        CASE WHEN NEW.subject = '' THEN NEW.body ELSE NEW.subject || E'\\n' || NEW.body END, 'UTF8'
    )), 'hex') THEN
        RAISE EXCEPTION 'message %: its hash is of another text', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
"""

# Whom a promise or an offer is about: the case, the customer and the loan belong together.
BELONGS = """
        PERFORM FROM public.interventions_case cases JOIN public.customers_loan loan
            ON loan.customer_id = cases.customer_id
        WHERE cases.id = NEW.case_id AND loan.id = NEW.loan_id AND cases.customer_id = NEW.customer_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'case %, loan % and customer % do not belong together',
                NEW.case_id, NEW.loan_id, NEW.customer_id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
"""
# A payment that is returned takes a kept promise back, and one that is known late keeps a broken one.
PROMISE = f"""
DECLARE
    moved CONSTANT text[] := ARRAY['state', 'paid_amount', 'settled_at'];
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'a promise is never deleted: cancel it' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NEW.paid_amount <> 0 OR NEW.settled_at IS NOT NULL THEN
            RAISE EXCEPTION 'a promise begins open, with nothing paid'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
{BELONGS}
    END IF;
    IF to_jsonb(NEW) - moved IS DISTINCT FROM to_jsonb(OLD) - moved THEN
        RAISE EXCEPTION 'promise %: what was promised stays', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('open', 'kept'), ('open', 'broken'), ('open', 'cancelled'),
        ('kept', 'open'), ('kept', 'broken'), ('broken', 'kept')
    ) THEN
        RAISE EXCEPTION 'promise %: % does not become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state = 'kept' AND NEW.paid_amount < NEW.amount
        OR (NEW.state = 'open') <> (NEW.settled_at IS NULL)
    THEN
        RAISE EXCEPTION 'promise %: it is kept when all of it is paid, and settled at a time', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
"""
OFFER = f"""
DECLARE
    moved CONSTANT text[] := ARRAY['state', 'answered_at', 'answer_recorded_by_id'];
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'an offer is never deleted: withdraw it' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'offered' OR num_nonnulls(NEW.answered_at, NEW.answer_recorded_by_id) > 0 THEN
            RAISE EXCEPTION 'an offer begins as offered, without an answer'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
{BELONGS}
    END IF;
    IF to_jsonb(NEW) - moved IS DISTINCT FROM to_jsonb(OLD) - moved THEN
        RAISE EXCEPTION 'offer %: what was offered stays', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('offered', 'accepted'), ('offered', 'declined'), ('offered', 'withdrawn'), ('offered', 'expired')
    ) OR NEW.state = OLD.state AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) THEN
        RAISE EXCEPTION 'offer %: % does not become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.state IN ('accepted', 'declined')) <> (num_nulls(NEW.answered_at, NEW.answer_recorded_by_id) = 0) THEN
        RAISE EXCEPTION 'offer %: an answer is recorded by somebody, at a time', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
"""
TASK = """
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'a task of the back office is never deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM public.interventions_reliefoffer WHERE id = NEW.offer_id AND state = 'accepted';
        IF NOT FOUND OR NEW.done_at IS NOT NULL THEN
            RAISE EXCEPTION 'a task begins open, for an offer that was accepted'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.done_at IS NOT NULL OR (NEW.id, NEW.offer_id, NEW.created_at) <> (OLD.id, OLD.offer_id, OLD.created_at)
    THEN
        RAISE EXCEPTION 'task %: what it is about stays, and what is done is done', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
"""
# Draws the lot once more, as `interventions.effect.lots.lot` does: nobody is held out by hand.
ASSIGNMENT = """
DECLARE
    design record;
    subject record;
    lot double precision;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'an assignment stays as it was drawn' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT state, share, salt INTO design FROM public.interventions_holdoutdesign WHERE id = NEW.design_id;
    SELECT cases.customer_id, cases.level, cases.hardship, customer.is_vulnerable INTO subject
    FROM public.interventions_case cases JOIN public.customers_customer customer ON customer.id = cases.customer_id
    WHERE cases.id = NEW.case_id;
    IF design.state IS DISTINCT FROM 'active'
        OR (subject.customer_id, subject.level, subject.hardship)
            IS DISTINCT FROM (NEW.customer_id, NEW.level, NEW.hardship)
    THEN
        RAISE EXCEPTION 'case %: its lot is drawn by the active design, for its own customer', NEW.case_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.arm = 'excluded') <> (NEW.excluded_for <> '')
        OR NEW.propensity IS DISTINCT FROM (CASE WHEN NEW.arm = 'excluded' THEN 0 ELSE design.share END)
    THEN
        RAISE EXCEPTION 'case %: the propensity is the share of the design, or 0 and a reason', NEW.case_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    lot := ('x' || left(encode(sha256(convert_to(design.salt || ':' || NEW.customer_id, 'UTF8')), 'hex'), 13)
        )::bit(52)::bigint / 4503599627370496.0::double precision;
    IF NEW.arm <> 'excluded' AND (
        NEW.level >= 3 OR subject.is_vulnerable OR (NEW.arm = 'held_out') <> (lot < design.share)
        OR EXISTS (
            SELECT FROM public.interventions_contacthold WHERE customer_id = NEW.customer_id AND lifted_at IS NULL
                AND (until_at IS NULL OR until_at > NEW.assigned_at)
        )
    ) THEN
        RAISE EXCEPTION 'case %: this is not the lot of this customer', NEW.case_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END
"""
END = """
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'the end of a holdout stays as it is' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM FROM public.interventions_holdoutassignment
    WHERE case_id = NEW.case_id AND customer_id = NEW.customer_id AND arm = 'held_out';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'case %: it is not held out', NEW.case_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END
"""
GUARDS = (
    ("equilibrate_guard_intervention", "interventions_intervention", INTERVENTION),
    ("equilibrate_guard_promise", "interventions_promisetopay", PROMISE),
    ("equilibrate_guard_offer", "interventions_reliefoffer", OFFER),
    ("equilibrate_guard_task", "interventions_backofficetask", TASK),
    ("equilibrate_guard_assignment", "interventions_holdoutassignment", ASSIGNMENT),
    ("equilibrate_guard_holdout_end", "interventions_holdoutend", END),
)


def guard(name: str, table: str, body: str) -> migrations.RunSQL:
    """The function and its triggers, and how they go away."""
    return migrations.RunSQL(
        FUNCTION.format(name=name, body=body) + TRIGGERS.format(name=name, table=table),
        UNDO.format(name=name, table=table),
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("interventions", "0007_deliveries_guarded"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.UniqueConstraint(
                condition=Q(state__in=["draft", "awaiting_approval"]),
                fields=("case", "template", "channel", "language"),
                name="intervention_one_draft",
            ),
        ),
        migrations.AddIndex(
            model_name="promisetopay", index=models.Index(fields=["promised_on"], name="promise_by_day")
        ),
        migrations.CreateModel(
            name="BackOfficeTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(help_text="bank clock")),
                ("done_at", models.DateTimeField(help_text="bank clock", null=True)),
                (
                    "reference",
                    models.CharField(blank=True, default="", help_text="of core banking", max_length=100),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "offer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="task",
                        to="interventions.reliefoffer",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=Q(done_at__isnull=True), fields=["created_at"], name="task_open")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(done_at__isnull=True, done_by__isnull=True, reference="")
                        | (Q(done_at__isnull=False, done_by__isnull=False) & ~Q(reference="")),
                        name="task_done_by_somebody",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HoldoutEnd",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("asked", "the customer asked for help"),
                            ("vulnerable", "the customer is vulnerable"),
                            ("severe", "the risk rose to HIGH"),
                            ("hold", "a hold was placed"),
                            ("over", "the comparison is over"),
                            ("staff", "staff decided so"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.TextField(blank=True, default="")),
                ("ended_at", models.DateTimeField(help_text="bank clock")),
                ("recorded_at", models.DateTimeField(db_default=Now(), editable=False)),
                (
                    "by",
                    models.ForeignKey(
                        help_text="empty: the system",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdout_end",
                        to="interventions.case",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(cause__in=["asked", "vulnerable", "severe", "hold", "over", "staff"]),
                        name="holdout_end_cause_is_known",
                    ),
                    models.CheckConstraint(
                        condition=~Q(cause="staff") | (~Q(reason="") & Q(by__isnull=False)),
                        name="holdout_end_by_staff_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.RunSQL(EDIT_DECISION, EDIT_DECISION_UNASKED),
        *(guard(*each) for each in GUARDS),
    ]
