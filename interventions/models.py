"""Policy: what the bank does for each hardship at each level."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from risk.levels import Hardship, Level


class PolicyTemplate(models.Model):
    """One version of the action, words and deadline for a hardship × level."""

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        SUBMITTED = "submitted", "submitted"
        APPROVED = "approved", "approved"
        ACTIVE = "active", "active"
        RETIRED = "retired", "retired"

    class Priority(models.TextChoices):
        URGENT = "URGENT", "urgent"
        HIGH = "HIGH", "high"
        MEDIUM = "MEDIUM", "medium"
        ROUTINE = "ROUTINE", "routine"

    class Effect(models.TextChoices):
        """Adverse actions are never automatic (Reg B, 12 CFR 1002.2(c))."""

        SUPPORTIVE = "supportive", "supportive"
        AGREED = "agreed", "agreed"
        ADVERSE = "adverse", "adverse"

    hardship = models.PositiveSmallIntegerField(choices=Hardship.choices)
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    action = models.CharField(max_length=200, help_text="what staff are asked to do")
    messages = models.JSONField(
        default=dict, help_text="channel → language → text with {named} placeholders", blank=True
    )
    priority = models.CharField(max_length=8, choices=Priority.choices)
    sla_hours = models.PositiveIntegerField(help_text="business hours of the bank")
    effect = models.CharField(max_length=16, choices=Effect.choices, default=Effect.SUPPORTIVE)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    content_hash = models.CharField(max_length=64, blank=True, help_text="frozen when it becomes active")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="empty: shipped",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hardship", "level", "version"], name="policy_by_version"),
            models.UniqueConstraint(
                fields=["hardship", "level"], condition=Q(state="active"), name="one_active_policy"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "approved", "active", "retired"]),
                name="policy_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(priority__in=["URGENT", "HIGH", "MEDIUM", "ROUTINE"]),
                name="policy_priority_is_known",
            ),
            models.CheckConstraint(
                condition=Q(effect__in=["supportive", "agreed", "adverse"]), name="policy_effect_is_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_until__gt=F("valid_from")),
                name="policy_validity_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_hardship_display()} × {self.get_level_display()} v{self.version}"
