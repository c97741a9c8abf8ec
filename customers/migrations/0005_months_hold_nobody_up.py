"""A new month is made beside its table and then attached, so that it neither waits for readers nor blocks writers."""

from importlib import import_module

from django.db import migrations

EARLIER = import_module("customers.migrations.0002_partitioned_transactions").FUNCTION

# CREATE TABLE … PARTITION OF locks the parent against everybody, behind whatever transaction has read it. ATTACH
# takes SHARE UPDATE EXCLUSIVE, which lets readers and writers pass; the new table is empty, so it scans nothing.
# One advisory lock per parent, not per month: two callers that make several months cannot wait for each other.
FUNCTION = """
CREATE OR REPLACE FUNCTION equilibrate_ensure_month(parent text, month date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_on date := date_trunc('month', month)::date;
    child text := format('%s_%s', parent, to_char(first_on, 'YYYYMM'));
BEGIN
    IF parent NOT IN ('customers_transaction', 'risk_featuresnapshot') THEN
        RAISE EXCEPTION 'no monthly table %', parent;
    END IF;
    IF to_regclass(child) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext(parent));
        -- A look with a new snapshot: to_regclass may answer from before the wait.
        IF NOT EXISTS (SELECT FROM pg_class WHERE relname = child AND relnamespace = 'public'::regnamespace) THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', child, parent);
            EXECUTE format(
                'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                parent, child,
                first_on::timestamp AT TIME ZONE 'UTC', (first_on + interval '1 month') AT TIME ZONE 'UTC'
            );
        END IF;
    END IF;
    RETURN child;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_queue_search_and_filters")]

    operations = [
        migrations.RunSQL(FUNCTION, EARLIER.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    ]
