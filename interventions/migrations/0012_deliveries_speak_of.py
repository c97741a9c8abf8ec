"""What a message speaks of is kept with its delivery, frozen like its words (0007's trigger names what may move)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("interventions", "0011_provider_rests")]

    operations = [
        migrations.AddField(
            "delivery",
            "speaks_of",
            models.JSONField(
                null=True, help_text="what may change while it waits, as it was when somebody confirmed it"
            ),
        ),
    ]
