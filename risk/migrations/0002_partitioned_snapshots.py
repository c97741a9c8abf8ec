"""Feature snapshots by month, and storage settings for the tables that churn."""

from django.db import migrations

TABLE = """
CREATE TABLE risk_featuresnapshot (
    customer_id bigint NOT NULL,
    taken_at timestamptz NOT NULL,
    revision bigint NOT NULL,
    as_of_on date NOT NULL,
    features jsonb NOT NULL,
    PRIMARY KEY (customer_id, taken_at, revision)
) PARTITION BY RANGE (taken_at);
"""

# Every refresh updates a row in place when it fits its page, and deletes its mark: keep room, and vacuum early.
STORAGE = """
ALTER TABLE risk_currentrisk SET (fillfactor = 70);
ALTER TABLE risk_dirtycustomer SET (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);
"""
RESET = """
ALTER TABLE risk_currentrisk RESET (fillfactor);
ALTER TABLE risk_dirtycustomer RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
"""


class Migration(migrations.Migration):
    dependencies = [("risk", "0001_initial"), ("customers", "0002_partitioned_transactions")]

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE risk_featuresnapshot;"),
        migrations.RunSQL(STORAGE, RESET),
    ]
