"""Packs of contact rules, with the same way as policies."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interventions.admin.base import READERS, ReadOnly
from interventions.admin.forms import PackForm
from interventions.admin.stepping import GovernedAdmin, deciders, decision_rows
from interventions.models import ContactPack, PackDecision
from interventions.policy.comparing import written


@admin.register(ContactPack)
class ContactPackAdmin(GovernedAdmin):
    """Packs, the newest version first. One stands for the whole bank."""

    form = PackForm
    list_display = ("__str__", "standing", "author", "activated_at")
    list_filter = ("state", "name")
    list_select_related = ("author",)
    ordering = ("name", "-version")
    inlines = (decision_rows(PackDecision),)

    def sections(self, request: HttpRequest, obj: Any = None) -> Any:
        rules = "rules" if self.has_change_permission(request, obj) else "rules_shown"
        return [
            (None, {"fields": [rules]}),
            (_("Who and when"), {"fields": deciders("name", "version")}),
        ]

    def fixed(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*deciders("name", "version"), "rules_shown")

    @admin.display(description=gettext_lazy("rules"))
    def rules_shown(self, pack: ContactPack) -> SafeString:
        return format_html('<pre class="eq-json">{}</pre>', written(pack.rules))


@admin.register(PackDecision)
class PackDecisionAdmin(ReadOnly):
    """Every decision, newest first."""

    seen_by = READERS
    list_display = ("pack", "kind", "decided_by", "author", "decided_at")
    list_select_related = ("pack", "decided_by", "author")
    fields = ("pack", "kind", "author", "decided_by", "decided_at", "reason", "content_hash")
