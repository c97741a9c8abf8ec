"""Measuring help: who is left without it by lot, so that what it does can be told."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from interventions.models.approval import FROZEN, STATE_IS_KNOWN, Governed, State, TwoPersonDecision
from interventions.models.case import Case


class HoldoutDesign(Governed):
    """One version of the experiment: which share of whom is not contacted, and how the lot is drawn."""

    State = State

    version = models.PositiveIntegerField(unique=True)
    share = models.FloatField(help_text="0 to 0.5: the probability of being held out")
    salt = models.CharField(max_length=64, help_text="drawn at random; makes the lots of a design its own")
    hardships = models.JSONField(default=list, help_text="which may be held out, by name")
    levels = models.JSONField(default=list, help_text="which may be held out, by name; HIGH never")
    purpose = models.TextField(help_text="what is to be learnt, and until when")
    ends_on = models.DateField(help_text="the last bank day on which anybody is held out")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="active"), name="one_active_holdout"),
            models.UniqueConstraint(fields=["id", "author", "content_hash"], name="holdout_decided_upon"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=0.5), name="holdout_share_is_small"),
            models.CheckConstraint(condition=STATE_IS_KNOWN, name="holdout_state_is_known"),
            models.CheckConstraint(condition=FROZEN, name="holdout_is_frozen_once_submitted"),
        ]

    def __str__(self) -> str:
        return f"holdout v{self.version}"


class HoldoutDecision(TwoPersonDecision):
    """A decision about a design."""

    design = models.ForeignKey(HoldoutDesign, on_delete=models.PROTECT, related_name="decisions")

    def __str__(self) -> str:
        return f"{self.design} {self.kind}"


class HoldoutAssignment(models.Model):
    """Which arm a case fell into, with the probability it had. Append-only."""

    class Arm(models.TextChoices):
        TREATED = "treated", pgettext_lazy("holdout", "helped as usual")
        HELD_OUT = "held_out", pgettext_lazy("holdout", "held out")
        EXCLUDED = "excluded", pgettext_lazy("holdout", "not in the experiment")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="holdout")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    design = models.ForeignKey(HoldoutDesign, on_delete=models.PROTECT, related_name="assignments")
    arm = models.CharField(max_length=16, choices=Arm.choices)
    propensity = models.FloatField(
        help_text="the probability of being held out that the case had; 0: excluded"
    )
    excluded_for = models.CharField(max_length=32, blank=True, default="")
    level = models.PositiveSmallIntegerField()
    hardship = models.PositiveSmallIntegerField()
    assigned_at = models.DateTimeField(help_text="bank clock")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(arm__in=["treated", "held_out", "excluded"]), name="holdout_arm_is_known"
            ),
            models.CheckConstraint(
                condition=Q(propensity__gte=0, propensity__lte=0.5), name="holdout_propensity_is_small"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.arm}"


class HoldoutEnd(models.Model):
    """From here on a held-out case is helped like any other; it stays in its arm when figures are made. Append-only."""

    class Cause(models.TextChoices):
        ASKED = "asked", pgettext_lazy("holdout", "the customer asked for help")
        VULNERABLE = "vulnerable", pgettext_lazy("holdout", "the customer is vulnerable")
        SEVERE = "severe", pgettext_lazy("holdout", "the risk rose to HIGH")
        HOLD = "hold", pgettext_lazy("holdout", "a hold was placed")
        OVER = "over", pgettext_lazy("holdout", "the comparison is over")
        STAFF = "staff", pgettext_lazy("holdout", "staff decided so")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="holdout_end")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=16, choices=Cause.choices)
    reason = models.TextField(blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="empty: the system",
    )
    ended_at = models.DateTimeField(help_text="bank clock")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cause__in=["asked", "vulnerable", "severe", "hold", "over", "staff"]),
                name="holdout_end_cause_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(cause="staff") | (~Q(reason="") & Q(by__isnull=False)),
                name="holdout_end_by_staff_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.cause}"
