"""What two people answer for is frozen, and moves only along its way."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("interventions", "0003_help")]

    operations = []
