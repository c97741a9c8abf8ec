"""Whose customers somebody is, found by an index alone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from customers.concurrently import AddIndexAnew


class Migration(migrations.Migration):
    # Concurrently: a bank of millions goes on being written to meanwhile.
    atomic = False
    dependencies = [
        ("customers", "0014_in_order_of_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        AddIndexAnew("customer", models.Index(fields=["assigned_rm", "id"], name="customer_of_manager")),
        AddIndexAnew("customer", models.Index(fields=["covering_rm", "id"], name="customer_of_cover")),
        # The new ones do what these did.
        migrations.AlterField(
            model_name="customer",
            name="assigned_rm",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="customers",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="customer",
            name="covering_rm",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="looks after the customer while the assigned one cannot",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
