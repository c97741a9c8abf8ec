"""The first policy pack and the first contact packs, as drafts."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("interventions", "0008_help_guarded")]

    operations = []
