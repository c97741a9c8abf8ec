"""A booked debit is a payment of one loan, whatever loans are known later."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_transactions_and_schedules_append_only")]

    operations = [
        migrations.AddConstraint(
            model_name="instalmentpayment",
            constraint=models.UniqueConstraint(
                condition=Q(("origin", "transaction")),
                fields=("customer", "payment_id"),
                name="payment_of_one_debit_once",
            ),
        ),
    ]
