"""Forms of drafts: a box for every text instead of raw JSON."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from audit.shown import BANK
from interventions.admin.base import WORDS
from interventions.models import Channel, ContactPack, HoldoutDesign, PolicyTemplate, ReliefOffer
from interventions.policy import checking
from interventions.policy.content import LANGUAGES, RECORD_VALUES, WRITTEN, text_of
from risk.levels import HARDSHIP_WORDS, Hardship

if TYPE_CHECKING:
    PolicyBase = forms.ModelForm[PolicyTemplate]
    PackBase = forms.ModelForm[ContactPack]
    HoldoutBase = forms.ModelForm[HoldoutDesign]
else:
    # It is generic to the type checker only.
    PolicyBase = PackBase = HoldoutBase = forms.ModelForm

VALIDITY = {"valid_from": gettext_lazy("valid from"), "valid_until": gettext_lazy("valid until")}
LANGUAGE_NAMES = {"en": gettext_lazy("English"), "hi": gettext_lazy("Hindi")}
ROWS = {Channel.SMS: 4, Channel.WHATSAPP: 7, Channel.EMAIL: 14, Channel.VOICE: 5, Channel.CALL: 5}
PLACEHOLDERS = ", ".join(f"{{{name}}}" for name in RECORD_VALUES)
# What a call says is a suggestion to a colleague: in English only.
BOXES = [
    (channel, language)
    for channel in WRITTEN
    for language in LANGUAGES
    if (channel, language) != (Channel.CALL, "hi")
]


def box(channel: str, language: str) -> str:
    """The name of a text's box."""
    return f"text_{channel}_{language}"


def subject_box(language: str) -> str:
    """The name of the box for an e-mail's subject."""
    return f"subject_{language}"


class PolicyForm(PolicyBase):
    """A policy's draft. Texts are boxes; the template's own fields are lines: name | label | letters | default."""

    relief_kinds = forms.MultipleChoiceField(
        choices=ReliefOffer.Kind.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label=gettext_lazy("Relief that may be offered"),
    )
    own_fields = forms.CharField(
        required=False,
        strip=True,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        label=gettext_lazy("Fields that staff fill"),
        help_text=gettext_lazy("One a line: name | label | most letters | default (may be empty)"),
    )

    class Meta:
        model = PolicyTemplate
        fields = [
            "action", "priority", "sla_hours", "effect", "valid_from", "valid_until", "personal_line_max",
        ]  # fmt: skip
        labels = {name: capfirst(str(WORDS[name])) for name in ("sla_hours", "personal_line_max")} | {
            name: format_lazy("{} ({})", capfirst(label), BANK) for name, label in VALIDITY.items()
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["relief_kinds"].initial = self.instance.relief_kinds
        self.fields["own_fields"].initial = "\n".join(lines(self.instance.fields))
        for channel, language in BOXES:
            self._add_boxes(channel, language)

    def _add_boxes(self, channel: Channel, language: str) -> None:
        text = text_of(self.instance.messages, channel, language)
        name = f"{capfirst(channel.label)} · {LANGUAGE_NAMES[language]}"
        if channel == Channel.EMAIL:
            self.fields[subject_box(language)] = forms.CharField(
                required=False,
                max_length=150,
                label=f"{name} · {_('subject')}",
                widget=UnfoldAdminTextInputWidget,
                initial=text.subject if text else "",
            )
        self.fields[box(channel, language)] = forms.CharField(
            required=False,
            label=name,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": ROWS[channel]}),
            initial=text.body if text else "",
            help_text=PLACEHOLDERS if channel == Channel.SMS else "",
        )

    def clean_own_fields(self) -> dict[str, Any]:
        return dict(_read(line) for line in self.cleaned_data["own_fields"].splitlines() if line.strip())

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return data
        self.instance.relief_kinds = data["relief_kinds"]
        self.instance.fields = data["own_fields"]
        self.instance.messages = self._messages(data)
        if found := checking.misshapen(self.instance):
            raise ValidationError(found)
        return data

    def _messages(self, data: dict[str, Any]) -> dict[str, Any]:
        messages: dict[str, Any] = {}
        for channel, language in BOXES:
            body = data[box(channel, language)].replace("\r\n", "\n")
            subject = data[subject_box(language)] if channel == Channel.EMAIL else ""
            if subject and not body:
                self.add_error(box(channel, language), _("There is a subject without a text."))
            if body:
                written = {"subject": subject, "body": body} if channel == Channel.EMAIL else body
                messages.setdefault(channel.value, {})[language] = written
        return messages


def lines(fields: dict[str, Any]) -> Iterator[str]:
    """A template's own fields as lines of its form."""
    for name, field in fields.items():
        yield " | ".join([name, field["label"], str(field["max_length"]), field.get("default", "")]).rstrip(
            " |"
        )


def _read(line: str) -> tuple[str, dict[str, Any]]:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) not in (3, 4) or not parts[2].isdecimal():
        raise ValidationError(_("“%(line)s” is not: name | label | most letters | default.") % {"line": line})
    field = {"label": parts[1], "max_length": int(parts[2])}
    return parts[0], field | ({"default": parts[3]} if len(parts) == 4 and parts[3] else {})


class RulesField(forms.JSONField):
    """JSON with one rule a line, as people read it."""

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


class PackForm(PackBase):
    """A pack's draft: its rules as JSON, checked as the send gate reads them."""

    rules = RulesField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 32, "spellcheck": "false"}),
        help_text=gettext_lazy("docs/send-gate.md explains each rule."),
    )

    class Meta:
        model = ContactPack
        fields = ["rules"]

    def clean_rules(self) -> Any:
        rules = self.cleaned_data["rules"]
        if not isinstance(rules, dict):
            raise ValidationError(_("The rules must be one JSON object."))
        if found := checking.pack_faults(rules):
            raise ValidationError(found)
        return rules


class HoldoutForm(HoldoutBase):
    """A design's draft."""

    hardships = forms.MultipleChoiceField(
        choices=[(each.name, HARDSHIP_WORDS[each]) for each in Hardship],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    levels = forms.MultipleChoiceField(
        choices=[(each, each) for each in sorted(checking.HELD_OUT_LEVELS)],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("HIGH is never held out, nor is anybody vulnerable."),
    )

    class Meta:
        model = HoldoutDesign
        fields = ["share", "hardships", "levels", "purpose", "ends_on"]
        labels = {"ends_on": capfirst(str(WORDS["ends_on"]))}
