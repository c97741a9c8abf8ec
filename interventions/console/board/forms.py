"""The form of the supervisors' board: whose cases go to whom."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers import bank_clock
from interventions.casework import handing_over
from interventions.console.case_forms import DATE, REASON_MAX, StaffField, staff_who_take_cases
from interventions.models import Case

MOST_DAYS = 366


class Which(TextChoices):
    """Which of somebody's cases."""

    ALL = "all", _("All of them")
    SOME = "some", _("The most urgent, as many as I say")
    NONE = "none", _("None: only new ones go to others")


class HandOverForm(forms.Form):
    """Whose cases go to whom, and until when somebody is away."""

    of = StaffField(
        label=pgettext_lazy("person", "From"), queryset=User.objects.none(), empty_label=_("Choose somebody")
    )
    which = forms.ChoiceField(label=_("Which cases"), choices=Which.choices, initial=Which.ALL)
    most = forms.IntegerField(label=_("How many"), required=False, min_value=1, max_value=10_000)
    to = StaffField(
        label=pgettext_lazy("person", "To"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("The customer's manager, else whoever has most room"),
    )
    away_until_on = forms.DateField(
        label=_("Away until the morning of"),
        required=False,
        widget=DATE,
        help_text=_("Empty: they are here. Until then new cases of their customers go to others."),
    )
    reason = forms.CharField(label=_("Why"), max_length=REASON_MAX)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        holders = Case.objects.open().exclude(assigned_to=None).values("assigned_to")
        taking = staff_who_take_cases()
        everybody = taking.values("pk").union(holders)
        fields: dict[str, Any] = self.fields
        fields["of"].queryset = User.objects.filter(pk__in=everybody).order_by("first_name", "username")
        fields["to"].queryset = taking

    def clean_away_until_on(self) -> dt.date | None:
        chosen: dt.date | None = self.cleaned_data["away_until_on"]
        today_on = bank_clock.today()
        if chosen and not today_on < chosen <= today_on + dt.timedelta(days=MOST_DAYS):
            raise forms.ValidationError(_("Choose a day from tomorrow on, at most a year ahead."))
        return chosen

    def clean(self) -> dict[str, Any]:
        """Check that there is something to do."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("which") == Which.SOME and not said.get("most") and "most" not in self.errors:
            self.add_error("most", _("Say how many."))
        is_absence_wrong = "away_until_on" in self.errors
        if said.get("which") == Which.NONE and not said.get("away_until_on") and not is_absence_wrong:
            self.add_error("away_until_on", _("Say until when they are away, or which cases go to others."))
        return said

    @property
    def how_many(self) -> int | None:
        """How many cases go to others; None: all."""
        which = self.cleaned_data["which"]
        if which == Which.NONE:
            return 0
        return self.cleaned_data["most"] if which == Which.SOME else handing_over.ALL
