"""The registry in Django's admin, for analysts and compliance officers. Everybody else is denied, superusers too.

Nothing is edited here: the actions call the registry's services and show what these refuse.
"""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminTextInputWidget

from audit import read_only
from audit.shown import Worded
from customers import roles
from risk.model import registry
from risk.model.registry import ModelRefused
from risk.models import ModelDecision, ModelVersion

if TYPE_CHECKING:
    TabularInline = admin.TabularInline[ModelDecision, ModelVersion]
    VersionBase = admin.ModelAdmin[ModelVersion]
    DecisionBase = admin.ModelAdmin[ModelDecision]
else:
    # They are generic to the type checker only.
    TabularInline, VersionBase, DecisionBase = UnfoldTabularInline, UnfoldModelAdmin, UnfoldModelAdmin

ADMIN = ModelDecision.Through.ADMIN
READERS = registry.VALIDATORS | registry.APPROVERS

Step = Callable[..., ModelVersion]


@dataclass(frozen=True)
class Asked:
    """A step that is confirmed with a reason.

    Args:
        action: the admin's name of it.
        question: what is asked, with the version filled in.
        consequence: what follows.
        step: the registry's service.
    """

    action: str
    question: str | Promise
    consequence: str | Promise
    step: Step


ACTIVATE = Asked(
    "activate",
    gettext_lazy("Activate %(model)s?"),
    gettext_lazy(
        "It scores every customer from now on, and everybody is evaluated again. The version that scores now is"
        " retired."
    ),
    registry.model_activate,
)
RETIRE = Asked(
    "retire",
    gettext_lazy("Retire %(model)s?"),
    gettext_lazy("It scores no more: the rules go on alone, and everybody is evaluated again."),
    registry.model_retire,
)
REJECT = Asked(
    "reject",
    gettext_lazy("Reject %(model)s?"),
    gettext_lazy("It ends there: what is rejected is never used."),
    registry.model_reject,
)


WORDS: dict[str, str | Promise] = {
    "valid_until_on": gettext_lazy("valid until"),
    "manifest_sha256": gettext_lazy("SHA-256 of the manifest"),
    "metrics_sha256": gettext_lazy("SHA-256 of the metrics"),
    "artifact": gettext_lazy("SHA-256 of the model's bytes"),
}


class ReadOnly(Worded, read_only.ReadOnly):
    """Looked at by the registry's roles, changed by nobody: beside, not through, Django's own permissions."""

    words = WORDS
    list_before_template = "admin/clocks.html"
    change_form_before_template = "admin/clocks.html"

    def may_see(self, request: HttpRequest) -> bool:
        return bool(roles.of(request.user) & READERS)


class StepForm(ActionForm):
    """What a step needs beside the version."""

    words = forms.CharField(
        required=False,
        label=gettext_lazy("Findings or reason"),
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": gettext_lazy("Findings or reason")}),
    )
    # Text here: Django answers an invalid day with "No action selected".
    valid_until_on = forms.CharField(
        required=False,
        label=gettext_lazy("Valid until"),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
    )


class DecisionInline(ReadOnly, TabularInline):
    """Who decided what about the version."""

    model = ModelDecision
    verbose_name_plural = gettext_lazy("decisions")
    fields = ("kind", "decided_by", "decided_at", "through", "account", "reason", "valid_until_on")
    readonly_fields = fields
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelDecision]:
        return self.with_people(super().get_queryset(request))


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly, VersionBase):
    """Versions, newest first, with the registry's steps as actions."""

    filled_by = gettext_lazy("manage.py train_model makes one.")
    list_display = [
        "__str__",
        "state",
        "author",
        "trained_at",
        "valid_until_on",
        "activated_at",
        "shadow_since",
    ]
    list_filter = ["state"]
    list_select_related = ["author"]
    ordering = ["-id"]
    fields = [
        "name", "version", "state", "state_reason", "author", "trained_at", "valid_until_on", "activated_at",
        "retired_at", "shadow_since", "manifest_sha256", "metrics_sha256", "artifact", "manifest_shown",
        "metrics_shown",
    ]  # fmt: skip
    inlines = [DecisionInline]
    action_form = StepForm
    actions = [
        "validate", "approve", "activate", "retire", "reject", "start_shadow", "stop_shadow",
    ]  # fmt: skip

    @admin.display(description=gettext_lazy("manifest"))
    def manifest_shown(self, model: ModelVersion) -> SafeString:
        return _shown(model.manifest)

    @admin.display(description=gettext_lazy("metrics"))
    def metrics_shown(self, model: ModelVersion) -> SafeString:
        if not model.has_its_metrics():
            return format_html("{}", _("Altered since they were saved: not shown."))
        return _shown(model.metrics)

    @admin.action(description=gettext_lazy("Validate (findings)"))
    def validate(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        self._take(request, models, partial(registry.model_validate, findings=_words(request)))

    @admin.action(description=gettext_lazy("Approve (reason, valid until)"))
    def approve(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        day = request.POST.get("valid_until_on", "")
        try:
            until = dt.date.fromisoformat(day) if day else None
        except ValueError:
            self.message_user(request, _("%(day)s is no day.") % {"day": day}, messages.ERROR)
            return
        self._take(
            request, models, partial(registry.model_approve, reason=_words(request), valid_until_on=until)
        )

    @admin.action(description=gettext_lazy("Activate …"))
    def activate(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> HttpResponse | None:
        return self._confirmed(request, models, ACTIVATE)

    @admin.action(description=gettext_lazy("Retire …"))
    def retire(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> HttpResponse | None:
        return self._confirmed(request, models, RETIRE)

    @admin.action(description=gettext_lazy("Reject …"))
    def reject(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> HttpResponse | None:
        return self._confirmed(request, models, REJECT)

    @admin.action(description=gettext_lazy("Start shadow"))
    def start_shadow(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        self._take(request, models, registry.shadow_start)

    @admin.action(description=gettext_lazy("Stop shadow"))
    def stop_shadow(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        self._take(request, models, registry.shadow_stop)

    def _confirmed(
        self, request: HttpRequest, models: QuerySet[ModelVersion], asked: Asked
    ) -> HttpResponse | None:
        """Ask, on a page of its own, whether and why; take the step when that was answered."""
        model = self._the_one(request, models)
        if model is None:
            return None
        words, is_answer = _words(request), "confirmed" in request.POST
        if is_answer and words.strip():
            self._take(request, models, partial(asked.step, reason=words))
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": asked.question % {"model": model},
            "model": model,
            "asked": asked,
            "words": words,
            "lacks_reason": is_answer,
            "active": ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE).first(),
        }
        return render(request, "admin/risk/modelversion/confirm.html", context)

    def _take(self, request: HttpRequest, models: QuerySet[ModelVersion], step: Step) -> None:
        """Take a step of the one version that was selected, and say what came of it."""
        model, by = self._the_one(request, models), request.user
        if model is None or not isinstance(by, User):
            return
        try:
            moved = step(model=model, by=by, through=ADMIN)
        except ModelRefused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            words = {"subject": moved, "state": moved.get_state_display()}
            self.message_user(request, _("%(subject)s is %(state)s.") % words, messages.SUCCESS)

    def _the_one(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> ModelVersion | None:
        """The version that was selected; where there are several, none, and a word about it."""
        found = list(models[:2])
        if len(found) == 1:
            return found[0]
        self.message_user(
            request, _("Select exactly one version: every step is about one of them."), messages.ERROR
        )
        return None


@admin.register(ModelDecision)
class ModelDecisionAdmin(ReadOnly, DecisionBase):
    """Every decision, newest first."""

    filled_by = gettext_lazy("Validating or approving a version makes one.")
    list_display = ["model", "kind", "decided_by", "author", "decided_at", "through", "valid_until_on"]
    list_select_related = ["model", "decided_by", "author"]
    ordering = ["-id"]
    fields = [
        "model", "kind", "author", "decided_by", "decided_at", "through", "account", "reason", "valid_until_on",
        "manifest_sha256", "metrics_sha256",
    ]  # fmt: skip


def _words(request: HttpRequest) -> str:
    return request.POST.get("words", "")


def _shown(content: dict[str, Any]) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(content, indent=2, ensure_ascii=False))
