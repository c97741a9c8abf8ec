"""What customers said about themselves and a colleague found to be so."""

from django.conf import settings
from django.db import models

from customers.models.customer import Customer


class StatedPayDay(models.Model):
    """The customer's pay comes on another day this time. Until that day has passed, their salary is not late.

    One row a customer, with the last word; each statement and who confirmed it is kept by whoever took it.
    """

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.PROTECT, related_name="stated_pay_day"
    )
    pay_on = models.DateField(help_text="the bank day on which the pay is said to come")
    said_at = models.DateTimeField(help_text="bank clock: when the customer said so")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(help_text="bank clock")

    def __str__(self) -> str:
        return f"pay of {self.customer_id} on {self.pay_on}"
