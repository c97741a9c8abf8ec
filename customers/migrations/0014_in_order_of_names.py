"""The queue in the order of names, a page at a time."""

from django.db import migrations, models

from customers.concurrently import AddIndexAnew


class Migration(migrations.Migration):
    # Concurrently: a bank of millions goes on being written to meanwhile.
    atomic = False

    dependencies = [("customers", "0013_stated_pay_day")]

    operations = [
        AddIndexAnew("customer", models.Index(fields=["full_name", "id"], name="customer_in_order_of_names")),
    ]
