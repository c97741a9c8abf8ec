"""What decides whether a customer may be contacted: consent, holds, conversations, and what the gate said."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from interventions.models.channel import CHANNEL_IS_KNOWN, PURPOSE_IS_KNOWN, Channel, Purpose
from interventions.models.policy import ContactPack


class ConsentEvent(models.Model):
    """Consent given or withdrawn. Append-only; the last one by (happened_at, id) counts."""

    class Source(models.TextChoices):
        IMPORT = "import", pgettext_lazy("consent", "imported")
        STAFF = "staff", pgettext_lazy("consent", "told to staff")
        REPLY = "reply", pgettext_lazy("consent", "replied to a message")
        PAGE = "page", pgettext_lazy("consent", "customer page")
        PARTNER = "partner", pgettext_lazy("consent", "partner system")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="consent_events")
    channel = models.CharField(max_length=16, choices=Channel.choices)
    purpose = models.CharField(max_length=16, choices=Purpose.choices, default=Purpose.SUPPORT)
    is_granted = models.BooleanField()
    source = models.CharField(max_length=16, choices=Source.choices)
    evidence = models.CharField(max_length=200, blank=True, help_text="where it can be looked up")
    happened_at = models.DateTimeField(help_text="bank clock")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["customer", "channel", "purpose", "-happened_at", "-id"], name="consent_last"
            )
        ]
        constraints = [
            models.CheckConstraint(condition=CHANNEL_IS_KNOWN, name="consent_channel_is_known"),
            models.CheckConstraint(condition=PURPOSE_IS_KNOWN, name="consent_purpose_is_known"),
            models.CheckConstraint(
                condition=~Q(source="staff") | Q(recorded_by__isnull=False), name="consent_told_to_somebody"
            ),
            # The same statement imported twice is one.
            models.UniqueConstraint(
                fields=["customer", "channel", "purpose", "happened_at", "is_granted", "source"],
                name="consent_event_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.channel} {'granted' if self.is_granted else 'withdrawn'}"


class ContactHold(models.Model):
    """Nobody is contacted without a person's look, or at all, until the hold is lifted or ends."""

    class Kind(models.TextChoices):
        VULNERABILITY = "vulnerability", pgettext_lazy("hold", "vulnerability")
        HARDSHIP = "hardship", pgettext_lazy("hold", "hardship arrangement")
        ARREARS = "arrears", pgettext_lazy("hold", "arrears: with collections")
        COMPLAINT = "complaint", pgettext_lazy("hold", "complaint")
        LEGAL = "legal", pgettext_lazy("hold", "legal or insolvency")
        BEREAVEMENT = "bereavement", pgettext_lazy("hold", "bereavement")
        PAUSE = "pause", pgettext_lazy("hold", "pause that the customer asked for")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contact_holds")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    reason = models.TextField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField(help_text="bank clock")
    until_at = models.DateTimeField(null=True, blank=True, help_text="bank clock; empty: until it is lifted")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_reason = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["customer"], name="hold_standing", condition=Q(lifted_at__isnull=True))
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "vulnerability",
                        "hardship",
                        "arrears",
                        "complaint",
                        "legal",
                        "bereavement",
                        "pause",
                    ]
                ),
                name="hold_kind_is_known",
            ),
            models.CheckConstraint(
                # Their own pause customers end themselves.
                condition=Q(lifted_at__isnull=True)
                | ((Q(lifted_by__isnull=False) | Q(kind="pause")) & ~Q(lift_reason="")),
                name="hold_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"


class Conversation(models.Model):
    """Somebody spoke with the customer, or tried to. Append-only."""

    class Result(models.TextChoices):
        SPOKE = "spoke", pgettext_lazy("conversation", "spoke with the customer")
        NO_ANSWER = "no_answer", pgettext_lazy("conversation", "no answer")
        WRONG_PERSON = "wrong_person", pgettext_lazy("conversation", "another person")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conversations")
    case = models.ForeignKey("Case", null=True, on_delete=models.PROTECT, related_name="conversations")
    channel = models.CharField(max_length=16, choices=Channel.choices)
    is_inbound = models.BooleanField(default=False, help_text="the customer came to us")
    result = models.CharField(max_length=16, choices=Result.choices)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    happened_at = models.DateTimeField(help_text="bank clock")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["customer", "-happened_at"], name="conversation_by_customer")]
        constraints = [
            models.CheckConstraint(condition=CHANNEL_IS_KNOWN, name="conversation_channel_is_known"),
            models.CheckConstraint(
                condition=Q(result__in=["spoke", "no_answer", "wrong_person"]),
                name="conversation_result_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.result}"


class GateDecision(models.Model):
    """What the send gate said, and by which facts and rules. Append-only."""

    class Moment(models.TextChoices):
        CONFIRM = "confirm", pgettext_lazy("gate", "when somebody confirmed it")
        SEND = "send", pgettext_lazy("gate", "right before it was sent")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="gate_decisions")
    intervention = models.ForeignKey(
        "Intervention", null=True, on_delete=models.PROTECT, related_name="gate_decisions"
    )
    delivery = models.ForeignKey(
        "Delivery", null=True, on_delete=models.PROTECT, related_name="gate_decisions"
    )
    moment = models.CharField(max_length=16, choices=Moment.choices)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    is_allowed = models.BooleanField()
    rule = models.CharField(max_length=64, blank=True, help_text="the first rule that denied; empty: allowed")
    next_lawful_at = models.DateTimeField(null=True, help_text="bank clock; empty: no time by itself will do")
    trace = models.JSONField(help_text="each rule asked: its result and the facts it looked at")
    pack = models.ForeignKey(ContactPack, null=True, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=64, blank=True, help_text="of the template")
    body_sha256 = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(help_text="bank clock")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["customer", "-id"], name="gate_by_customer")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(is_allowed=True) & Q(rule="")) | (Q(is_allowed=False) & ~Q(rule="")),
                name="gate_denial_has_a_rule",
            ),
            models.CheckConstraint(condition=CHANNEL_IS_KNOWN, name="gate_channel_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {'allowed' if self.is_allowed else self.rule}"


class Breaker(models.Model):
    """Stops sending when more goes out than anybody meant. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    opened_at = models.DateTimeField(null=True, help_text="wall clock; empty: messages may go out")
    reason = models.TextField(blank=True, default="")
    opened_count = models.PositiveIntegerField(default=0, help_text="messages in the hour before")
    counted_from = models.DateTimeField(null=True, help_text="wall clock: sends before do not count any more")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="breaker_is_one")]

    def __str__(self) -> str:
        return "open" if self.opened_at else "closed"


class BreakerReset(models.Model):
    """Two people let messages go out again."""

    opened_at = models.DateTimeField(help_text="which opening it ends")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    reason = models.TextField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["opened_at"], name="breaker_reset_once"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=models.F("asked_by")),
                name="breaker_reset_by_two",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="breaker_reset_confirmed_wholly",
            ),
        ]

    def __str__(self) -> str:
        return f"reset of {self.opened_at}"
