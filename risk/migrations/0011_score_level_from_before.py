"""Until now the level was the scorecard's alone. Receipts cannot be changed: there, an empty one means just that."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

ROWS = 20_000
FILL = """
UPDATE risk_currentrisk SET score_level = level
WHERE customer_id BETWEEN %s AND %s AND score_level IS NULL AND model_id IS NULL
"""


def fill(apps, schema_editor):
    """Page by page, so that no refresh waits for more than a moment."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT min(customer_id), max(customer_id) FROM risk_currentrisk")
        first, last = cursor.fetchone()
        if first is None:
            return
        for start in range(first, last + 1, ROWS):
            cursor.execute(FILL, [start, start + ROWS - 1])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("risk", "0010_scored_by_a_model")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        ValidateConstraint("currentrisk", "risk_scored_wholly"),
        ValidateConstraint("assessment", "assessment_scored_wholly"),
    ]
