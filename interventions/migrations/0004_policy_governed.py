"""What two people answer for is frozen, and moves only along its way.

It binds everybody who writes, Django superusers and raw SQL alike. PostgreSQL hashes the content itself, in its own way
to write jsonb, so that one hash is one content (`interventions/policy/content.py` writes the same). A version that was
decided upon keeps its hash for ever: decisions refer to it.
"""

from django.db import migrations

# Each subject: its table, decisions, their column, what is hashed, and which columns name it.
POLICY = {
    "name": "policy",
    "table": "interventions_policytemplate",
    "decisions": "interventions_policydecision",
    "column": "template_id",
    "identity": "'hardship', 'level', 'version'",
    "content": """
        'action', subject.action, 'effect', subject.effect, 'fields', subject.fields, 'hardship', subject.hardship,
        'level', subject.level, 'messages', subject.messages, 'personal_line_max', subject.personal_line_max,
        'priority', subject.priority, 'relief_kinds', subject.relief_kinds, 'sla_hours', subject.sla_hours,
        'valid_from_us', (extract(epoch FROM subject.valid_from) * 1000000)::bigint,
        'valid_until_us', (extract(epoch FROM subject.valid_until) * 1000000)::bigint,
        'version', subject.version""",
}
PACK = {
    "name": "pack",
    "table": "interventions_contactpack",
    "decisions": "interventions_packdecision",
    "column": "pack_id",
    "identity": "'name', 'version'",
    "content": "'name', subject.name, 'rules', subject.rules, 'version', subject.version",
}
HOLDOUT = {
    "name": "holdout",
    "table": "interventions_holdoutdesign",
    "decisions": "interventions_holdoutdecision",
    "column": "design_id",
    "identity": "'version'",
    "content": """
        'ends_on', subject.ends_on, 'hardships', subject.hardships, 'levels', subject.levels,
        'purpose', subject.purpose, 'salt', subject.salt, 'share', subject.share::numeric,
        'version', subject.version""",
}
EDIT = {
    "name": "edit",
    "table": "interventions_intervention",
    "decisions": "interventions_editdecision",
    "column": "intervention_id",
}

# As numeric, a share has the same digits in every session.
HASH = """
CREATE FUNCTION public.equilibrate_hash_{name}(subject public.{table}) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT encode(sha256(convert_to(jsonb_build_object({content}
    )::text, 'UTF8')), 'hex')
$$;
"""
HASH_NO_MORE = "DROP FUNCTION public.equilibrate_hash_{name}(public.{table});"

GOVERN = """
CREATE FUNCTION public.equilibrate_govern_{name}() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_the_way CONSTANT text[] := ARRAY['state', 'state_reason', 'submitted_at', 'activated_at', 'retired_at'];
    identity CONSTANT text[] := ARRAY['id', 'created_at', {identity}];
    is_moved boolean;
    latest record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION '{name} %: a version is never deleted', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.content_hash <> ''
            OR num_nonnulls(NEW.submitted_at, NEW.activated_at, NEW.retired_at) > 0
        THEN
            RAISE EXCEPTION '{name} %: begins as a draft', NEW.id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        NEW.created_at := clock_timestamp();
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM unnest(identity) key WHERE to_jsonb(NEW) -> key IS DISTINCT FROM to_jsonb(OLD) -> key) THEN
        RAISE EXCEPTION '{name} %: which version it is cannot be changed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.author_id IS NOT NULL AND NEW.author_id IS DISTINCT FROM OLD.author_id THEN
        RAISE EXCEPTION '{name} %: who wrote it cannot be changed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state <> 'draft' AND to_jsonb(NEW) - of_the_way IS DISTINCT FROM to_jsonb(OLD) - of_the_way THEN
        RAISE EXCEPTION '{name} %: what it says cannot be changed any more', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    is_moved := NEW.state <> OLD.state;
    IF is_moved AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'submitted'), ('submitted', 'draft'), ('submitted', 'approved'), ('approved', 'active'),
        ('approved', 'retired'), ('active', 'retired'), ('draft', 'retired')
    ) THEN
        RAISE EXCEPTION '{name} %: % does not become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT is_moved AND NEW.state <> 'draft' AND NEW.state_reason <> OLD.state_reason THEN
        RAISE EXCEPTION '{name} %: the reason cannot be changed any more', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state = 'draft' AND NEW.content_hash IS DISTINCT FROM OLD.content_hash THEN
        RAISE EXCEPTION '{name} %: it gets its hash when it is submitted', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF is_moved AND NEW.state IN ('submitted', 'approved', 'active')
        AND NEW.content_hash IS DISTINCT FROM public.equilibrate_hash_{name}(NEW)
    THEN
        RAISE EXCEPTION '{name} %: the hash is not of what it says', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- The last decision counts: who refused after approving has refused.
    SELECT kind, content_hash INTO latest FROM public.{decisions}
    WHERE {column} = OLD.id ORDER BY id DESC LIMIT 1;
    IF is_moved AND NEW.state IN ('approved', 'active')
        AND (latest.kind IS DISTINCT FROM 'approved' OR latest.content_hash IS DISTINCT FROM NEW.content_hash)
    THEN
        RAISE EXCEPTION '{name} %: nobody has approved it', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF is_moved AND NEW.state = 'retired' AND NEW.state_reason = '' THEN
        RAISE EXCEPTION '{name} %: it ends for a reason', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.submitted_at := CASE WHEN is_moved AND NEW.state = 'submitted' THEN clock_timestamp() ELSE OLD.submitted_at END;
    NEW.activated_at := CASE WHEN is_moved AND NEW.state = 'active' THEN clock_timestamp() ELSE OLD.activated_at END;
    NEW.retired_at := CASE WHEN is_moved AND NEW.state = 'retired' THEN clock_timestamp() ELSE OLD.retired_at END;
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_govern_{name} BEFORE INSERT OR UPDATE OR DELETE ON public.{table}
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_govern_{name}();
CREATE TRIGGER equilibrate_govern_{name}_kept BEFORE TRUNCATE ON public.{table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_refuse_change();
"""
GOVERN_NO_MORE = """
DROP TRIGGER equilibrate_govern_{name}_kept ON public.{table};
DROP TRIGGER equilibrate_govern_{name} ON public.{table};
DROP FUNCTION public.equilibrate_govern_{name}();
"""

REFUSE = """
CREATE FUNCTION public.equilibrate_refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of %: what is written there stays', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""
REFUSE_NO_MORE = "DROP FUNCTION public.equilibrate_refuse_change();"

# The lock puts decisions about a subject in the order of their ids, also beside a step of it.
DECISIONS = """
CREATE FUNCTION public.equilibrate_order_{name}_decision() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    subject_state text;
BEGIN
    SELECT state INTO subject_state FROM public.{table} WHERE id = NEW.{column} FOR NO KEY UPDATE;
    IF NEW.content_hash !~ '^[0-9a-f]{{64}}$' {premature} THEN
        RAISE EXCEPTION '{name} %: it is not submitted', NEW.{column}
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.id := nextval(pg_get_serial_sequence('public.{decisions}', 'id'));
    NEW.decided_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_order_{name}_decision BEFORE INSERT ON public.{decisions}
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_order_{name}_decision();
CREATE TRIGGER equilibrate_keep_{name}_decision BEFORE UPDATE OR DELETE ON public.{decisions}
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_refuse_change();
CREATE TRIGGER equilibrate_keep_{name}_decisions BEFORE TRUNCATE ON public.{decisions}
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_refuse_change();
"""
DECISIONS_AS_THEY_COME = """
DROP TRIGGER equilibrate_keep_{name}_decisions ON public.{decisions};
DROP TRIGGER equilibrate_keep_{name}_decision ON public.{decisions};
DROP TRIGGER equilibrate_order_{name}_decision ON public.{decisions};
DROP FUNCTION public.equilibrate_order_{name}_decision();
"""
PREMATURE = "OR subject_state IN ('draft', 'retired')"

# The author in a decision is the subject's, and the hash is the subject's: the CHECK compares with the truth.
DECIDED_UPON = """
ALTER TABLE public.{decisions} ADD CONSTRAINT {name}_decision_is_of_this_version
    FOREIGN KEY ({column}, author_id, content_hash) REFERENCES public.{table} (id, author_id, {hash});
"""
NOT_DECIDED_UPON = "ALTER TABLE public.{decisions} DROP CONSTRAINT {name}_decision_is_of_this_version;"


def decisions(subject, *, premature, hash_column):
    names = subject | {"premature": premature, "hash": hash_column}
    return [
        migrations.RunSQL(DECIDED_UPON.format(**names), NOT_DECIDED_UPON.format(**names)),
        migrations.RunSQL(DECISIONS.format(**names), DECISIONS_AS_THEY_COME.format(**names)),
    ]


def governed(subject):
    return [
        migrations.RunSQL(HASH.format(**subject), HASH_NO_MORE.format(**subject)),
        migrations.RunSQL(GOVERN.format(**subject), GOVERN_NO_MORE.format(**subject)),
        *decisions(subject, premature=PREMATURE, hash_column="content_hash"),
    ]


class Migration(migrations.Migration):
    dependencies = [("interventions", "0003_help")]

    operations = [
        migrations.RunSQL(REFUSE, REFUSE_NO_MORE),
        *governed(POLICY),
        *governed(PACK),
        *governed(HOLDOUT),
        *decisions(EDIT, premature="", hash_column="body_sha256"),
    ]
