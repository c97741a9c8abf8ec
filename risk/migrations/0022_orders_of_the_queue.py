"""The queue by due date, by score and by what changed last, a page at a time; and whom the model puts above LOW.

None of them has a column that moves with every evaluation: updates of a row stay within its page.
"""

import datetime as dt

from django.db import migrations, models
from django.db.models import DateField, F, Value
from django.db.models.functions import Coalesce

from customers.concurrently import AddIndexAnew

DUE = Coalesce("next_due_on", Value(dt.date(9999, 12, 31), output_field=DateField()))


class Migration(migrations.Migration):
    # Concurrently: a bank of millions goes on being evaluated meanwhile.
    atomic = False

    dependencies = [("risk", "0021_levels_that_changed")]

    operations = [
        AddIndexAnew(
            "currentrisk",
            models.Index(DUE, -F("level"), -F("score"), F("customer"), name="risk_due_then_worst"),
        ),
        AddIndexAnew("currentrisk", models.Index(-F("score"), DUE, F("customer"), name="risk_by_score")),
        AddIndexAnew("currentrisk", models.Index(fields=["changed_at", "customer"], name="risk_by_change")),
        AddIndexAnew(
            "currentrisk",
            models.Index(fields=["customer"], name="risk_above_low", condition=models.Q(band__gt=1)),
        ),
    ]
