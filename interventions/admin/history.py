"""Cases and what was said and sent: read-only, and whoever opens one is recorded."""

from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from interventions import masking
from interventions.admin.base import Personal, ReadOnly, ReadOnlyRows
from interventions.models import (
    Case,
    CaseTransition,
    Delivery,
    EditDecision,
    Intervention,
    Override,
    PromiseToPay,
    ReliefOffer,
)

BY_CUSTOMER = ("=customer__bank_id",)
DELIVERED = {
    "sent": "success", "delivered": "success", "failed": "danger", "unknown": "danger", "denied": "warning",
    "pending": "info", "sending": "info",
}  # fmt: skip


class TransitionRows(ReadOnlyRows):
    """What happened to a case."""

    model = CaseTransition
    fields = ("at", "verb", "from_state", "to_state", "by", "reason")
    readonly_fields = fields


@admin.register(Case)
class CaseAdmin(Personal):
    """Cases, newest first."""

    list_display = (
        "customer",
        "state",
        "level",
        "hardship",
        "priority",
        "assigned_to",
        "opened_at",
        "outcome",
    )
    list_select_related = ("customer", "assigned_to")
    list_filter = ("state", "level", "hardship", "outcome")
    search_fields = BY_CUSTOMER
    search_help_text = gettext_lazy("customer's bank id")
    fields = (
        "customer", "state", "level", "hardship", "priority", "policy", "assigned_to", "escalated_to", "due_on",
        "opened_at", "sla_due_at", "first_contact_at", "sla_breached_at", "snoozed_until", "outcome", "resolved_at",
        "revision", "version",
    )  # fmt: skip
    inlines = (TransitionRows,)


class EditRows(ReadOnlyRows):
    """Who decided about an edited message."""

    model = EditDecision
    fields = ("kind", "author", "decided_by", "decided_at", "reason")
    readonly_fields = fields


@admin.register(Intervention)
class InterventionAdmin(Personal):
    """Messages and calls as they were written and confirmed."""

    list_display = ("customer", "channel", "state", "is_edited", "template", "author", "created_at")
    list_select_related = ("customer", "template", "author")
    list_filter = ("state", "channel", "is_edited")
    search_fields = BY_CUSTOMER
    fields = (
        "customer", "case", "template", "template_hash", "channel", "purpose", "language", "subject", "body",
        "body_sha256", "is_edited", "state", "author", "created_at", "confirmed_by", "confirmed_at", "scheduled_for",
        "cancelled_at", "cancel_reason",
    )  # fmt: skip
    inlines = (EditRows,)


@admin.register(Delivery)
class DeliveryAdmin(Personal):
    """The outbox, newest first."""

    list_display = ("customer", "channel", "standing", "to", "not_before_at", "contacted_at", "denied_rule")
    list_select_related = ("customer",)
    list_filter = ("state", "channel")
    search_fields = BY_CUSTOMER
    ordering = ("-created_at", "-pk")
    fields = (
        "customer", "case", "intervention", "template", "channel", "to", "subject", "body", "body_sha256", "state",
        "is_automatic", "not_before_at", "attempts", "provider", "provider_id", "created_at", "contacted_at",
        "handed_over_at", "settled_at", "error", "denied_rule", "next_lawful_at",
    )  # fmt: skip
    readonly_fields = ("to",)

    @admin.display(description=gettext_lazy("address"))
    def to(self, delivery: Delivery) -> str:
        return masking.address(delivery.address)

    @display(description=gettext_lazy("state"), label=DELIVERED)
    def standing(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()


@admin.register(ReliefOffer)
class ReliefOfferAdmin(Personal):
    """What was offered and how it was answered."""

    list_display = ("customer", "kind", "state", "offered_by", "offered_at", "valid_until_on")
    list_select_related = ("customer", "offered_by")
    list_filter = ("state", "kind")
    search_fields = BY_CUSTOMER
    fields = (
        "customer", "case", "loan", "template", "kind", "terms", "eligibility", "state", "valid_until_on", "offered_by",
        "offered_at", "answered_at", "answer_recorded_by",
    )  # fmt: skip


@admin.register(PromiseToPay)
class PromiseToPayAdmin(Personal):
    """Promises, and whether they were kept."""

    list_display = ("customer", "amount", "promised_on", "state", "made_with", "made_at")
    list_select_related = ("customer", "made_with")
    list_filter = ("state",)
    search_fields = BY_CUSTOMER
    fields = (
        "customer", "case", "loan", "amount", "promised_on", "made_at", "made_with", "state", "paid_amount",
        "settled_at",
    )  # fmt: skip


@admin.register(Override)
class OverrideAdmin(ReadOnly):
    """Where somebody did otherwise than recommended."""

    list_display = ("case", "category", "recommended", "chosen", "by", "at")
    list_select_related = ("case", "by")
    list_filter = ("category",)
    fields = ("case", "customer", "policy", "recommended", "chosen", "category", "note", "by", "at")
