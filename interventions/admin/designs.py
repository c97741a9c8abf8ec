"""Holdout designs, with the same way as policies."""

import secrets
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interventions.admin.base import READERS, ReadOnly
from interventions.admin.forms import HoldoutForm
from interventions.admin.stepping import GovernedAdmin, deciders, decision_rows
from interventions.models import HoldoutDecision, HoldoutDesign
from risk.levels import HARDSHIP_WORDS, Hardship

DESIGN = ("share", "hardships", "levels", "purpose", "ends_on")
# What a reader sees in place of what a writer fills.
READ = tuple("hardships_shown" if each == "hardships" else each for each in DESIGN)
SALT_BYTES = 16


@admin.register(HoldoutDesign)
class HoldoutDesignAdmin(GovernedAdmin):
    """Designs, the newest version first."""

    form = HoldoutForm
    list_display = ("__str__", "standing", "share", "ends_on", "author", "activated_at")
    list_filter = ("state",)
    list_select_related = ("author",)
    ordering = ("-version",)
    inlines = (decision_rows(HoldoutDecision),)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_officer(request)

    def sections(self, request: HttpRequest, obj: Any = None) -> Any:
        is_form = obj is None or self.has_change_permission(request, obj)
        design = (None, {"fields": DESIGN if is_form else READ})
        return [design, (_("Who and when"), {"fields": deciders("version", "salt")})] if obj else [design]

    def fixed(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = deciders("version", "salt")
        return fixed if obj is None or self.has_change_permission(request, obj) else (*READ, *fixed)

    @admin.display(description=gettext_lazy("hardships"))
    def hardships_shown(self, row: HoldoutDesign) -> str:
        return ", ".join(str(HARDSHIP_WORDS[Hardship[name]]) for name in row.hardships)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.salt = obj.salt or secrets.token_hex(SALT_BYTES)
        super().save_model(request, obj, form, change)


@admin.register(HoldoutDecision)
class HoldoutDecisionAdmin(ReadOnly):
    """Every decision, newest first."""

    seen_by = READERS
    list_display = ("design", "kind", "decided_by", "author", "decided_at")
    list_select_related = ("design", "decided_by", "author")
    fields = ("design", "kind", "author", "decided_by", "decided_at", "reason", "content_hash")
