"""What staff are told: one row an occasion, never one a reader. Who reads it follows from whose customer it is."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from customers.models import Customer
from interventions.models.case import Case
from risk.models import Alert


class Notice(models.Model):
    """Something happened that somebody should know of. Written by the database's triggers (migrations).

    The two managers are the customer's, kept level with it by a trigger, so that counting reads one index.
    """

    class Kind(models.TextChoices):
        TURNED_HIGH = "turned_high", "customer turned HIGH"
        SLA_AT_RISK = "sla_at_risk", "first contact soon late"
        SLA_BREACHED = "sla_breached", "first contact late"
        HANDED_OVER = "handed_over", "case handed over"
        PROMISE_BROKEN = "promise_broken", "promise broken"
        DELIVERY_FAILED = "delivery_failed", "message not delivered"
        ASKED_TO_TALK = "asked_to_talk", "customer asked to talk"
        ESCALATED = "escalated", "case escalated"
        BREACHES = "breaches", "late first contacts of the bank"
        SYSTEM = "system", "operational"
        BREAKER = "breaker", "sending stopped"
        SECOND_PERSON = "second_person", "message or reset waits for a second person"
        APPROVAL = "approval", "approval waiting"
        AUDIT = "audit", "problem of the audit"
        MODEL = "model", "model and monitoring"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="+")
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    covering = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    for_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="told to this person alone; empty: to whoever it is about",
        db_index=False,
    )
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="+")
    alert = models.ForeignKey(Alert, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    detail = models.JSONField(default=dict, db_default={}, help_text="ids and figures, without personal data")
    told_at = models.DateTimeField(db_default=Now(), editable=False, help_text="wall clock")
    is_superseded = models.BooleanField(
        default=False, db_default=False, help_text="a later notice of the same case says more"
    )
    # Whether the reader it was fetched for has read it.
    is_read = False

    class Meta:
        indexes = [
            models.Index(
                fields=["manager", "-id"], name="notice_by_manager", condition=Q(manager__isnull=False)
            ),
            models.Index(
                fields=["covering", "-id"], name="notice_by_covering", condition=Q(covering__isnull=False)
            ),
            # What is told to the whole bank's roles: a small part of all.
            models.Index(fields=["-id"], name="notice_of_the_bank", condition=~Q(kind="turned_high")),
            models.Index(fields=["told_at"], name="notice_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(kind="sla_at_risk"), name="notice_at_risk_once"
            ),
            models.UniqueConstraint(
                fields=["alert"], condition=Q(alert__isnull=False), name="notice_of_alert_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "turned_high",
                        "sla_at_risk",
                        "sla_breached",
                        "handed_over",
                        "promise_broken",
                        "delivery_failed",
                        "asked_to_talk",
                        "escalated",
                        "breaches",
                        "system",
                        "breaker",
                        "second_person",
                        "approval",
                        "audit",
                        "model",
                    ]
                ),
                name="notice_kind_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class NoticeRead(models.Model):
    """An exception to a reader's mark: read, though newer than it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "notice"], name="notice_read_once")]

    def __str__(self) -> str:
        return f"{self.user_id} has read {self.notice_id}"


class AlertSettings(models.Model):
    """Up to where somebody has read, and how they want to be told. Without a row the defaults hold."""

    class Digest(models.TextChoices):
        OFF = "off", "off"
        HOURLY = "hourly", "hourly"
        DAILY = "daily", "daily"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="alert_settings"
    )
    read_up_to = models.BigIntegerField(default=0, help_text="notices up to this id are read")
    not_in_bell = models.JSONField(default=list, help_text="kinds that the bell leaves out")
    not_in_mail = models.JSONField(default=list, help_text="kinds that the e-mail leaves out")
    digest = models.CharField(max_length=8, choices=Digest.choices, default=Digest.OFF)
    daily_at = models.TimeField(default="09:00", help_text="in the user's own time zone")
    is_working_hours_only = models.BooleanField(default=True)
    next_digest_at = models.DateTimeField(null=True, help_text="wall clock")
    covered_to = models.DateTimeField(
        null=True, help_text="wall clock: what was told until then is in a digest"
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["next_digest_at"], name="digest_due", condition=Q(next_digest_at__isnull=False)
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__in=["off", "hourly", "daily"]), name="digest_is_known"
            ),
            models.CheckConstraint(
                condition=Q(digest="off", next_digest_at__isnull=True)
                | (~Q(digest="off") & Q(next_digest_at__isnull=False, covered_to__isnull=False)),
                name="digest_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"alert settings of {self.user_id}"


class AlertDigest(models.Model):
    """One e-mail: the row is written first, so that a worker that is killed leaves "unknown" and no second e-mail."""

    class State(models.TextChoices):
        SENDING = "sending", "being sent"
        SENT = "sent", "sent"
        FAILED = "failed", "failed: not sent"
        UNKNOWN = "unknown", "unknown: may have been sent"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_digests", db_index=False
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.SENDING)
    covers_from = models.DateTimeField()
    covers_to = models.DateTimeField()
    counts = models.JSONField(help_text="how many of each kind")
    claimed_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["claimed_at"], name="digest_under_way", condition=Q(state="sending")),
            models.Index(fields=["user", "-id"], name="digest_by_user"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["sending", "sent", "failed", "unknown"]), name="digest_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="sending", settled_at__isnull=True)
                | (~Q(state="sending") & Q(settled_at__isnull=False)),
                name="digest_settled_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"digest for {self.user_id}: {self.state}"
