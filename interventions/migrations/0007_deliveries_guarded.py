"""A delivery moves only along its way."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("interventions", "0006_contact_append_only")]

    operations = []
