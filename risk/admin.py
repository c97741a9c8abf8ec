"""The registry in Django's admin, for analysts and compliance officers. Everybody else is denied, superusers too.

Nothing is edited here: the actions call the registry's services and show what these refuse.
"""

import datetime as dt
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

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
    TabularInline, VersionBase, DecisionBase = admin.TabularInline, admin.ModelAdmin, admin.ModelAdmin

ADMIN = ModelDecision.Through.ADMIN
READERS = registry.VALIDATORS | registry.APPROVERS


class ReadOnly:
    """Looked at by the registry's roles, changed by nobody: beside, not through, Django's own permissions."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(roles.of(request.user) & READERS)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(roles.of(request.user) & READERS)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class StepForm(ActionForm):
    """What a step needs beside the version."""

    words = forms.CharField(required=False, label="Findings or reason")
    # Text here: Django answers an invalid day with "No action selected".
    valid_until_on = forms.CharField(
        required=False, label="Valid until", widget=forms.TextInput(attrs={"type": "date"})
    )


class DecisionInline(ReadOnly, TabularInline):
    """Who decided what about the version."""

    model = ModelDecision
    fields = ("kind", "decided_by", "decided_at", "through", "account", "reason", "valid_until_on")
    readonly_fields = fields
    extra = 0


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly, VersionBase):
    """Versions, newest first, with the registry's steps as actions."""

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
        "retired_at", "shadow_since", "manifest_sha256", "artifact", "manifest_shown", "metrics_shown",
    ]  # fmt: skip
    inlines = [DecisionInline]
    action_form = StepForm
    actions = [
        "validate", "approve", "activate", "retire", "reject", "start_shadow", "stop_shadow",
    ]  # fmt: skip

    @admin.display(description="manifest")
    def manifest_shown(self, model: ModelVersion) -> SafeString:
        return _shown(model.manifest)

    @admin.display(description="metrics")
    def metrics_shown(self, model: ModelVersion) -> SafeString:
        return _shown(model.metrics)

    @admin.action(description="Validate (findings)")
    def validate(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        words = _words(request)
        self._take(
            request,
            models,
            lambda model, by: registry.model_validate(model=model, by=by, through=ADMIN, findings=words),
        )

    @admin.action(description="Approve (reason, valid until)")
    def approve(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        words, day = _words(request), request.POST.get("valid_until_on", "")
        try:
            until = dt.date.fromisoformat(day) if day else None
        except ValueError:
            self.message_user(request, f"{day} is no day.", messages.ERROR)
            return
        self._take(
            request,
            models,
            lambda model, by: registry.model_approve(
                model=model, by=by, through=ADMIN, reason=words, valid_until_on=until
            ),
        )

    @admin.action(description="Activate")
    def activate(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        self._take(
            request, models, lambda model, by: registry.model_activate(model=model, by=by, through=ADMIN)
        )

    @admin.action(description="Retire (reason)")
    def retire(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        words = _words(request)
        self._take(
            request,
            models,
            lambda model, by: registry.model_retire(model=model, by=by, through=ADMIN, reason=words),
        )

    @admin.action(description="Reject (reason)")
    def reject(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        words = _words(request)
        self._take(
            request,
            models,
            lambda model, by: registry.model_reject(model=model, by=by, through=ADMIN, reason=words),
        )

    @admin.action(description="Start shadow")
    def start_shadow(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        self._take(
            request, models, lambda model, by: registry.shadow_start(model=model, by=by, through=ADMIN)
        )

    @admin.action(description="Stop shadow")
    def stop_shadow(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        self._take(request, models, lambda model, by: registry.shadow_stop(model=model, by=by, through=ADMIN))

    def _take(
        self,
        request: HttpRequest,
        models: QuerySet[ModelVersion],
        step: Callable[[ModelVersion, User], ModelVersion],
    ) -> None:
        """Take a step of each version, and say what came of it."""
        by = request.user
        if not isinstance(by, User):
            return
        for model in models:
            try:
                moved = step(model, by)
            except ModelRefused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            else:
                self.message_user(request, f"{moved} is {moved.state}.", messages.SUCCESS)


@admin.register(ModelDecision)
class ModelDecisionAdmin(ReadOnly, DecisionBase):
    """Every decision, newest first."""

    list_display = ["model", "kind", "decided_by", "author", "decided_at", "through", "valid_until_on"]
    list_select_related = ["model", "decided_by", "author"]
    ordering = ["-id"]
    fields = [
        "model", "kind", "author", "decided_by", "decided_at", "through", "account", "reason", "valid_until_on",
        "manifest_sha256",
    ]  # fmt: skip


def _words(request: HttpRequest) -> str:
    return request.POST.get("words", "")


def _shown(content: dict[str, Any]) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(content, indent=2, ensure_ascii=False))
