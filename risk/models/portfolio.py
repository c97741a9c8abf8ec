"""How many customers of the whole bank stand where, as last counted; all of it is made anew each time."""

from django.db import models
from django.db.models import Q

from customers.money import MoneyField
from risk.levels import Level
from risk.portfolio.cuts import Dimension


class PortfolioCounting(models.Model):
    """When the counts were made; at most one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    counted_at = models.DateTimeField(
        help_text="what was committed before this moment of the wall clock is counted"
    )
    day_on = models.DateField(help_text="the bank day by which days to the due date were counted")
    took_ms = models.PositiveIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="portfolio_counted_once")]

    def __str__(self) -> str:
        return f"counted at {self.counted_at}"


class PortfolioCount(models.Model):
    """The customers of one value of one dimension at one level."""

    pk = models.CompositePrimaryKey("dimension", "value", "level")
    dimension = models.CharField(max_length=16, choices=Dimension.choices)
    value = models.CharField(
        max_length=100, help_text="a code, a cohort, a city, an employment, or a manager's id"
    )
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    place = models.PositiveIntegerField(
        help_text="of the value in its dimension: 1 has the greatest expected loss"
    )
    customers = models.PositiveBigIntegerField()
    spoken_of = models.PositiveBigIntegerField(help_text="those of whom a model says a probability")
    expected_loss_amount = MoneyField(help_text="of those the model speaks of (docs/console.md)")

    def __str__(self) -> str:
        return f"{self.dimension} {self.value} {self.get_level_display()}: {self.customers}"
