"""Who was written to at an address is found by an index whatever the case of a mailbox, as Django's `iexact` asks."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Upper

from customers.concurrently import AddIndexAnew


class Migration(migrations.Migration):
    # Concurrently: deliveries go out meanwhile.
    atomic = False

    dependencies = [("interventions", "0009_first_pack")]

    operations = [
        AddIndexAnew("delivery", models.Index(Upper("address"), name="delivery_by_folded_address")),
        RemoveIndexConcurrently("delivery", "delivery_by_address"),
    ]
