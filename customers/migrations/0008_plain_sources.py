"""A source is a plain word, so that no key made of a source and a bank id can be another customer's."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    # Two transactions: the check of what is there already holds up nobody.
    atomic = False

    dependencies = [("customers", "0007_one_payment_per_debit")]

    operations = [
        AddConstraintNotValid(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__regex", "^[a-z0-9_-]{1,32}$")),
                name="customer_source_is_a_plain_word",
            ),
        ),
        ValidateConstraint(model_name="customer", name="customer_source_is_a_plain_word"),
    ]
