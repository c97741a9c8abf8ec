"""A notice that a first contact soon is late gives way to the one that says it is, in the same transaction."""

from django.db import migrations, models

TELL_CASES = """
CREATE OR REPLACE FUNCTION public.equilibrate_tell_cases() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO interventions_notice (kind, customer_id, manager_id, covering_id, for_user_id, case_id, detail)
    SELECT
        CASE added.verb WHEN 'assigned' THEN 'handed_over' ELSE added.verb END,
        added.customer_id, person.assigned_rm_id, person.covering_rm_id,
        CASE added.verb
            WHEN 'assigned' THEN (added.detail ->> 'assigned_to')::integer
            WHEN 'escalated' THEN (added.detail ->> 'escalated_to')::integer
        END,
        added.case_id,
        jsonb_strip_nulls(jsonb_build_object('by', added.by_id))
    FROM added JOIN customers_customer person ON person.id = added.customer_id
    WHERE added.verb IN ('sla_breached', 'promise_broken', 'escalated')
        -- What the system gives away as a case opens is in the list already; what a colleague hands over is news.
        OR added.verb = 'assigned' AND added.by_id IS NOT NULL
            AND (added.detail ->> 'assigned_to')::integer <> added.by_id
    ORDER BY added.id;
    %s
    RETURN NULL;
END $$;
"""
GIVE_WAY = """
    UPDATE interventions_notice told SET is_superseded = true
    FROM added
    WHERE added.verb = 'sla_breached' AND told.case_id = added.case_id AND told.kind = 'sla_at_risk';
"""
# What was told before this migration.
OF_BEFORE = """
UPDATE interventions_notice told SET is_superseded = true
FROM interventions_notice later
WHERE told.kind = 'sla_at_risk' AND later.kind = 'sla_breached' AND later.case_id = told.case_id
"""


class Migration(migrations.Migration):
    # The table is locked for its new column alone, not while the rows of before are found.
    atomic = False

    dependencies = [("interventions", "0022_asked_lately")]

    operations = [
        migrations.AddField(
            "notice",
            "is_superseded",
            models.BooleanField(
                default=False, db_default=False, help_text="a later notice of the same case says more"
            ),
        ),
        migrations.RunSQL(TELL_CASES % GIVE_WAY, TELL_CASES % ""),
        migrations.RunSQL(OF_BEFORE, migrations.RunSQL.noop),
    ]
