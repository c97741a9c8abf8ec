"""Consent and holds: the ledger is read; holds are placed and lifted through the services, with a reason."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from customers.models import Customer
from interventions.admin.base import Personal, user_of
from interventions.contact import holds
from interventions.models import ConsentEvent, ContactHold, Conversation, GateDecision

GIVEN = {True: "success", False: "danger"}


@admin.register(ConsentEvent)
class ConsentEventAdmin(Personal):
    """The ledger, newest first."""

    list_display = ("customer", "channel", "purpose", "given", "source", "happened_at", "recorded_by")
    list_select_related = ("customer", "recorded_by")
    list_filter = ("channel", "purpose", "is_granted", "source")
    fields = (
        "customer", "channel", "purpose", "is_granted", "source", "evidence", "happened_at", "recorded_by",
        "recorded_at",
    )  # fmt: skip

    @display(description=gettext_lazy("consent"), label=GIVEN)
    def given(self, event: ConsentEvent) -> tuple[bool, str]:
        return event.is_granted, _("granted") if event.is_granted else _("withdrawn")


class HoldForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new hold; the customer is named by the number at the bank."""

    bank_id = forms.CharField(
        label=gettext_lazy("customer's number at the bank"), widget=UnfoldAdminTextInputWidget
    )
    source = forms.CharField(
        label=gettext_lazy("source system"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("needed only where several systems have this number"),
    )
    until_at = forms.SplitDateTimeField(
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=gettext_lazy("empty: until it is lifted"),
    )

    field_order = ["bank_id", "source", "kind", "reason", "until_at"]

    class Meta:
        model = ContactHold
        fields = ["kind", "reason"]
        widgets = {"kind": UnfoldAdminSelectWidget, "reason": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def clean_bank_id(self) -> Customer:
        found = Customer.objects.filter(bank_id=self.cleaned_data["bank_id"].strip())
        if source := self.data.get("source", "").strip():
            found = found.filter(source=source)
        if not (customers := list(found[:2])):
            raise ValidationError(_("There is no such customer."))
        if len(customers) > 1:
            # The wrong one would be left in peace, and the right one not.
            raise ValidationError(
                _("Several systems have a customer of this number: say which system as well.")
            )
        return customers[0]


@admin.register(ContactHold)
class ContactHoldAdmin(Personal):
    """Holds, newest first."""

    list_display = ("customer", "kind", "standing", "placed_at", "until_at", "placed_by")
    list_select_related = ("customer", "placed_by")
    list_filter = ("kind",)
    fields = (
        "customer", "kind", "reason", "placed_by", "placed_at", "until_at", "lifted_at", "lifted_by", "lift_reason",
    )  # fmt: skip
    actions_list = ("place",)
    actions_detail = ("lift",)

    @display(description=gettext_lazy("state"), label={"stands": "warning", "lifted": ""})
    def standing(self, hold: ContactHold) -> tuple[str, str]:
        return ("lifted", _("lifted")) if hold.lifted_at else ("stands", _("stands"))

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> Any:
        hold = self.get_object(request, str(object_id))
        return [] if hold is None or hold.lifted_at else super().get_actions_detail(request, object_id)

    @action(description=gettext_lazy("Place a hold"), url_path="place", permissions=["view"])
    def place(self, request: HttpRequest) -> HttpResponse:
        form = HoldForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                hold = holds.place(
                    customer=data["bank_id"],
                    kind=data["kind"],
                    reason=data["reason"],
                    by=user_of(request),
                    until_at=data["until_at"],
                )
            except (PermissionDenied, ValueError) as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("The hold stands."))
                return redirect("admin:interventions_contacthold_change", hold.pk)
        return self._page(request, _("Place a hold"), {"form": form})

    @action(
        description=gettext_lazy("Lift"), url_path="lift", permissions=["view"], variant=ActionVariant.PRIMARY
    )
    def lift(self, request: HttpRequest, object_id: int) -> HttpResponse:
        hold = self.get_object(request, str(object_id))
        if hold is None:
            raise Http404
        if request.method != "POST":
            # The page that asks says what the hold is for.
            self.seen(request, hold)
        else:
            try:
                holds.lift(hold=hold, by=user_of(request), reason=request.POST.get("reason", ""))
            except (PermissionDenied, ValueError) as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("The hold is lifted."))
                return redirect("admin:interventions_contacthold_change", hold.pk)
        return self._page(
            request, _("Lift the hold of %(customer)s") % {"customer": hold.customer}, {"hold": hold}
        )

    def _page(self, request: HttpRequest, title: str, context: dict[str, Any]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **context}
        return render(request, "admin/interventions/hold.html", frame)


@admin.register(Conversation)
class ConversationAdmin(Personal):
    """Conversations, newest first."""

    list_display = ("customer", "channel", "is_inbound", "result", "by", "happened_at")
    list_select_related = ("customer", "by")
    fields = (
        "customer",
        "case",
        "channel",
        "is_inbound",
        "result",
        "note",
        "by",
        "happened_at",
        "recorded_at",
    )


@admin.register(GateDecision)
class GateDecisionAdmin(Personal):
    """What the send gate said, newest first."""

    list_display = ("customer", "channel", "moment", "allowed", "rule", "next_lawful_at", "decided_at")
    list_select_related = ("customer",)
    list_filter = ("is_allowed", "moment", "channel")
    fields = (
        "customer", "intervention", "delivery", "moment", "channel", "is_allowed", "rule", "next_lawful_at", "trace",
        "pack", "content_hash", "body_sha256", "decided_at", "recorded_at",
    )  # fmt: skip

    @display(description=gettext_lazy("gate"), label=GIVEN)
    def allowed(self, decision: GateDecision) -> tuple[bool, str]:
        return decision.is_allowed, _("allowed") if decision.is_allowed else _("denied")
