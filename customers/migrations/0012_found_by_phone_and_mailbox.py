"""Whose number or mailbox it is, found without reading every customer: a reply such as STOP says nothing else.

The expressions are `customers.models.customer.phone_from_its_end` as of this migration, and Django's `iexact`.
"""

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models import Func, Value
from django.db.models.functions import Reverse, Upper

from customers.concurrently import AddIndexAnew

OTHER_DIGITS, DIGITS = "०१२३४५६७८९０１２３４５６７８９", "01234567890123456789"
DIGITS_ALONE = Func(models.F("phone"), Value(OTHER_DIGITS), Value(DIGITS), function="translate")
MAIN_NUMBER = Func(DIGITS_ALONE, Value("[0-9][^[:alpha:]#;,]*"), function="substring")
PLAIN_NUMBER = Func(MAIN_NUMBER, Value("[^0-9]"), Value(""), Value("g"), function="regexp_replace")
FROM_ITS_END = Reverse(PLAIN_NUMBER, output_field=models.TextField())


class Migration(migrations.Migration):
    # Concurrently: a bank of millions goes on being written to meanwhile.
    atomic = False

    dependencies = [("customers", "0011_covering_manager")]

    operations = [
        AddIndexAnew(
            "customer",
            models.Index(OpClass(FROM_ITS_END, name="text_pattern_ops"), name="customer_by_phone_end"),
        ),
        AddIndexAnew("customer", models.Index(Upper("email"), name="customer_by_mailbox")),
    ]
