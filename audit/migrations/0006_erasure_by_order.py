"""A personal part goes only by an order, and nobody dates or numbers a verification.

Whoever has the application's role cannot take words out of the audit unnamed.

The order is the event that `audit.services.erase_personal` writes: about this customer, by somebody, in the same
transaction. A verification's number and moment are the database's: one with a high number, or of next year, would
have kept the watch from ever looking again. Faults that were found are looked up by indexes of their own.
"""

from django.db import migrations, models

TABLE = "public.audit_auditpersonal"
ORDERED = f"""
CREATE FUNCTION public.equilibrate_audit_ordered() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.audit_auditevent event
        JOIN public.audit_auditevent ordered ON ordered.action = 'audit.erasure.ordered'
            AND ordered.recorded_at >= transaction_timestamp() AND ordered.actor_id IS NOT NULL
            AND ordered.subject_type = 'customer' AND ordered.subject_id = event.customer_key
        WHERE event.id = OLD.event_id AND event.customer_key <> ''
    ) THEN
        RAISE EXCEPTION 'audit event %: nobody ordered that its personal part be erased', OLD.event_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER equilibrate_audit_ordered BEFORE DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_audit_ordered();
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER equilibrate_audit_ordered;
"""
NOT_ORDERED = f"""
DROP TRIGGER equilibrate_audit_ordered ON {TABLE};
DROP FUNCTION public.equilibrate_audit_ordered();
"""
DATED = """
CREATE FUNCTION public.equilibrate_audit_date_verification() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.id := nextval(pg_get_serial_sequence('public.audit_auditverification', 'id'));
    NEW.at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER equilibrate_audit_date BEFORE INSERT ON public.audit_auditverification
    FOR EACH ROW EXECUTE FUNCTION public.equilibrate_audit_date_verification();
ALTER TABLE public.audit_auditverification ENABLE ALWAYS TRIGGER equilibrate_audit_date;
"""
NOT_DATED = """
DROP TRIGGER equilibrate_audit_date ON public.audit_auditverification;
DROP FUNCTION public.equilibrate_audit_date_verification();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_verifications")]

    operations = [
        migrations.RunSQL(ORDERED, NOT_ORDERED),
        migrations.RunSQL(DATED, NOT_DATED),
        migrations.AddIndex(
            model_name="auditverification",
            index=models.Index(
                fields=["kind"],
                name="verification_complete",
                condition=models.Q(("is_complete", True)),
            ),
        ),
        migrations.AddIndex(
            model_name="auditverification",
            index=models.Index(
                fields=["-id"], name="verification_fault", condition=models.Q(("problems__gt", 0))
            ),
        ),
    ]
