"""Interventions: what is said or offered to a customer, and the deliveries that carry it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, Upper
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from customers.money import MoneyField
from interventions.models.approval import TwoPersonDecision
from interventions.models.case import Case
from interventions.models.channel import CHANNEL_IS_KNOWN, PURPOSE_IS_KNOWN, Channel, Purpose
from interventions.models.policy import PolicyTemplate

# A contact that happened, or may have: nobody may start the same one again.
CONTACTED = ("pending", "sending", "sent", "delivered", "unknown")


class Intervention(models.Model):
    """One message, spoken message or call for a case: written, confirmed by a person, then delivered."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("message", "draft")
        AWAITING_APPROVAL = "awaiting_approval", pgettext_lazy("message", "awaiting a second person")
        CONFIRMED = "confirmed", pgettext_lazy("message", "confirmed")
        CANCELLED = "cancelled", pgettext_lazy("message", "cancelled")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="interventions")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="interventions")
    template = models.ForeignKey(PolicyTemplate, on_delete=models.PROTECT, related_name="+")
    template_hash = models.CharField(max_length=64, help_text="of the template as it was rendered")
    channel = models.CharField(max_length=16, choices=Channel.choices)
    purpose = models.CharField(max_length=16, choices=Purpose.choices, default=Purpose.SUPPORT)
    language = models.CharField(max_length=8)
    fields = models.JSONField(default=dict, help_text="placeholders that staff filled")
    personal_line = models.TextField(blank=True, default="")
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(blank=True)
    body_sha256 = models.CharField(max_length=64, blank=True)
    is_edited = models.BooleanField(default=False, help_text="beyond what the template permits")
    state = models.CharField(max_length=24, choices=State.choices, default=State.DRAFT)
    scheduled_for = models.DateTimeField(null=True, help_text="bank clock; of a call or a later message")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", help_text="who wrote it"
    )
    created_at = models.DateTimeField(help_text="bank clock")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, help_text="bank clock")
    cancelled_at = models.DateTimeField(null=True, help_text="bank clock")
    cancel_reason = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["customer", "-id"], name="intervention_by_customer")]
        constraints = [
            models.UniqueConstraint(fields=["id", "author", "body_sha256"], name="intervention_decided_upon"),
            models.UniqueConstraint(
                fields=["case", "template", "channel", "language"],
                condition=Q(state__in=["draft", "awaiting_approval"]),
                name="intervention_one_draft",
            ),
            models.CheckConstraint(condition=CHANNEL_IS_KNOWN, name="intervention_channel_is_known"),
            models.CheckConstraint(condition=PURPOSE_IS_KNOWN, name="intervention_purpose_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "awaiting_approval", "confirmed", "cancelled"]),
                name="intervention_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="intervention_confirmed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"intervention {self.pk} by {self.channel}"


class EditDecision(TwoPersonDecision):
    """A decision about a message that was edited beyond what its template permits."""

    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="edit_decisions")

    def __str__(self) -> str:
        return f"{self.intervention_id} {self.kind}"


class Delivery(models.Model):
    """The outbox: one row a message. The row is written first; a worker claims it, asks the gate, and sends."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("delivery", "waiting to be sent")
        SENDING = "sending", pgettext_lazy("delivery", "being sent")
        SENT = "sent", pgettext_lazy("delivery", "sent")
        DELIVERED = "delivered", pgettext_lazy("delivery", "delivered")
        FAILED = "failed", pgettext_lazy("delivery", "failed: not sent")
        UNKNOWN = "unknown", pgettext_lazy("delivery", "unknown: may have been sent")
        DENIED = "denied", pgettext_lazy("delivery", "not allowed")
        CANCELLED = "cancelled", pgettext_lazy("delivery", "cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="deliveries")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="deliveries")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="deliveries")
    template = models.ForeignKey(PolicyTemplate, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=16, choices=Channel.choices)
    address = models.CharField(max_length=254, help_text="personal data: masked wherever it is shown")
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField()
    body_sha256 = models.CharField(max_length=64)
    speaks_of = models.JSONField(
        null=True, help_text="what may change while it waits, as it was when somebody confirmed it"
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.PENDING)
    is_automatic = models.BooleanField(default=False, help_text="no person confirmed it by itself")
    not_before_at = models.DateTimeField(help_text="bank clock")
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=100, blank=True, default="")
    claimed_at = models.DateTimeField(null=True, help_text="wall clock")
    retry_at = models.DateTimeField(null=True, help_text="wall clock: not tried or looked up again before")
    idempotency_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    provider = models.CharField(max_length=32, blank=True, default="")
    provider_id = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    contacted_at = models.DateTimeField(
        null=True, help_text="bank clock: when it was handed to the provider; caps count from it"
    )
    handed_over_at = models.DateTimeField(null=True, help_text="wall clock of the same")
    settled_at = models.DateTimeField(null=True, help_text="wall clock of the last state")
    error = models.TextField(blank=True, default="")
    denied_rule = models.CharField(max_length=64, blank=True, default="")
    next_lawful_at = models.DateTimeField(null=True, help_text="bank clock; while the gate makes it wait")

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["channel", "not_before_at", "id"],
                name="delivery_due_by_channel",
                condition=Q(state="pending"),
            ),
            models.Index(fields=["claimed_at"], name="delivery_under_way", condition=Q(state="sending")),
            models.Index(fields=["customer", "-contacted_at"], name="delivery_by_customer"),
            models.Index(fields=["handed_over_at"], name="delivery_by_hour"),
            models.Index(fields=["provider", "provider_id"], name="delivery_by_provider_id"),
            # Whatever the case of a mailbox.
            models.Index(Upper("address"), name="delivery_by_folded_address"),
            models.Index(fields=["retry_at"], name="delivery_unknown", condition=Q(state="unknown")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "template", "channel"],
                condition=Q(state__in=CONTACTED),
                name="delivery_contact_once",
            ),
            models.CheckConstraint(condition=CHANNEL_IS_KNOWN, name="delivery_channel_is_known"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "pending",
                        "sending",
                        "sent",
                        "delivered",
                        "failed",
                        "unknown",
                        "denied",
                        "cancelled",
                    ]
                ),
                name="delivery_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sending", "sent", "delivered", "unknown"])
                | Q(contacted_at__isnull=False, handed_over_at__isnull=False),
                name="delivery_contacted_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class ProviderEvent(models.Model):
    """What a provider told us later: delivered, failed, or a reply. Append-only."""

    provider = models.CharField(max_length=32)
    event_key = models.CharField(max_length=200, help_text="the same event told twice is one")
    delivery = models.ForeignKey(
        Delivery, null=True, on_delete=models.PROTECT, related_name="provider_events"
    )
    status = models.CharField(max_length=64)
    detail = models.JSONField(default=dict, help_text="without addresses and texts")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_key"], name="provider_event_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.status}"


class SandboxMessage(models.Model):
    """What the sandbox received in place of a provider. Not unique on purpose: a message sent twice shows twice."""

    key = models.UUIDField(db_index=True, help_text="the delivery's idempotency key")
    channel = models.CharField(max_length=16, choices=Channel.choices)
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField()
    received_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"{self.channel} to the sandbox"


class PromiseToPay(models.Model):
    """The customer says when the instalment will be paid; the stream says whether it was."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("promise", "open")
        KEPT = "kept", pgettext_lazy("promise", "kept")
        BROKEN = "broken", pgettext_lazy("promise", "broken")
        CANCELLED = "cancelled", pgettext_lazy("promise", "cancelled")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="promises")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="promises")
    loan = models.ForeignKey("customers.Loan", on_delete=models.PROTECT, related_name="+")
    amount = MoneyField()
    promised_on = models.DateField(help_text="the last day on which it is kept")
    made_at = models.DateTimeField(help_text="bank clock: payments known before do not count")
    made_with = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    paid_amount = MoneyField(default=0)
    settled_at = models.DateTimeField(null=True, help_text="bank clock")

    class Meta:
        verbose_name_plural = "promises to pay"
        indexes = [
            models.Index(fields=["promised_on"], name="promise_open", condition=Q(state="open")),
            # Late payments and returns are looked for some days after the day itself.
            models.Index(fields=["promised_on"], name="promise_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["loan"], condition=Q(state="open"), name="promise_one_open_a_loan"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="promise_is_of_money"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "kept", "broken", "cancelled"]), name="promise_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} by {self.promised_on}"


class ReliefOffer(models.Model):
    """A change of terms that policy allows: proposed, offered by a person, accepted or declined by the customer."""

    class Kind(models.TextChoices):
        DUE_DATE_MOVE = "due_date_move", pgettext_lazy("relief", "another due date")
        INSTALMENT_SPLIT = "instalment_split", pgettext_lazy("relief", "split the instalment")
        PAYMENT_HOLIDAY = "payment_holiday", pgettext_lazy("relief", "pause payments")

    class State(models.TextChoices):
        OFFERED = "offered", pgettext_lazy("offer", "offered")
        ACCEPTED = "accepted", pgettext_lazy("offer", "accepted")
        DECLINED = "declined", pgettext_lazy("offer", "declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("offer", "withdrawn")
        EXPIRED = "expired", pgettext_lazy("offer", "expired")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="offers")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="offers")
    loan = models.ForeignKey("customers.Loan", on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey(PolicyTemplate, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=Kind.choices)
    terms = models.JSONField(help_text="what changes: days, parts with dates and amounts, or months")
    eligibility = models.JSONField(help_text="each condition and what was found")
    state = models.CharField(max_length=16, choices=State.choices, default=State.OFFERED)
    valid_until_on = models.DateField()
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField(help_text="bank clock")
    answered_at = models.DateTimeField(null=True, help_text="bank clock")
    answer_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loan"], condition=Q(state="offered"), name="offer_one_open_a_loan"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["due_date_move", "instalment_split", "payment_holiday"]),
                name="offer_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["offered", "accepted", "declined", "withdrawn", "expired"]),
                name="offer_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class BackOfficeTask(models.Model):
    """An agreed relief that somebody has to enter in core banking: the schedule is changed there, never here."""

    offer = models.OneToOneField(ReliefOffer, on_delete=models.PROTECT, related_name="task")
    created_at = models.DateTimeField(help_text="bank clock")
    done_at = models.DateTimeField(null=True, help_text="bank clock")
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reference = models.CharField(max_length=100, blank=True, default="", help_text="of core banking")

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="task_open", condition=Q(done_at__isnull=True))]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True, reference="")
                | (Q(done_at__isnull=False, done_by__isnull=False) & ~Q(reference="")),
                name="task_done_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"task for offer {self.offer_id}"
