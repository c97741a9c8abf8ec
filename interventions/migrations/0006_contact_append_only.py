"""Consent, conversations and what the gate said stay as they are; a hold is lifted once; the breaker is reset by two.

It binds everybody who writes, Django superusers and raw SQL alike. Numbers and moments of recording are the database's,
so that nothing can be put before what came first.
"""

from django.db import migrations, models

KEEP = """
CREATE FUNCTION public.equilibrate_record_contact() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.id := nextval(pg_get_serial_sequence('public.' || quote_ident(TG_TABLE_NAME), 'id'));
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END
$$;
"""
KEEP_NO_MORE = "DROP FUNCTION public.equilibrate_record_contact();"
APPEND_ONLY = ("interventions_consentevent", "interventions_conversation", "interventions_gatedecision")
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

HOLD = """
CREATE FUNCTION public.equilibrate_guard_hold() RETURNS trigger LANGUAGE plpgsql
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
CREATE TRIGGER equilibrate_guard_hold BEFORE INSERT OR UPDATE OR DELETE ON public.interventions_contacthold
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_guard_hold();
CREATE TRIGGER equilibrate_guard_holds BEFORE TRUNCATE ON public.interventions_contacthold
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_refuse_change();
"""
HOLD_NO_MORE = """
DROP TRIGGER equilibrate_guard_holds ON public.interventions_contacthold;
DROP TRIGGER equilibrate_guard_hold ON public.interventions_contacthold;
DROP FUNCTION public.equilibrate_guard_hold();
"""

# An open breaker closes only where two people said so; nobody moves the beginning of its count otherwise.
BREAKER = """
CREATE FUNCTION public.equilibrate_guard_breaker() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'breaker: it is never deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF num_nonnulls(NEW.opened_at, NEW.counted_from) > 0 THEN
            RAISE EXCEPTION 'breaker: it begins closed' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.opened_at IS NOT NULL AND NEW.opened_at IS NULL THEN
        IF NOT EXISTS (
            SELECT FROM public.interventions_breakerreset
            WHERE opened_at = OLD.opened_at AND confirmed_by_id IS NOT NULL AND confirmed_by_id <> asked_by_id
        ) THEN
            RAISE EXCEPTION 'breaker: two people reset it' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.counted_from > clock_timestamp() + interval '1 minute' THEN
            RAISE EXCEPTION 'breaker: it counts from now on' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.counted_from IS DISTINCT FROM OLD.counted_from THEN
        RAISE EXCEPTION 'breaker: only a reset begins its count anew' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.opened_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'breaker: an open one stays as it is until it is reset'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_guard_breaker BEFORE INSERT OR UPDATE OR DELETE ON public.interventions_breaker
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_guard_breaker();
CREATE TRIGGER equilibrate_guard_breakers BEFORE TRUNCATE ON public.interventions_breaker
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_refuse_change();
"""
BREAKER_NO_MORE = """
DROP TRIGGER equilibrate_guard_breakers ON public.interventions_breaker;
DROP TRIGGER equilibrate_guard_breaker ON public.interventions_breaker;
DROP FUNCTION public.equilibrate_guard_breaker();
"""

RESET = """
CREATE FUNCTION public.equilibrate_guard_reset() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_confirming CONSTANT text[] := ARRAY['confirmed_by_id', 'confirmed_at'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'reset %: it is never deleted', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF num_nonnulls(NEW.confirmed_by_id, NEW.confirmed_at) > 0 OR NEW.reason = '' THEN
            RAISE EXCEPTION 'reset: one person asks, for a reason' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NOT EXISTS (SELECT FROM public.interventions_breaker WHERE opened_at = NEW.opened_at) THEN
            RAISE EXCEPTION 'reset: it ends the present opening' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        NEW.asked_at := clock_timestamp();
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - of_confirming IS DISTINCT FROM to_jsonb(OLD) - of_confirming
        OR OLD.confirmed_by_id IS NOT NULL
    THEN
        RAISE EXCEPTION 'reset %: what was said stays', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_guard_reset BEFORE INSERT OR UPDATE OR DELETE ON public.interventions_breakerreset
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_guard_reset();
CREATE TRIGGER equilibrate_guard_resets BEFORE TRUNCATE ON public.interventions_breakerreset
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_refuse_change();
"""
RESET_NO_MORE = """
DROP TRIGGER equilibrate_guard_resets ON public.interventions_breakerreset;
DROP TRIGGER equilibrate_guard_reset ON public.interventions_breakerreset;
DROP FUNCTION public.equilibrate_guard_reset();
"""


class Migration(migrations.Migration):
    dependencies = [("interventions", "0005_cases_guarded")]

    operations = [
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("source", "staff"), _negated=True),
                    ("recorded_by__isnull", False),
                    _connector="OR",
                ),
                name="consent_told_to_somebody",
            ),
        ),
        migrations.RunSQL(KEEP, KEEP_NO_MORE),
        *(
            migrations.RunSQL(APPEND.format(table=table), APPEND_NO_MORE.format(table=table))
            for table in APPEND_ONLY
        ),
        migrations.RunSQL(HOLD, HOLD_NO_MORE),
        migrations.RunSQL(BREAKER, BREAKER_NO_MORE),
        migrations.RunSQL(RESET, RESET_NO_MORE),
    ]
