"""What we concluded about a customer: now, and at every moment it changed."""

import datetime as dt

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import DateField, F, Q, Value
from django.db.models.functions import Coalesce, Now

from audit.models import AuditEvent
from customers.models import Customer
from customers.money import MoneyField
from risk.levels import Hardship, Level, Segment
from risk.models.log_partition import LogPartition
from risk.models.model_version import ModelVersion
from risk.models.rulebook import Rulebook

# Sorts customers with nothing due behind those with something.
NEVER_DUE_ON = dt.date(9999, 12, 31)
_DUE = Coalesce("next_due_on", Value(NEVER_DUE_ON, output_field=DateField()))
WORST_THEN_DUE = (-F("level"), -F("score"), _DUE, F("customer"))
DUE_THEN_WORST = (_DUE, -F("level"), -F("score"), F("customer"))
# In place of reasons: the model was silent, for a reason that is no relief, and what it last said still holds.
HELD = {"held": True}
# Scored by a model as a whole, or not at all.
SCORED_WHOLLY = (Q(model__isnull=True) & Q(probability__isnull=True) & Q(band__isnull=True)) | (
    Q(model__isnull=False) & Q(probability__gte=0.0, probability__lte=1.0) & Q(band__isnull=False)
)


# The receipts at which the level became another, the first one included; in SQL risk.portfolio.counting.LEVEL_CHANGED.
LEVEL_CHANGED = (
    Q(previous_level__isnull=True) | Q(previous_level__lt=F("level")) | Q(previous_level__gt=F("level"))
)


class CurrentRisk(models.Model):
    """The latest evaluation of one customer; `revision` grows with each, so that a cache can refuse an older one."""

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.PROTECT, related_name="risk")
    revision = models.BigIntegerField()
    level = models.PositiveSmallIntegerField(
        choices=Level.choices, help_text="the higher of the scorecard's and the model's"
    )
    score = models.FloatField(help_text="0 to 10 in half points")
    score_level = models.PositiveSmallIntegerField(
        choices=Level.choices, null=True, help_text="the scorecard's; empty where written by an older release"
    )
    # A version is never deleted (a trigger refuses it): a constraint would only look it up for every row.
    model = models.ForeignKey(
        ModelVersion,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    probability = models.FloatField(null=True, help_text="0 to 1, of missing the next instalment")
    band = models.PositiveSmallIntegerField(
        choices=Level.choices, null=True, help_text="the level that the probability alone would give"
    )
    model_reasons = models.JSONField(
        null=True,
        help_text="why the model says so, as of this evaluation, where its band is above LOW; HELD where it was silent",
    )
    model_failed = models.BooleanField(
        db_default=False, help_text="the model should have spoken and could not: the rules concluded alone"
    )
    segment = models.PositiveSmallIntegerField(choices=Segment.choices)
    hardship = models.PositiveSmallIntegerField(choices=Hardship.choices, help_text="the primary one")
    salary_gap_points = models.FloatField()
    withdrawal_spike_points = models.FloatField()
    spending_drop_points = models.FloatField()
    survival_mode_points = models.FloatField()
    segment_points = models.FloatField()
    next_due_on = models.DateField(null=True, help_text="the oldest instalment not covered by payments")
    next_due_amount = MoneyField(null=True)
    as_of_on = models.DateField(help_text="the bank day at which the windows end")
    rulebook = models.ForeignKey(Rulebook, on_delete=models.PROTECT, related_name="+", db_index=False)
    evaluated_at = models.DateTimeField(help_text="wall clock")
    changed_at = models.DateTimeField(help_text="when something material last changed, wall clock")
    # Partitions of a log are never deleted (a trigger refuses it).
    log = models.ForeignKey(
        LogPartition,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="where the customer's events are; empty: none came from a log",
    )
    log_position = models.BigIntegerField(
        null=True, help_text="after the customer's newest event that was taken into account"
    )

    class Meta:
        # The queue's order with every part ascending, so that one row comparison pages in both directions.
        indexes = [
            models.Index(*WORST_THEN_DUE, name="risk_worst_then_due"),
            models.Index(F("hardship"), *WORST_THEN_DUE, name="risk_by_hardship_then_worst"),
            models.Index(fields=["customer"], name="risk_model_failed", condition=Q(model_failed=True)),
            # The queue's other orders. None has a column that moves with every evaluation (`probability`): each
            # update of a customer would then have to write into every index.
            models.Index(*DUE_THEN_WORST, name="risk_due_then_worst"),
            models.Index(-F("score"), _DUE, F("customer"), name="risk_by_score"),
            models.Index(fields=["changed_at", "customer"], name="risk_by_change"),
            models.Index(fields=["customer"], name="risk_above_low", condition=Q(band__gt=Level.LOW)),
        ]
        constraints = [models.CheckConstraint(condition=SCORED_WHOLLY, name="risk_scored_wholly")]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.score}"


class Assessment(models.Model):
    """The receipt of one evaluation that changed something material. Append-only."""

    pk = models.CompositePrimaryKey("customer_id", "revision")
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="assessments", db_index=False
    )
    revision = models.BigIntegerField()
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    previous_level = models.PositiveSmallIntegerField(choices=Level.choices, null=True)
    score = models.FloatField()
    segment = models.PositiveSmallIntegerField(choices=Segment.choices)
    hardship = models.PositiveSmallIntegerField(choices=Hardship.choices)
    inputs = models.JSONField(help_text="the scorecard's inputs")
    points = models.JSONField(help_text="points per signal")
    hardships = models.JSONField(help_text="every hardship that matched, with its evidence")
    score_level = models.PositiveSmallIntegerField(
        choices=Level.choices, null=True, help_text="the scorecard's; empty in receipts from before the model"
    )
    # A version is never deleted (a trigger refuses it): a constraint would only look it up for every row.
    model = models.ForeignKey(
        ModelVersion,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    probability = models.FloatField(null=True)
    band = models.PositiveSmallIntegerField(choices=Level.choices, null=True)
    model_inputs = models.JSONField(null=True, help_text="the model's features by name, null where missing")
    reasons = models.JSONField(
        null=True,
        help_text="why the model says so: reason codes with their figures; HELD where it was silent",
    )
    as_of_on = models.DateField()
    rulebook = models.ForeignKey(Rulebook, on_delete=models.PROTECT, related_name="+", db_index=False)
    code_version = models.CharField(max_length=64)
    assessed_at = models.DateTimeField(help_text="wall clock")
    # Partitions of a log are never deleted (a trigger refuses it).
    log = models.ForeignKey(
        LogPartition,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="where the customer's events are; empty: none came from a log",
    )
    log_position = models.BigIntegerField(
        null=True, help_text="after the customer's newest event that was taken into account"
    )
    features_sha256 = models.CharField(
        max_length=64, db_default="", help_text="of the canonical JSON of the snapshot's features"
    )
    audit_event = models.ForeignKey(
        AuditEvent,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="the one that holds the Merkle root over this and the others of its chunk (docs/receipts.md)",
    )

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        indexes = [
            BrinIndex(
                fields=["audit_event"], name="assessment_by_event", pages_per_range=32, autosummarize=True
            ),
            # Everything that is asked of the changes of a week stands in it.
            models.Index(
                fields=["as_of_on", "customer", "revision"],
                include=["previous_level", "level"],
                name="assessment_changed_level",
                condition=LEVEL_CHANGED,
            ),
        ]
        constraints = [models.CheckConstraint(condition=SCORED_WHOLLY, name="assessment_scored_wholly")]

    def __str__(self) -> str:
        return f"{self.customer_id} revision {self.revision}"


class FeatureSnapshot(models.Model):
    """All features of a customer as known when something material changed. Append-only, partitioned by month."""

    pk = models.CompositePrimaryKey("customer_id", "taken_at", "revision")
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    taken_at = models.DateTimeField(help_text="bank clock")
    revision = models.BigIntegerField()
    as_of_on = models.DateField()
    features = models.JSONField()

    class Meta:
        db_table = "risk_featuresnapshot"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.customer_id} at {self.taken_at}"


class PendingDecision(models.Model):
    """Handed over to interventions: a customer about whom something material changed, until it has decided."""

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.PROTECT, related_name="+")
    revision = models.BigIntegerField(help_text="of the newest assessment to decide on")
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"customer {self.customer_id} revision {self.revision}"
