"""Alerts for people: a customer turned HIGH, or the system needs a hand."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from customers.models import Customer


class Alert(models.Model):
    """Something a person should know of, until somebody acknowledges it."""

    class Kind(models.TextChoices):
        TURNED_HIGH = "turned_high", "customer turned HIGH"
        OPERATIONAL = "operational", "operational"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="alerts")
    dedupe_key = models.CharField(max_length=200, unique=True, help_text="the same occasion raises one alert")
    message = models.TextField()
    detail = models.JSONField(default=dict)
    raised_at = models.DateTimeField(db_default=Now(), help_text="wall clock")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["-raised_at"], name="alert_open", condition=Q(acknowledged_at__isnull=True))
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["turned_high", "operational"]), name="alert_kind_is_known"
            ),
            models.CheckConstraint(
                condition=(Q(acknowledged_at__isnull=True) & Q(acknowledged_by__isnull=True))
                | (Q(acknowledged_at__isnull=False) & Q(acknowledged_by__isnull=False)),
                name="alert_acknowledged_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.message
