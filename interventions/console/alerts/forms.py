"""The form of a reader's settings for alerts."""

from collections.abc import Collection
from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from interventions.alerting import words
from interventions.alerting.choosing import Choice
from interventions.models import AlertSettings, Notice

Digest = AlertSettings.Digest
HOW_OFTEN = [
    (Digest.OFF.value, _("No e-mail")),
    (Digest.HOURLY.value, _("Every hour, where something is new")),
    (Digest.DAILY.value, _("Once a day, where something is new")),
]


class AlertSettingsForm(forms.Form):
    """Which kinds, in the bell or by e-mail, and when."""

    in_bell = forms.MultipleChoiceField(
        label=_("In the bell"), required=False, widget=forms.CheckboxSelectMultiple
    )
    in_mail = forms.MultipleChoiceField(
        label=_("In the e-mail"), required=False, widget=forms.CheckboxSelectMultiple
    )
    digest = forms.ChoiceField(label=_("E-mail digest"), choices=HOW_OFTEN, widget=forms.RadioSelect)
    daily_at = forms.TimeField(
        label=_("Time of the daily e-mail"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    is_working_hours_only = forms.BooleanField(
        label=_("Only within the bank's business hours"), required=False
    )

    def __init__(self, *args: Any, offered: Collection[Notice.Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.value, words.KINDS[kind]) for kind in offered]
        for name in ("in_bell", "in_mail"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    @classmethod
    def of(cls, chosen: AlertSettings, offered: Collection[Notice.Kind]) -> Self:
        """The form as the settings stand."""
        initial = {
            "in_bell": [kind.value for kind in offered if kind not in chosen.not_in_bell],
            "in_mail": [kind.value for kind in offered if kind not in chosen.not_in_mail],
            "digest": chosen.digest,
            "daily_at": chosen.daily_at,
            "is_working_hours_only": chosen.is_working_hours_only,
        }
        return cls(initial=initial, offered=offered)

    def choice(self) -> Choice:
        """What was chosen, once the form is valid."""
        return Choice(**{**self.cleaned_data, "digest": Digest(self.cleaned_data["digest"])})
