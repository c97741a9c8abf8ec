"""The approval that counts is a version's last one, by its id; id and moment of a decision are the database's.

An earlier approval had satisfied the trigger as well: what an officer shortened could be lengthened again.
"""

from importlib import import_module

from django.db import migrations, models

EARLIER = import_module("risk.migrations.0009_model_governance").GOVERN.partition("CREATE TRIGGER")[0]
EARLIER_PATH = import_module("risk.migrations.0012_governance_looks_in_public").FIXED

# Versions retired before this: what had been approved by then. The trigger lets nobody write that, so it pauses.
RETIRED_BEFORE = """
ALTER TABLE public.risk_modelversion DISABLE TRIGGER equilibrate_govern_model;
UPDATE public.risk_modelversion model SET retired_after_decision = (
    SELECT coalesce(max(id), 0) FROM public.risk_modeldecision
    WHERE model_id = model.id AND kind = 'approved' AND decided_at <= model.retired_at
) WHERE retired_at IS NOT NULL;
ALTER TABLE public.risk_modelversion ENABLE TRIGGER equilibrate_govern_model;
"""

# The lock puts decisions about a version in the order of their ids, also beside a step of that version.
DECISIONS = """
CREATE FUNCTION public.equilibrate_order_decision() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM public.risk_modelversion WHERE id = NEW.model_id FOR NO KEY UPDATE;
    NEW.id := nextval(pg_get_serial_sequence('public.risk_modeldecision', 'id'));
    NEW.decided_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_order_decision BEFORE INSERT ON public.risk_modeldecision
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_order_decision();
"""
DECISIONS_AS_THEY_COME = """
DROP TRIGGER equilibrate_order_decision ON public.risk_modeldecision;
DROP FUNCTION public.equilibrate_order_decision();
"""

GOVERN = """
CREATE OR REPLACE FUNCTION public.equilibrate_govern_model() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changeable CONSTANT text[] := ARRAY[
        'state', 'state_reason', 'valid_until_on', 'activated_at', 'retired_at', 'shadow_since'
    ];
    is_moved boolean;
    approval record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'model %-%: a version is never deleted', OLD.name, OLD.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('candidate', 'rejected') OR num_nonnulls(
            NEW.valid_until_on, NEW.activated_at, NEW.retired_at, NEW.retired_after_decision, NEW.shadow_since
        ) > 0 THEN
            RAISE EXCEPTION 'model %-%: begins as a candidate or rejected', NEW.name, NEW.version
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - changeable IS DISTINCT FROM to_jsonb(OLD) - changeable THEN
        RAISE EXCEPTION 'model %-%: what it is cannot be changed', OLD.name, OLD.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    is_moved := NEW.state <> OLD.state;
    IF is_moved AND (OLD.state, NEW.state) NOT IN (
        ('candidate', 'validated'), ('candidate', 'rejected'), ('validated', 'approved'), ('validated', 'rejected'),
        ('approved', 'active'), ('approved', 'rejected'), ('active', 'retired'), ('retired', 'approved')
    ) THEN
        RAISE EXCEPTION 'model %-%: % does not become %', OLD.name, OLD.version, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF is_moved AND NEW.state = 'validated' AND NOT EXISTS (
        SELECT FROM public.risk_modeldecision
        WHERE model_id = OLD.id AND manifest_sha256 = OLD.manifest_sha256 AND kind = 'validated'
    ) THEN
        RAISE EXCEPTION 'model %-%: nobody has validated it', OLD.name, OLD.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT id, valid_until_on INTO approval FROM public.risk_modeldecision
    WHERE model_id = OLD.id AND manifest_sha256 = OLD.manifest_sha256 AND kind = 'approved'
    ORDER BY id DESC LIMIT 1;
    IF is_moved AND NEW.state = 'retired' THEN
        NEW.retired_after_decision := coalesce(approval.id, 0);
    END IF;
    -- The day until which it is valid is the last approval's; a retired version needs one from after its end.
    IF (is_moved AND NEW.state IN ('approved', 'active') OR NEW.valid_until_on IS DISTINCT FROM OLD.valid_until_on)
        AND (
            approval.valid_until_on IS DISTINCT FROM NEW.valid_until_on
            OR approval.id IS NULL OR approval.id <= coalesce(OLD.retired_after_decision, 0)
        )
    THEN
        RAISE EXCEPTION 'model %-%: nobody has approved it until %', OLD.name, OLD.version, NEW.valid_until_on
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("risk", "0012_governance_looks_in_public")]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="retired_after_decision",
            field=models.BigIntegerField(
                editable=False,
                help_text="the last approval before it was retired: only a later one counts",
                null=True,
            ),
        ),
        migrations.RunSQL(RETIRED_BEFORE, migrations.RunSQL.noop),
        migrations.RunSQL(DECISIONS, DECISIONS_AS_THEY_COME),
        migrations.RunSQL(GOVERN, EARLIER.replace("CREATE", "CREATE OR REPLACE", 1) + EARLIER_PATH),
    ]
