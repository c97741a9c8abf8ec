"""What binds everybody who writes to the registry, Django superusers and raw SQL alike.

A trigger of our own: any session can tell pgtrigger's to be ignored. Where rows are only added, grants forbid the rest
as well (`equilibrate_site.grants`); a version's row is updated.
"""

from django.db import migrations

# The author in a decision is the version's, and the manifest is the version's: the CHECK compares with the truth.
DECIDED_UPON = """
ALTER TABLE risk_modeldecision ADD CONSTRAINT decision_is_of_this_version
    FOREIGN KEY (model_id, author_id, manifest_sha256)
    REFERENCES risk_modelversion (id, author_id, manifest_sha256);
"""
NOT_DECIDED_UPON = "ALTER TABLE risk_modeldecision DROP CONSTRAINT decision_is_of_this_version;"

GOVERN = """
CREATE FUNCTION equilibrate_govern_model() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changeable CONSTANT text[] := ARRAY[
        'state', 'state_reason', 'valid_until_on', 'activated_at', 'retired_at', 'shadow_since'
    ];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'model %-%: a version is never deleted', OLD.name, OLD.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('candidate', 'rejected')
            OR num_nonnulls(NEW.valid_until_on, NEW.activated_at, NEW.retired_at, NEW.shadow_since) > 0
        THEN
            RAISE EXCEPTION 'model %-%: begins as a candidate or rejected', NEW.name, NEW.version
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - changeable IS DISTINCT FROM to_jsonb(OLD) - changeable THEN
        RAISE EXCEPTION 'model %-%: what it is cannot be changed', OLD.name, OLD.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('candidate', 'validated'), ('candidate', 'rejected'), ('validated', 'approved'), ('validated', 'rejected'),
        ('approved', 'active'), ('approved', 'rejected'), ('active', 'retired'), ('retired', 'approved')
    ) THEN
        RAISE EXCEPTION 'model %-%: % does not become %', OLD.name, OLD.version, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND NEW.state = 'validated' AND NOT EXISTS (
        SELECT FROM risk_modeldecision
        WHERE model_id = OLD.id AND manifest_sha256 = OLD.manifest_sha256 AND kind = 'validated'
    ) THEN
        RAISE EXCEPTION 'model %-%: nobody has validated it', OLD.name, OLD.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- The day until which it is valid is an approval's, and a retired version needs an approval from after its end.
    IF (NEW.state <> OLD.state AND NEW.state = 'approved' OR NEW.valid_until_on IS DISTINCT FROM OLD.valid_until_on)
        AND NOT EXISTS (
            SELECT FROM risk_modeldecision
            WHERE model_id = OLD.id AND manifest_sha256 = OLD.manifest_sha256 AND kind = 'approved'
                AND valid_until_on = NEW.valid_until_on
                AND (OLD.retired_at IS NULL OR decided_at > OLD.retired_at)
        )
    THEN
        RAISE EXCEPTION 'model %-%: nobody has approved it until %', OLD.name, OLD.version, NEW.valid_until_on
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_govern_model BEFORE INSERT OR UPDATE OR DELETE ON risk_modelversion
    FOR EACH ROW EXECUTE FUNCTION equilibrate_govern_model();
"""
GOVERN_NO_MORE = """
DROP TRIGGER equilibrate_govern_model ON risk_modelversion;
DROP FUNCTION equilibrate_govern_model();
"""


class Migration(migrations.Migration):
    dependencies = [("risk", "0008_model_registry")]

    operations = [
        migrations.RunSQL(DECIDED_UPON, NOT_DECIDED_UPON),
        migrations.RunSQL(GOVERN, GOVERN_NO_MORE),
    ]
