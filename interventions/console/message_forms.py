"""The forms of one message: its fields, other words, a decision about them, and when it goes."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from customers import bank_clock
from interventions.console.case_forms import REASON_MAX, CaseForm, ModelChoice, text_area
from interventions.messages.rendering import placeholders
from interventions.models import Channel, Intervention
from interventions.policy.content import PERSONAL_LINE, texts_of

BODY_MAX = 4_000


class DraftForm(CaseForm):
    """What the template lets staff fill in."""

    channel = forms.ChoiceField(choices=Channel.choices, widget=forms.HiddenInput)
    language = forms.CharField(max_length=8, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, template: Any, **kwargs: Any) -> None:
        self.template_used = template
        super().__init__(*args, **kwargs)

    def _named(self) -> set[str]:
        """The placeholders of the text that would be taken, in whatever languages it is there."""
        texts = texts_of(self.template_used.messages) if self.template_used else {}
        channel = self["channel"].value()
        found = [text for (of_channel, _language), text in texts.items() if of_channel == channel]
        return {name for text in found for name in placeholders(text.subject) | placeholders(text.body)}

    def offer_choices(self) -> None:
        named = self._named()
        fields = self.template_used.fields if self.template_used else {}
        for name, field in fields.items():
            if name not in named:
                continue
            self.fields[f"field_{name}"] = forms.CharField(
                label=field["label"],
                max_length=field["max_length"],
                required=not field.get("default"),
                initial=field.get("default", ""),
            )
        if PERSONAL_LINE in named and self.template_used.personal_line_max:
            self.fields["personal_line"] = forms.CharField(
                label=_("A line of your own"),
                max_length=self.template_used.personal_line_max,
                required=False,
                help_text=_("Optional. Anything longer is an edit, which a second person approves."),
            )

    def clean(self) -> dict[str, Any]:
        """Gather what staff wrote by the template's own names."""
        said: dict[str, Any] = super().clean() or {}
        filled = {
            name.removeprefix("field_"): value for name, value in said.items() if name.startswith("field_")
        }
        return {**said, "fields": filled}


class MessageField(ModelChoice):
    """One of the case's own messages, in a hidden field."""

    widget = forms.HiddenInput


class MessageForm(CaseForm):
    """Something about one message of the case."""

    intervention = MessageField(queryset=Intervention.objects.none())

    def offer_choices(self) -> None:
        self.fields["intervention"].queryset = self.case.interventions.all()  # type: ignore[attr-defined]


class EditForm(MessageForm):
    """Other words than the template's."""

    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    body = forms.CharField(
        label=_("Text"),
        max_length=BODY_MAX,
        widget=text_area(6),
        help_text=_("Somebody else reads and approves these words before they can be sent."),
    )


class MessageReasonForm(MessageForm):
    """A step with a message, and its reason."""

    reason = forms.CharField(label=_("Why"), max_length=REASON_MAX, widget=text_area())


class DecisionForm(MessageReasonForm):
    """A decision about words as they were read."""

    words = forms.CharField(max_length=64, widget=forms.HiddenInput)


NOW, LAWFUL, THEN = "now", "lawful", "then"


class ConfirmForm(MessageForm):
    """Now, at the next lawful time, or at a chosen one."""

    when = forms.ChoiceField(choices=[(each, each) for each in (NOW, LAWFUL, THEN)], widget=forms.HiddenInput)
    words = forms.CharField(max_length=64, widget=forms.HiddenInput)
    # Empty where nothing stands.
    holds = forms.CharField(max_length=1_000, required=False, widget=forms.HiddenInput)
    scheduled_for = forms.DateTimeField(
        label=_("When"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In the bank's time zone."),
    )

    def clean(self) -> dict[str, Any]:
        """A chosen time lies ahead, on the bank's clock."""
        said: dict[str, Any] = super().clean() or {}
        now = bank_clock.now()
        chosen = said.get("scheduled_for")
        if said.get("when") == THEN and (chosen is None or chosen <= now):
            time = date_format(timezone.localtime(now, bank_clock.zone()), "j M, H:i")
            self.add_error("scheduled_for", _("Choose a time after %(now)s, the bank's now.") % {"now": time})
        return said
