"""The receipts at which a level became another are found by their bank day, for what moved within a week.

One receipt in several is among them, and everything that is asked of them stands in the index.
"""

from django.db import migrations, models

from customers.concurrently import AddIndexAnew


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("risk", "0020_portfolio_counts")]

    operations = [
        AddIndexAnew(
            model_name="assessment",
            index=models.Index(
                condition=models.Q(previous_level__isnull=True)
                | models.Q(previous_level__lt=models.F("level"))
                | models.Q(previous_level__gt=models.F("level")),
                fields=["as_of_on", "customer", "revision"],
                include=["previous_level", "level"],
                name="assessment_changed_level",
            ),
        )
    ]
