import datetime

import django.db.models.expressions
import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0004_queue_search_and_filters"),
        ("risk", "0003_system_probe"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="currentrisk",
            name="risk_worst_first",
        ),
        migrations.RemoveIndex(
            model_name="currentrisk",
            name="risk_by_hardship",
        ),
        migrations.AddIndex(
            model_name="currentrisk",
            index=models.Index(
                django.db.models.expressions.CombinedExpression(models.F("level"), "*", models.Value(-1)),
                django.db.models.expressions.CombinedExpression(models.F("score"), "*", models.Value(-1)),
                django.db.models.functions.comparison.Coalesce(
                    "next_due_on", models.Value(datetime.date(9999, 12, 31), output_field=models.DateField())
                ),
                models.F("customer"),
                name="risk_worst_then_due",
            ),
        ),
        migrations.AddIndex(
            model_name="currentrisk",
            index=models.Index(
                models.F("hardship"),
                django.db.models.expressions.CombinedExpression(models.F("level"), "*", models.Value(-1)),
                django.db.models.expressions.CombinedExpression(models.F("score"), "*", models.Value(-1)),
                django.db.models.functions.comparison.Coalesce(
                    "next_due_on", models.Value(datetime.date(9999, 12, 31), output_field=models.DateField())
                ),
                models.F("customer"),
                name="risk_by_hardship_then_worst",
            ),
        ),
    ]
