"""Each page of current risks keeps room for a new version of all its rows.

After midnight everybody's risk is written again, whole pages of neighbours in one transaction. Where a page has room,
the new versions stay beside the old ones and no index is touched (PostgreSQL: heap-only tuples). With 30 % of it free,
as before, more than half of the versions moved to other pages, each with an entry in every index. Pages that are full
already get their room as they are rewritten, or at once by `VACUUM FULL risk_currentrisk`, which locks the table.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("risk", "0018_assessments_by_audit_event")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE risk_currentrisk SET (fillfactor = 45)",
            "ALTER TABLE risk_currentrisk SET (fillfactor = 70)",
        )
    ]
