"""The queue's forms. The browser's word is early, the services' word is final."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from customers import roles
from interventions.console.case_forms import REASON_MAX, StaffField, staff_who_take_cases
from interventions.console.filters import ids_of
from interventions.console.queue.many import MOST, Verb, verbs_of
from interventions.console.queue.saving import Wanted
from interventions.models import SavedView

SHARED_WITH: list[tuple[str, Any]] = [
    ("", _("Only me")),
    (roles.RELATIONSHIP_MANAGERS, _("Relationship managers")),
    (roles.SUPERVISORS, _("Supervisors")),
    (roles.COMPLIANCE_OFFICERS, _("Compliance officers")),
    (roles.ANALYSTS, _("Analysts")),
]
LONGEST_QUERY = 2_000
NAME_MAX: int = SavedView._meta.get_field("name").max_length or 0


class ViewForm(forms.Form):
    """A view, its name and who sees it."""

    name = forms.CharField(
        max_length=NAME_MAX,
        error_messages={
            "required": _("Give the view a name."),
            "max_length": _("A name has at most 60 letters."),
        },
    )
    query = forms.CharField(max_length=LONGEST_QUERY, required=False)
    density = forms.ChoiceField(choices=SavedView.Density.choices, required=False)
    shared_with = forms.ChoiceField(choices=SHARED_WITH, required=False)
    is_default = forms.BooleanField(required=False)

    @property
    def wanted(self) -> Wanted:
        """The view as it was asked for."""
        said = self.cleaned_data
        return Wanted(
            name=said["name"],
            query=said["query"],
            density=said["density"] or SavedView.Density.NORMAL,
            shared_with=said["shared_with"],
        )


class ManyForm(forms.Form):
    """A step for many customers, with what it needs.

    Args:
        user: Who asks: only what their role covers can be chosen.
        ids: The customers, as they were sent.
    """

    verb = forms.ChoiceField(error_messages={"required": _("Choose what to do with them.")})
    to = StaffField(queryset=User.objects.none(), required=False)
    reason = forms.CharField(max_length=REASON_MAX, required=False)

    def __init__(self, *args: Any, user: User, ids: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer_ids = ids_of(ids, most=MOST + 1)
        self.fields["verb"].choices = verbs_of(user)  # type: ignore[attr-defined]
        self.fields["to"].queryset = staff_who_take_cases()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check that there is something to do, and to whom."""
        said: dict[str, Any] = super().clean() or {}
        if not self.customer_ids:
            raise forms.ValidationError(_("Select the customers first."))
        if len(self.customer_ids) > MOST:
            raise forms.ValidationError(_("At most %(most)d customers at once.") % {"most": MOST})
        if said.get("verb") == Verb.ASSIGN and not said.get("to"):
            raise forms.ValidationError(_("Choose to whom they go."))
        if said.get("verb") == Verb.REVIEW and not said.get("reason", "").strip():
            raise forms.ValidationError(_("Say what you found."))
        return said
