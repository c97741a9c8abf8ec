"""A delivery moves only along its way, and only the gate sets it going; what providers told stays as they told it.

Triggers of our own, since any session can tell pgtrigger's to be ignored; grants forbid the rest as well
(`equilibrate_site.grants`).
"""

from django.db import migrations, models
from django.db.models import Q

GUARD_DELIVERY = """
CREATE FUNCTION public.equilibrate_guard_delivery() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    moving CONSTANT text[] := ARRAY[
        'state', 'not_before_at', 'attempts', 'claimed_by', 'claimed_at', 'retry_at', 'provider', 'provider_id',
        'contacted_at', 'handed_over_at', 'settled_at', 'error', 'denied_rule', 'next_lawful_at'
    ];
    ended CONSTANT text[] := ARRAY['delivered', 'failed', 'denied', 'cancelled'];
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'a delivery is never deleted: cancel it while it waits'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'pending' OR NEW.attempts <> 0 OR NEW.claimed_by <> '' OR NEW.provider_id <> ''
            OR num_nonnulls(NEW.contacted_at, NEW.handed_over_at, NEW.settled_at) > 0
        THEN
            RAISE EXCEPTION 'a delivery begins as pending, with nothing done'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.channel = 'call' THEN
            RAISE EXCEPTION 'a call is made by a person: it is no delivery'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.body_sha256 <> encode(sha256(convert_to(
            CASE NEW.subject WHEN '' THEN NEW.body ELSE NEW.subject || chr(10) || NEW.body END, 'UTF8')), 'hex')
        THEN
            RAISE EXCEPTION 'a delivery''s hash is not that of its words'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'delivery %: what it says, to whom and under which key stays', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state = ANY (ended) AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) THEN
        RAISE EXCEPTION 'delivery %: it is % and stays as it is', OLD.id, OLD.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('pending', 'sending'), ('pending', 'failed'), ('pending', 'denied'), ('pending', 'cancelled'),
        ('sending', 'pending'), ('sending', 'sent'), ('sending', 'delivered'), ('sending', 'failed'),
        ('sending', 'unknown'),
        ('unknown', 'sent'), ('unknown', 'delivered'), ('unknown', 'failed'),
        ('sent', 'delivered'), ('sent', 'failed')
    )
        -- The provider had said "later" and took it all the same.
        AND NOT (OLD.state = 'pending' AND NEW.state IN ('sent', 'delivered') AND OLD.attempts > 0
            AND NEW.provider_id <> '')
    THEN
        RAISE EXCEPTION 'delivery %: % does not become %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.attempts <> OLD.attempts + (OLD.state = 'pending' AND NEW.state = 'sending')::int
        OR OLD.provider_id <> '' AND (NEW.provider, NEW.provider_id) <> (OLD.provider, OLD.provider_id)
        OR NEW.not_before_at <> OLD.not_before_at AND NEW.state <> 'pending'
    THEN
        RAISE EXCEPTION 'delivery %: attempts, provider and time are not rewritten', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- What is certain not to have gone out is no contact; everything else that was handed over stays one.
    IF NEW.state IN ('pending', 'denied', 'cancelled') AND num_nonnulls(NEW.contacted_at, NEW.handed_over_at) > 0
        OR OLD.state IN ('sending', 'sent', 'unknown') AND NEW.state <> 'pending'
            AND (NEW.contacted_at, NEW.handed_over_at) IS DISTINCT FROM (OLD.contacted_at, OLD.handed_over_at)
            AND NOT (OLD.state = 'sending' AND NEW.state = 'failed'
                AND num_nonnulls(NEW.contacted_at, NEW.handed_over_at) = 0)
    THEN
        RAISE EXCEPTION 'delivery %: when the customer was contacted is not rewritten', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state = 'pending' AND NEW.state = 'sending' AND (NEW.claimed_by = '' OR NEW.claimed_at IS NULL
        OR NOT EXISTS (
            SELECT FROM public.interventions_gatedecision
            WHERE delivery_id = OLD.id AND customer_id = OLD.customer_id AND channel = OLD.channel
                AND body_sha256 = OLD.body_sha256 AND moment = 'send' AND is_allowed
                AND recorded_at >= transaction_timestamp()
        ))
    THEN
        RAISE EXCEPTION 'delivery %: the send gate did not allow it in this transaction', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_guard_delivery BEFORE INSERT OR UPDATE OR DELETE ON public.interventions_delivery
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_guard_delivery();
CREATE TRIGGER equilibrate_guard_deliveries BEFORE TRUNCATE ON public.interventions_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_guard_delivery();
"""
GUARD_DELIVERY_NO_MORE = """
DROP TRIGGER equilibrate_guard_deliveries ON public.interventions_delivery;
DROP TRIGGER equilibrate_guard_delivery ON public.interventions_delivery;
DROP FUNCTION public.equilibrate_guard_delivery();
"""

KEEP_EVENTS = """
CREATE FUNCTION public.equilibrate_keep_provider_event() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'what a provider told us is neither changed nor deleted'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER equilibrate_keep_provider_event BEFORE UPDATE OR DELETE ON public.interventions_providerevent
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_keep_provider_event();
CREATE TRIGGER equilibrate_keep_provider_events BEFORE TRUNCATE ON public.interventions_providerevent
    FOR EACH STATEMENT EXECUTE FUNCTION public.equilibrate_keep_provider_event();
"""
KEEP_EVENTS_NO_MORE = """
DROP TRIGGER equilibrate_keep_provider_events ON public.interventions_providerevent;
DROP TRIGGER equilibrate_keep_provider_event ON public.interventions_providerevent;
DROP FUNCTION public.equilibrate_keep_provider_event();
"""


class Migration(migrations.Migration):
    dependencies = [("interventions", "0006_contact_append_only")]

    operations = [
        migrations.AddField(
            "delivery",
            "retry_at",
            models.DateTimeField(help_text="wall clock: not tried or looked up again before", null=True),
        ),
        migrations.AddIndex("delivery", models.Index(fields=["address"], name="delivery_by_address")),
        migrations.AddIndex(
            "delivery",
            models.Index(fields=["retry_at"], name="delivery_unknown", condition=Q(state="unknown")),
        ),
        migrations.RunSQL(GUARD_DELIVERY, GUARD_DELIVERY_NO_MORE),
        migrations.RunSQL(KEEP_EVENTS, KEEP_EVENTS_NO_MORE),
    ]
