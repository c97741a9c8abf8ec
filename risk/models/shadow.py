"""What a model in shadow would have concluded; nothing is decided by it."""

from django.db import models

from customers.models import Customer
from risk.levels import Level
from risk.models.model_version import ModelVersion


class ShadowRisk(models.Model):
    """The latest score of one customer by the version in shadow; there is none of whom it does not speak any more.

    Rows of versions that are in shadow no more may remain, and of a time before it went into shadow again: readers ask
    for those of one version, evaluated since.
    """

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    model = models.ForeignKey(
        ModelVersion, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    probability = models.FloatField(help_text="0 to 1, of missing the next instalment")
    band = models.PositiveSmallIntegerField(choices=Level.choices)
    level = models.PositiveSmallIntegerField(choices=Level.choices, help_text="final, were it active")
    evaluated_at = models.DateTimeField(help_text="wall clock")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.probability:.3f}"
