"""Nobody but the owner's own trigger fills the queue, and what is sealed already holds nobody up.

Whoever may execute a trigger's function can hang it on a table of their own, even a temporary one, and so write into
the queue with the owner's rights: numbers of events that are sealed already, on which sealing broke for good. Queueing
again beside a sealer could do the same by accident, so it waits for the sealer now.
"""

from django.db import migrations

REVOKE = "REVOKE ALL ON FUNCTION public.equilibrate_audit_enqueue() FROM PUBLIC;"
GRANT = "GRANT EXECUTE ON FUNCTION public.equilibrate_audit_enqueue() TO PUBLIC;"

_SEAL = """
CREATE OR REPLACE FUNCTION public.equilibrate_audit_seal(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
        SELECT found.* FROM taken JOIN public.audit_auditevent found ON found.id = taken.event_id
        %s
        ORDER BY found.id
    LOOP
        place := place + 1;
        sealed := sealed + 1;
        hash := public.equilibrate_audit_row_hash(event);
        chain := sha256(convert_to(format('equilibrate.audit.seal.1,1,%%s,%%s,%%s,', place, event.id,
            public.equilibrate_audit_moment(moment)), 'UTF8') || chain || hash);
        INSERT INTO public.audit_auditseal (sequence, event_id, scheme, row_hash, chain_hash, sealed_at)
        VALUES (place, event.id, 1, hash, chain, moment);
    END LOOP;
    RETURN sealed;
END
$$;
"""
SEAL_ONCE = (
    _SEAL % "WHERE NOT EXISTS (SELECT FROM public.audit_auditseal seal WHERE seal.event_id = found.id)"
)
SEAL_AS_BEFORE = _SEAL % ""

_REQUEUE = """
CREATE OR REPLACE FUNCTION public.equilibrate_audit_requeue() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    queued integer;
BEGIN
    %s
    INSERT INTO public.audit_unsealedevent (event_id)
    SELECT event.id FROM public.audit_auditevent event
    WHERE NOT EXISTS (SELECT FROM public.audit_auditseal seal WHERE seal.event_id = event.id)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS queued = ROW_COUNT;
    RETURN queued;
END
$$;
"""
REQUEUE_AFTER_THE_SEALER = _REQUEUE % "PERFORM pg_advisory_xact_lock(hashtext('audit.seal'));"
REQUEUE_AS_BEFORE = _REQUEUE % ""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_guards_and_seals")]

    operations = [
        migrations.RunSQL(REVOKE, GRANT),
        migrations.RunSQL(SEAL_ONCE, SEAL_AS_BEFORE),
        migrations.RunSQL(REQUEUE_AFTER_THE_SEALER, REQUEUE_AS_BEFORE),
    ]
