"""A dead letter is one message: what stood at a position of a topic made anew is another."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0002_simulated_portfolio"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="deadletter",
            name="dead_letter_by_position",
        ),
        migrations.AddConstraint(
            model_name="deadletter",
            constraint=models.UniqueConstraint(
                models.F("topic"),
                models.F("partition"),
                models.F("offset"),
                models.Func("raw", function="sha256", output_field=models.BinaryField()),
                name="dead_letter_by_position",
            ),
        ),
    ]
