"""What the database itself refuses, and how it seals.

Triggers of our own: any session can tell pgtrigger's to be ignored. They fire ALWAYS, so that a session that replays
another's changes is bound, too. Sealing is a function of the owner's: the application's role may call it and has no
other way to a seal or to the queue, so it can neither forge a seal nor take an event out of the queue.

The encoding is the one of `audit/sealed_rows.py`, written here a second time on purpose.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION public.equilibrate_audit_refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'Cannot update or delete rows of %: the audit is append-only', TG_TABLE_NAME;
END
$$;
"""
NO_REFUSAL = "DROP FUNCTION public.equilibrate_audit_refuse();"

GUARDED = ("audit_auditevent", "audit_auditcheckpoint", "audit_checkpointmail")
SEALED = ("audit_auditseal",)


def _guard(table: str, name: str) -> str:
    return f"""
    CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON public.{table}
        FOR EACH ROW EXECUTE FUNCTION public.equilibrate_audit_refuse();
    CREATE TRIGGER {name}_whole BEFORE TRUNCATE ON public.{table}
        FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_audit_refuse();
    ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER {name};
    ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER {name}_whole;
    """


def _no_guard(table: str, name: str) -> str:
    return f"DROP TRIGGER {name}_whole ON public.{table}; DROP TRIGGER {name} ON public.{table};"


# The moment is the database's, taken when the row is written: nobody dates an event back.
ARRIVE = """
CREATE FUNCTION public.equilibrate_audit_date() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_audit_date BEFORE INSERT ON public.audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_audit_date();
ALTER TABLE public.audit_auditevent ENABLE ALWAYS TRIGGER equilibrate_audit_date;

CREATE FUNCTION public.equilibrate_audit_enqueue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.audit_unsealedevent (event_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER equilibrate_audit_enqueue AFTER INSERT ON public.audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_audit_enqueue();
ALTER TABLE public.audit_auditevent ENABLE ALWAYS TRIGGER equilibrate_audit_enqueue;
INSERT INTO public.audit_unsealedevent (event_id) SELECT id FROM public.audit_auditevent ON CONFLICT DO NOTHING;
"""
ARRIVE_NO_MORE = """
DROP TRIGGER equilibrate_audit_enqueue ON public.audit_auditevent;
DROP FUNCTION public.equilibrate_audit_enqueue();
DROP TRIGGER equilibrate_audit_date ON public.audit_auditevent;
DROP FUNCTION public.equilibrate_audit_date();
"""

PERSONAL = """
CREATE FUNCTION public.equilibrate_audit_commit() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.audit_auditevent WHERE id = NEW.event_id AND octet_length(NEW.salt) = 32
            AND commitment = encode(
                sha256('equilibrate.audit.personal.1,'::bytea || NEW.salt || convert_to(NEW.content, 'UTF8')), 'hex')
    ) THEN
        RAISE EXCEPTION 'audit event %: this is not the personal part it is committed to', NEW.event_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_audit_commit BEFORE INSERT ON public.audit_auditpersonal
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_audit_commit();
ALTER TABLE public.audit_auditpersonal ENABLE ALWAYS TRIGGER equilibrate_audit_commit;

CREATE FUNCTION public.equilibrate_audit_note_erasure() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.audit_auditevent (action, subject_type, subject_id, customer_key, detail)
    SELECT 'audit.personal.erased', 'audit_event', OLD.event_id::text, customer_key, '{}'
    FROM public.audit_auditevent WHERE id = OLD.event_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER equilibrate_audit_note_erasure AFTER DELETE ON public.audit_auditpersonal
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_audit_note_erasure();
ALTER TABLE public.audit_auditpersonal ENABLE ALWAYS TRIGGER equilibrate_audit_note_erasure;

CREATE TRIGGER equilibrate_audit_keep BEFORE UPDATE ON public.audit_auditpersonal
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_audit_refuse();
CREATE TRIGGER equilibrate_audit_keep_whole BEFORE TRUNCATE ON public.audit_auditpersonal
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_audit_refuse();
ALTER TABLE public.audit_auditpersonal ENABLE ALWAYS TRIGGER equilibrate_audit_keep;
ALTER TABLE public.audit_auditpersonal ENABLE ALWAYS TRIGGER equilibrate_audit_keep_whole;
"""
PERSONAL_NO_MORE = """
DROP TRIGGER equilibrate_audit_keep_whole ON public.audit_auditpersonal;
DROP TRIGGER equilibrate_audit_keep ON public.audit_auditpersonal;
DROP TRIGGER equilibrate_audit_note_erasure ON public.audit_auditpersonal;
DROP FUNCTION public.equilibrate_audit_note_erasure();
DROP TRIGGER equilibrate_audit_commit ON public.audit_auditpersonal;
DROP FUNCTION public.equilibrate_audit_commit();
"""

HASH = """
CREATE FUNCTION public.equilibrate_audit_moment(moment timestamptz) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT to_jsonb(moment AT TIME ZONE 'UTC') #>> '{}'
$$;
CREATE FUNCTION public.equilibrate_audit_row_hash(event public.audit_auditevent) RETURNS bytea LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT sha256(convert_to('equilibrate.audit.event.1,'
        || string_agg(coalesce(octet_length(value) || ':' || value, '-'), ',' ORDER BY place), 'UTF8'))
    FROM unnest(ARRAY[
        event.id::text, public.equilibrate_audit_moment(event.recorded_at), event.action, event.actor_id::text,
        event.actor_label, event.subject_type, event.subject_id, event.subject_label, event.customer_key,
        event.reason, event.request_id, event.detail::text, event.commitment
    ]) WITH ORDINALITY AS fields (value, place)
$$;
"""
HASH_NO_MORE = """
DROP FUNCTION public.equilibrate_audit_row_hash(public.audit_auditevent);
DROP FUNCTION public.equilibrate_audit_moment(timestamptz);
"""

# An event whose row has gone stays in the queue, where verification finds it.
SEAL = """
CREATE FUNCTION public.equilibrate_audit_seal(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    place bigint;
    chain bytea;
    hash bytea;
    moment timestamptz;
    event public.audit_auditevent;
    sealed integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('audit.seal')) THEN
        RETURN NULL;
    END IF;
    SELECT sequence, chain_hash INTO place, chain FROM public.audit_auditseal ORDER BY sequence DESC LIMIT 1;
    place := coalesce(place, 0);
    chain := coalesce(chain, decode(repeat('00', 32), 'hex'));
    moment := clock_timestamp();
    FOR event IN
        WITH taken AS (
            DELETE FROM public.audit_unsealedevent WHERE event_id IN (
                SELECT waiting.event_id FROM public.audit_unsealedevent waiting
                JOIN public.audit_auditevent known ON known.id = waiting.event_id
                ORDER BY waiting.event_id LIMIT most
            ) RETURNING event_id
        )
        SELECT found.* FROM taken JOIN public.audit_auditevent found ON found.id = taken.event_id ORDER BY found.id
    LOOP
        place := place + 1;
        sealed := sealed + 1;
        hash := public.equilibrate_audit_row_hash(event);
        chain := sha256(convert_to(format('equilibrate.audit.seal.1,1,%s,%s,%s,', place, event.id,
            public.equilibrate_audit_moment(moment)), 'UTF8') || chain || hash);
        INSERT INTO public.audit_auditseal (sequence, event_id, scheme, row_hash, chain_hash, sealed_at)
        VALUES (place, event.id, 1, hash, chain, moment);
    END LOOP;
    RETURN sealed;
END
$$;
REVOKE ALL ON FUNCTION public.equilibrate_audit_seal(integer) FROM PUBLIC;

CREATE FUNCTION public.equilibrate_audit_requeue() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    queued integer;
BEGIN
    INSERT INTO public.audit_unsealedevent (event_id)
    SELECT event.id FROM public.audit_auditevent event
    WHERE NOT EXISTS (SELECT FROM public.audit_auditseal seal WHERE seal.event_id = event.id)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS queued = ROW_COUNT;
    RETURN queued;
END
$$;
REVOKE ALL ON FUNCTION public.equilibrate_audit_requeue() FROM PUBLIC;
"""
SEAL_NO_MORE = """
DROP FUNCTION public.equilibrate_audit_requeue();
DROP FUNCTION public.equilibrate_audit_seal(integer);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_seals_and_words")]

    operations = [
        migrations.RunSQL(REFUSE, NO_REFUSAL),
        *(
            migrations.RunSQL(_guard(table, name), _no_guard(table, name))
            for tables, name in (
                (GUARDED, "equilibrate_append_only"),
                (SEALED, "equilibrate_sealed"),
            )
            for table in tables
        ),
        migrations.RunSQL(HASH, HASH_NO_MORE),
        migrations.RunSQL(ARRIVE, ARRIVE_NO_MORE),
        migrations.RunSQL(PERSONAL, PERSONAL_NO_MORE),
        migrations.RunSQL(SEAL, SEAL_NO_MORE),
    ]
