"""The counts of the whole portfolio, made anew every minute by a worker."""

from django.db import migrations, models

import customers.money


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0019_room_for_a_day"),
    ]

    operations = [
        migrations.CreateModel(
            name="PortfolioCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "dimension",
                        "value",
                        "level",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "dimension",
                    models.CharField(
                        choices=[
                            ("hardship", "Hardship"),
                            ("segment", "Segment"),
                            ("city", "City"),
                            ("employment", "Employment"),
                            ("manager", "Manager"),
                            ("due", "Due"),
                            ("was", "Was"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "value",
                    models.CharField(
                        help_text="a code, a cohort, a city, an employment, or a manager's id", max_length=100
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(choices=[(1, "LOW"), (2, "MEDIUM"), (3, "HIGH")])),
                (
                    "place",
                    models.PositiveIntegerField(
                        help_text="of the value in its dimension: 1 has the greatest expected loss"
                    ),
                ),
                ("customers", models.PositiveBigIntegerField()),
                (
                    "spoken_of",
                    models.PositiveBigIntegerField(help_text="those of whom a model says a probability"),
                ),
                (
                    "expected_loss_amount",
                    customers.money.MoneyField(help_text="of those the model speaks of (docs/console.md)"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PortfolioCounting",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                (
                    "counted_at",
                    models.DateTimeField(
                        help_text="what was committed before this moment of the wall clock is counted"
                    ),
                ),
                (
                    "day_on",
                    models.DateField(help_text="the bank day by which days to the due date were counted"),
                ),
                ("took_ms", models.PositiveIntegerField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="portfoliocounting",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="portfolio_counted_once"),
        ),
    ]
