"""Cases and what was said and sent: read-only, and whoever opens one is recorded."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from interventions import masking
from interventions.admin.base import HardshipFilter, Personal, ReadOnlyRows
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

DELIVERED = {
    "sent": "success", "delivered": "success", "failed": "danger", "unknown": "danger", "denied": "warning",
    "pending": "info", "sending": "info",
}  # fmt: skip


class TransitionRows(ReadOnlyRows):
    """What happened to a case."""

    model = CaseTransition
    verbose_name_plural = gettext_lazy("what happened")
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
    list_filter = ("state", "level", ("hardship", HardshipFilter), "outcome")
    fields = (
        "customer", "state", "level", "hardship", "priority", "policy", "assigned_to", "escalated_to", "due_on",
        "opened_at", "sla_due_at", "first_contact_at", "sla_breached_at", "snoozed_until", "outcome", "resolved_at",
        "revision", "version",
    )  # fmt: skip
    inlines = (TransitionRows,)
    actions_detail = ("in_console",)
    filled_by = gettext_lazy("A case opens when a customer's risk rises.")

    @action(description=gettext_lazy("Open in the console"), url_path="in-console", permissions=["view"])
    def in_console(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("case", pk=object_id)


class EditRows(ReadOnlyRows):
    """Who decided about an edited message."""

    model = EditDecision
    verbose_name_plural = gettext_lazy("decisions about the edit")
    fields = ("kind", "author", "decided_by", "decided_at", "reason")
    readonly_fields = fields


@admin.register(Intervention)
class InterventionAdmin(Personal):
    """Messages and calls as they were written and confirmed."""

    list_display = ("customer", "channel", "state", "is_edited", "template", "author", "created_at")
    list_select_related = ("customer", "template", "author")
    list_filter = ("state", "channel", "is_edited")
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
    fields = (
        "customer", "case", "loan", "amount", "promised_on", "made_at", "made_with", "state", "paid_amount",
        "settled_at",
    )  # fmt: skip


@admin.register(Override)
class OverrideAdmin(Personal):
    """Where somebody did otherwise than recommended."""

    list_display = ("customer", "category", "recommended", "chosen", "by", "at")
    list_select_related = ("customer", "by")
    list_filter = ("category",)
    fields = ("case", "customer", "policy", "recommended", "chosen", "category", "note", "by", "at")
