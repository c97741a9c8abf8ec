"""The few answers by which somebody asked to talk, by when: what asking agreed to ends with the talk."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("interventions", "0021_asked_to_talk")]

    operations = [
        AddIndexConcurrently(
            model_name="customeranswer",
            index=models.Index(
                condition=models.Q(("kind", "talk")), fields=["answered_at"], name="answer_asked_lately"
            ),
        ),
    ]
