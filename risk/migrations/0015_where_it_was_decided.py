"""Where a decision was taken, and under which account of the operating system: a command line is shared more easily."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("risk", "0014_reasons_of_today")]

    operations = [
        migrations.AddField(
            model_name="modeldecision",
            name="through",
            field=models.CharField(
                choices=[("admin", "admin"), ("command", "command"), ("program", "program")],
                db_default="program",
                help_text="where it was decided",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="modeldecision",
            name="account",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="of the operating system, unless in the admin",
                max_length=200,
            ),
        ),
        migrations.AddConstraint(
            model_name="modeldecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("through__in", ["admin", "program"]),
                    models.Q(("through", "command"), models.Q(("account", ""), _negated=True)),
                    _connector="OR",
                ),
                name="decision_says_where",
            ),
        ),
    ]
