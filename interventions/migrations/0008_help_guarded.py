"""Offers, promises and lots stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("interventions", "0007_deliveries_guarded")]

    operations = []
