"""A customer who asks on their page to talk is told to whoever looks after them, in the same transaction."""

from django.db import migrations, models
from django.db.models import Q

TELL = """
CREATE FUNCTION public.equilibrate_tell_talk() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO interventions_notice (kind, customer_id, manager_id, covering_id, case_id, detail)
    SELECT 'asked_to_talk', person.id, person.assigned_rm_id, person.covering_rm_id, NEW.case_id,
        jsonb_build_object('answer', NEW.id)
    FROM customers_customer person WHERE person.id = NEW.customer_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_talk AFTER INSERT ON public.interventions_customeranswer FOR EACH ROW
    WHEN (NEW.kind = 'talk') EXECUTE FUNCTION public.equilibrate_tell_talk();
"""
# Without the kind its notices cannot stand. The table is altered next, which waits for no deferred check.
SILENT = """
DROP TRIGGER tell_talk ON public.interventions_customeranswer;
DROP FUNCTION public.equilibrate_tell_talk();
SET CONSTRAINTS ALL IMMEDIATE;
DELETE FROM public.interventions_noticeread told USING public.interventions_notice notice
    WHERE notice.id = told.notice_id AND notice.kind = 'asked_to_talk';
DELETE FROM public.interventions_notice WHERE kind = 'asked_to_talk';
"""
KINDS = [
    ("turned_high", "customer turned HIGH"),
    ("sla_at_risk", "first contact soon late"),
    ("sla_breached", "first contact late"),
    ("handed_over", "case handed over"),
    ("promise_broken", "promise broken"),
    ("delivery_failed", "message not delivered"),
    ("asked_to_talk", "customer asked to talk"),
    ("escalated", "case escalated"),
    ("breaches", "late first contacts of the bank"),
    ("system", "operational"),
    ("breaker", "sending stopped"),
    ("second_person", "message or reset waits for a second person"),
    ("approval", "approval waiting"),
    ("audit", "problem of the audit"),
    ("model", "model and monitoring"),
]


class Migration(migrations.Migration):
    dependencies = [("interventions", "0020_deliveries_dealt_with")]

    operations = [
        migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=16)),
        migrations.RemoveConstraint("notice", "notice_kind_is_known"),
        migrations.AddConstraint(
            "notice",
            models.CheckConstraint(
                condition=Q(kind__in=[each for each, _word in KINDS]), name="notice_kind_is_known"
            ),
        ),
        migrations.RunSQL(TELL, SILENT),
    ]
