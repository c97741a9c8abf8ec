"""Consent, conversations and what the gate said stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("interventions", "0005_cases_guarded")]

    operations = []
