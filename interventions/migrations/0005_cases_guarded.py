"""A case moves only along its way, and its history stays."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("interventions", "0004_policy_governed")]

    operations = []
