"""The anchor of the bank's clock."""

from django.db import models
from django.db.models import Q


class BankClock(models.Model):
    """Where the demonstration's clock stands: bank time `bank_at` was reached at wall time `wall_at`.

    One row. Production has none: its bank clock is the wall clock.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    bank_at = models.DateTimeField()
    wall_at = models.DateTimeField()
    speed = models.FloatField(help_text="bank seconds per wall second; 0 while paused")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_bank_clock"),
            models.CheckConstraint(condition=Q(speed__gte=0), name="bank_clock_never_runs_back"),
        ]

    def __str__(self) -> str:
        return f"{self.bank_at} × {self.speed}"
