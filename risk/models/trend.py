"""How many customers stood at each level, minute by minute."""

from django.db import models

from risk.levels import Level


class RiskTrendPoint(models.Model):
    """The number of customers at one level at one minute of the wall clock."""

    at = models.DateTimeField()
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    customers = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["at", "level"], name="trend_point_once")]

    def __str__(self) -> str:
        return f"{self.at} {self.get_level_display()} {self.customers}"
