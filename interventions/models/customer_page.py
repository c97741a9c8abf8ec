"""The customer's own page: the links that lead to it, what customers say there, and what staff make of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from interventions.models.case import Case
from interventions.models.channel import CHANNEL_IS_KNOWN, PURPOSE_IS_KNOWN, Channel, Purpose
from interventions.models.intervention import Delivery


class PageLink(models.Model):
    """A link in a message. Only its hash is kept: whoever reads the database cannot open the page with it."""

    token_sha256 = models.CharField(max_length=64, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="page_links")
    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="+", help_text="the last message that carries it"
    )
    channel = models.CharField(max_length=16, choices=Channel.choices)
    purpose = models.CharField(max_length=16, choices=Purpose.choices, default=Purpose.SUPPORT)
    language = models.CharField(max_length=8)
    made_at = models.DateTimeField(help_text="bank clock")
    expires_at = models.DateTimeField(help_text="bank clock: it leads nowhere from then on")
    failed_identifications = models.PositiveSmallIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, help_text="bank clock")
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    revoke_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=CHANNEL_IS_KNOWN, name="link_channel_is_known"),
            models.CheckConstraint(condition=PURPOSE_IS_KNOWN, name="link_purpose_is_known"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="link_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True, revoke_reason="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason="")),
                name="link_revoked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"link {self.pk} of case {self.case_id}"


class CustomerAnswer(models.Model):
    """What a customer said on their page. Append-only; taking it back is another answer."""

    class Kind(models.TextChoices):
        PAY_DAY = "pay_day", pgettext_lazy("answer", "my pay date moved")
        ARRANGED = "arranged", pgettext_lazy("answer", "already arranged")
        PAUSE = "pause", pgettext_lazy("answer", "pause contact")
        STOP = "stop", pgettext_lazy("answer", "stop")
        TALK = "talk", pgettext_lazy("answer", "talk to a person")
        TAKEN_BACK = "taken_back", pgettext_lazy("answer", "taken back")

    class PartOfDay(models.TextChoices):
        ANY = "any", pgettext_lazy("part of the day", "any time")
        MORNING = "morning", pgettext_lazy("part of the day", "morning")
        AFTERNOON = "afternoon", pgettext_lazy("part of the day", "afternoon")
        EVENING = "evening", pgettext_lazy("part of the day", "evening")

    link = models.ForeignKey(PageLink, on_delete=models.PROTECT, related_name="answers")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="answers")
    case = models.ForeignKey(
        Case,
        null=True,
        on_delete=models.PROTECT,
        related_name="answers",
        help_text="the one that was open then, or that it opened; empty: none was",
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    day_on = models.DateField(null=True, help_text="the day that is spoken of")
    channel = models.CharField(
        max_length=16, blank=True, default="", help_text="how to talk, or what to stop; empty: all"
    )
    part_of_day = models.CharField(max_length=16, blank=True, default="", choices=PartOfDay.choices)
    takes_back = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="taken_back")
    key = models.UUIDField(help_text="of the form: sent twice it is one answer")
    answered_at = models.DateTimeField(help_text="bank clock")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-id"], name="answer_by_customer"),
            models.Index(fields=["case", "-id"], name="answer_by_case"),
            models.Index(fields=["answered_at"], name="answer_asked_lately", condition=Q(kind="talk")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["link", "key"], name="answer_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["pay_day", "arranged", "pause", "stop", "talk", "taken_back"]),
                name="answer_kind_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["pay_day", "arranged", "pause", "talk"]) | Q(day_on__isnull=False),
                name="answer_names_its_day",
            ),
            models.CheckConstraint(
                condition=Q(kind="taken_back", takes_back__isnull=False)
                | (~Q(kind="taken_back") & Q(takes_back__isnull=True)),
                name="answer_takes_one_back",
            ),
            models.CheckConstraint(
                condition=Q(channel="") | CHANNEL_IS_KNOWN, name="answer_channel_is_known"
            ),
            models.CheckConstraint(
                condition=Q(part_of_day__in=["", "any", "morning", "afternoon", "evening"]),
                name="answer_part_of_day_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"


class AnswerDecision(models.Model):
    """A colleague confirmed what a customer said, or did not. Append-only: decided once."""

    answer = models.OneToOneField(CustomerAnswer, on_delete=models.PROTECT, related_name="decision")
    is_confirmed = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    decided_at = models.DateTimeField(help_text="bank clock")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="answer_decided_for_a_reason")]

    def __str__(self) -> str:
        return f"answer {self.answer_id} {'confirmed' if self.is_confirmed else 'declined'}"
