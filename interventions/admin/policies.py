"""Policy templates: written, compared, tried out and decided upon."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from interventions.admin.base import READERS, HardshipFilter, ReadOnly, user_of
from interventions.admin.forms import BOXES, LANGUAGE_NAMES, PolicyForm, box, lines, subject_box
from interventions.admin.stepping import GovernedAdmin, deciders, decision_rows
from interventions.models import Channel, PolicyDecision, PolicyTemplate, ReliefOffer
from interventions.policy import trying_out
from interventions.policy.content import texts_of

TERMS = (
    "action", "priority", "sla_hours", "effect", "relief_kinds", "personal_line_max", "own_fields", "valid_from",
    "valid_until",
)  # fmt: skip
# What a reader sees in place of what a writer fills.
READ = {"relief_kinds": "relief_shown", "own_fields": "own_fields_shown"}


@admin.register(PolicyTemplate)
class PolicyTemplateAdmin(GovernedAdmin):
    """Policies by hardship and level, the newest version first."""

    form = PolicyForm
    list_display = ("__str__", "standing", "action", "priority", "sla_hours", "author", "activated_at")
    list_filter = ("state", ("hardship", HardshipFilter), "level")
    list_select_related = ("author",)
    search_fields = ("action",)
    ordering = ("hardship", "-level", "-version")
    list_per_page = 100
    inlines = (decision_rows(PolicyDecision),)
    actions_detail = (*GovernedAdmin.actions_detail, "try_out")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The boxes of the texts are made by the form itself; the admin looks for columns only."""
        if not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change, **kwargs | {"form": forms.ModelForm, "fields": []})
        return super().get_form(request, obj, change, **kwargs | {"fields": PolicyForm.Meta.fields})

    def sections(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.has_change_permission(request, obj):
            boxes = [box(channel, language) for channel, language in BOXES]
            for language in ("en", "hi"):
                boxes.insert(boxes.index(box(Channel.EMAIL, language)), subject_box(language))
            texts, written = _("Texts"), boxes
        else:
            texts, written = _("Texts"), ["texts_shown"]
        read = READ if not self.has_change_permission(request, obj) else {}
        terms = [read.get(name, name) for name in TERMS]
        return [
            (None, {"fields": terms}),
            (texts, {"fields": written}),
            (_("Who and when"), {"fields": deciders("hardship", "level", "version", "based_on")}),
        ]

    def fixed(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = (*deciders("hardship", "level", "version", "based_on"), "texts_shown")
        return fixed if self.has_change_permission(request, obj) else (*TERMS, *READ.values(), *fixed)

    def offered(self, request: HttpRequest, subject: Any) -> set[str]:
        return super().offered(request, subject) | ({"try_out"} if self.is_officer(request) else set())

    @admin.display(description=gettext_lazy("relief that may be offered"))
    def relief_shown(self, template: PolicyTemplate) -> str:
        names = dict(ReliefOffer.Kind.choices)
        return ", ".join(str(names.get(kind, kind)) for kind in template.relief_kinds) or _("none")

    @admin.display(description=gettext_lazy("fields that staff fill"))
    def own_fields_shown(self, template: PolicyTemplate) -> str:
        return "\n".join(lines(template.fields)) or _("none")

    @admin.display(description=gettext_lazy("texts"))
    def texts_shown(self, template: PolicyTemplate) -> SafeString | str:
        rows = (
            (capfirst(Channel(channel).label), LANGUAGE_NAMES[language], text.subject, text.body)
            for (channel, language), text in texts_of(template.messages).items()
        )
        name = '<h3 class="eq-text-name">{} · {}</h3>'
        shown = name + '<p class="eq-text"><strong>{}</strong></p><p class="eq-text">{}</p>'
        return format_html_join("", shown, rows) or _("Nobody is contacted.")

    @action(description=gettext_lazy("Preview and test"), url_path="try-out")
    def try_out(self, request: HttpRequest, object_id: int) -> HttpResponse:
        template = self.subject(request, object_id)
        if not self.is_officer(request):
            return HttpResponse(status=403)
        bank_id, asked = request.POST.get("bank_id", "").strip(), request.POST.get("ask", "")
        shown: list[trying_out.Shown] = trying_out.with_made_up_values(template)
        try:
            if asked == "customer":
                shown = trying_out.for_customer(template=template, bank_id=bank_id, by=user_of(request))
            elif asked == "send":
                return self._sent(request, template)
        except trying_out.NotPossible as refusal:
            messages.error(request, str(refusal))
        context = {"shown": shown, "bank_id": bank_id, "is_customer": asked == "customer"}
        return self.page(
            request, template, "try_out", _("Preview %(policy)s") % {"policy": template}, context
        )

    def _sent(self, request: HttpRequest, template: PolicyTemplate) -> HttpResponse:
        message: EmailMessage = trying_out.send_to_oneself(template=template, by=user_of(request))
        messages.success(request, _("Sent to %(address)s.") % {"address": ", ".join(message.to)})
        return redirect(request.path)


@admin.register(PolicyDecision)
class PolicyDecisionAdmin(ReadOnly):
    """Every decision, newest first."""

    seen_by = READERS
    list_display = ("template", "kind", "decided_by", "author", "decided_at")
    list_select_related = ("template", "decided_by", "author")
    list_filter = ("kind",)
    fields = ("template", "kind", "author", "decided_by", "decided_at", "reason", "content_hash")
