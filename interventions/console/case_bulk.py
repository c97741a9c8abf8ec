"""One step for many cases, chosen in the intervention centre."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers import bank_clock
from interventions.casework import cases
from interventions.console.case_forms import REASON_MAX, StaffField, staff_who_take_cases
from interventions.console.filters import id_of
from interventions.console.views import ConsoleRequest
from interventions.models import Case

MOST = 100
VERBS = (("assign", _("Reassign")), ("escalate", _("Escalate")), ("snooze", _("Snooze")))
# As they stand in a case's history.
DONE = {"assign": "assigned", "escalate": "escalated", "snooze": "snoozed"}


class BulkForm(forms.Form):
    """Which step, with what it needs.

    Args:
        user: Who asks: only cases they may see are touched.
    """

    verb = forms.ChoiceField(choices=VERBS, error_messages={"required": _("Choose what to do with them.")})
    to = StaffField(queryset=User.objects.none(), required=False)
    days = forms.IntegerField(min_value=1, max_value=30, required=False)
    reason = forms.CharField(max_length=REASON_MAX, error_messages={"required": _("Say why.")})

    def __init__(self, *args: Any, user: User, ids: list[str], back: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.back = user, back
        self.asked = {number for number in map(id_of, ids[:MOST]) if number}
        self.fields["to"].queryset = staff_who_take_cases()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check that there is something to do, and to whom."""
        said: dict[str, Any] = super().clean() or {}
        if not self.asked:
            raise forms.ValidationError(_("Select the cases first."))
        if said.get("verb") == "assign" and not said.get("to"):
            raise forms.ValidationError(_("Choose to whom they go."))
        if said.get("verb") == "snooze" and not said.get("days"):
            raise forms.ValidationError(_("Say for how many days they wait."))
        return said

    @property
    def done_verb(self) -> str:
        """The step as it stands in a case's history."""
        return DONE[self.cleaned_data["verb"]]

    def run(self) -> list[cases.Result]:
        """Take the step for each case by itself: one that cannot be does not hold the others up."""
        visible = Case.objects.visible_to(self.user).filter(pk__in=self.asked)
        extra: dict[str, Any] = {}
        if self.cleaned_data["verb"] == "assign":
            extra["to"] = self.cleaned_data["to"]
        if self.cleaned_data["verb"] == "snooze":
            until_on = bank_clock.today() + dt.timedelta(days=self.cleaned_data["days"])
            extra["until"] = bank_clock.start_of(until_on)
        return cases.bulk(
            case_ids=list(visible.values_list("pk", flat=True)),
            verb=self.cleaned_data["verb"],
            by=self.user,
            versions={pk: version for pk in self.asked if (version := self._version_seen(pk))},
            reason=self.cleaned_data["reason"],
            **extra,
        )

    def _version_seen(self, pk: int) -> int | None:
        return id_of(self.data.get(f"version-{pk}", ""))


def bulk_form(request: ConsoleRequest) -> BulkForm:
    """The form as it was sent, and where to go afterwards."""
    back = request.POST.get("back", "")
    is_ours = back.startswith(reverse("cases")) and "//" not in back
    return BulkForm(
        request.POST,
        user=request.user,
        ids=request.POST.getlist("case"),
        back=back if is_ours else reverse("cases"),
    )
