"""A case moves only along its way, and its history stays.

Triggers of our own, since any session can tell pgtrigger's to be ignored; grants forbid the rest as well
(`equilibrate_site.grants`). The ways are those of `interventions.casework.case_rules`, which a test compares.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

GUARD_CASE = """
CREATE FUNCTION public.equilibrate_guard_case() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    beginnings CONSTANT text[] := ARRAY['new', 'assigned'];
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'a case is never deleted: resolve it' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NOT NEW.state = ANY (beginnings) OR NEW.version <> 1
            OR num_nonnulls(NEW.first_contact_at, NEW.sla_breached_at, NEW.calm_since) > 0
        THEN
            RAISE EXCEPTION 'a case begins as new or assigned, with version 1 and nothing done'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state = 'resolved' THEN
        IF to_jsonb(NEW) - 'updated_at' IS DISTINCT FROM to_jsonb(OLD) - 'updated_at' THEN
            RAISE EXCEPTION 'case %: it is resolved and stays as it is; a new one may be opened', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.customer_id, NEW.opened_at) IS DISTINCT FROM (OLD.id, OLD.customer_id, OLD.opened_at) THEN
        RAISE EXCEPTION 'case %: whose it is and when it was opened stays', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.revision < OLD.revision THEN
        RAISE EXCEPTION 'case %: it was decided by a later assessment (% after %)', OLD.id, OLD.revision, NEW.revision
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.first_contact_at IS NOT NULL AND NEW.first_contact_at IS DISTINCT FROM OLD.first_contact_at
        OR OLD.sla_breached_at IS NOT NULL AND NEW.sla_breached_at IS DISTINCT FROM OLD.sla_breached_at
    THEN
        RAISE EXCEPTION 'case %: the first contact and a breach are noted once', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('new', 'assigned'), ('new', 'in_progress'), ('new', 'escalated'), ('new', 'resolved'),
        ('assigned', 'in_progress'), ('assigned', 'waiting'), ('assigned', 'escalated'), ('assigned', 'resolved'),
        ('in_progress', 'assigned'), ('in_progress', 'waiting'), ('in_progress', 'escalated'),
        ('in_progress', 'resolved'),
        ('waiting', 'assigned'), ('waiting', 'in_progress'), ('waiting', 'escalated'), ('waiting', 'resolved'),
        ('escalated', 'assigned'), ('escalated', 'in_progress'), ('escalated', 'waiting'), ('escalated', 'resolved')
    ) THEN
        RAISE EXCEPTION 'case %: % does not become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- The version is of what people decide upon: a new rank alone refuses nobody's form.
    NEW.version := OLD.version + CASE WHEN (
        NEW.state, NEW.level, NEW.hardship, NEW.priority, NEW.policy_id, NEW.assigned_to_id, NEW.escalated_to_id,
        NEW.snoozed_until, NEW.due_on
    ) IS DISTINCT FROM (
        OLD.state, OLD.level, OLD.hardship, OLD.priority, OLD.policy_id, OLD.assigned_to_id, OLD.escalated_to_id,
        OLD.snoozed_until, OLD.due_on
    ) THEN 1 ELSE 0 END;
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_guard_case BEFORE INSERT OR UPDATE OR DELETE ON public.interventions_case
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_guard_case();
CREATE TRIGGER equilibrate_guard_cases BEFORE TRUNCATE ON public.interventions_case
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_guard_case();
"""
GUARD_CASE_NO_MORE = """
DROP TRIGGER equilibrate_guard_cases ON public.interventions_case;
DROP TRIGGER equilibrate_guard_case ON public.interventions_case;
DROP FUNCTION public.equilibrate_guard_case();
"""

# A line of the history is of the case it names, says what became of it, and bears the database's time.
GUARD_HISTORY = """
CREATE FUNCTION public.equilibrate_guard_case_history() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known record;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION '%: what happened to a case is only added to', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT customer_id, state INTO known FROM public.interventions_case WHERE id = NEW.case_id;
    IF known.customer_id IS DISTINCT FROM NEW.customer_id THEN
        RAISE EXCEPTION 'case % is not of customer %', NEW.case_id, NEW.customer_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_TABLE_NAME = 'interventions_casetransition' THEN
        IF known.state IS DISTINCT FROM NEW.to_state THEN
            RAISE EXCEPTION 'case % is %, not %', NEW.case_id, known.state, NEW.to_state
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        NEW.recorded_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
"""
HISTORY_NO_MORE = "DROP FUNCTION public.equilibrate_guard_case_history();"
APPEND_ONLY = """
CREATE TRIGGER equilibrate_guard_case_history BEFORE INSERT OR UPDATE OR DELETE ON public.{table}
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_guard_case_history();
CREATE TRIGGER equilibrate_guard_case_histories BEFORE TRUNCATE ON public.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_guard_case_history();
"""
APPEND_ONLY_NO_MORE = """
DROP TRIGGER equilibrate_guard_case_histories ON public.{table};
DROP TRIGGER equilibrate_guard_case_history ON public.{table};
"""
HISTORIES = ("interventions_casetransition", "interventions_override")


class Migration(migrations.Migration):
    dependencies = [("interventions", "0004_policy_governed")]

    operations = [
        migrations.CreateModel(
            name="DecisionFailure",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                (
                    "revision",
                    models.BigIntegerField(help_text="of the assessment that could not be decided upon"),
                ),
                ("failed_at", models.DateTimeField(help_text="wall clock")),
                ("error", models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name="case",
            name="sla_at_risk_at",
            field=models.DateTimeField(
                help_text="bank clock: from then on less than a quarter of the business hours is left",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="calm_since",
            field=models.DateTimeField(
                help_text="bank clock: since when the risk has been LOW; after a while the case closes",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["calm_since"],
                name="case_calm",
                condition=Q(calm_since__isnull=False) & ~Q(state="resolved"),
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=Q(state="waiting") | Q(snoozed_until__isnull=True), name="case_snoozed_only_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=~Q(state="waiting") | Q(assigned_to__isnull=False), name="case_waits_for_somebody"
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=Q(state="escalated") | Q(escalated_to__isnull=True),
                name="case_escalated_to_only_escalated",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=~Q(state="new") | Q(assigned_to__isnull=True), name="case_new_is_nobodys"
            ),
        ),
        migrations.RunSQL(GUARD_CASE, GUARD_CASE_NO_MORE),
        migrations.RunSQL(GUARD_HISTORY, HISTORY_NO_MORE),
        *(
            migrations.RunSQL(APPEND_ONLY.format(table=table), APPEND_ONLY_NO_MORE.format(table=table))
            for table in HISTORIES
        ),
    ]
