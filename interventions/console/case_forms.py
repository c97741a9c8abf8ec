"""The forms of the case page. The browser's word is early, the services' word is final."""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers import bank_clock, roles
from customers.models import Loan
from interventions.casework import case_outcomes
from interventions.models import (
    BackOfficeTask,
    Case,
    Channel,
    ContactHold,
    Conversation,
    Override,
    PromiseToPay,
    ReliefOffer,
)

if TYPE_CHECKING:
    ModelChoice = forms.ModelChoiceField[Any]
else:
    ModelChoice = forms.ModelChoiceField

NOTE_MAX = 2_000
REASON_MAX = 500
MOST_DAYS = 30
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def text_area(rows: int = 2) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def staff_who_take_cases() -> Any:
    """Relationship managers and supervisors with an account, by name."""
    found = User.objects.filter(
        is_active=True, groups__name__in=[roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS]
    )
    return found.distinct().order_by("first_name", "username")


class StaffNames(ModelChoiceIterator):  # type: ignore[type-arg]  # it takes no arguments when it runs
    """Everybody to choose from, hundreds of people: only their names are read."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        if self.field.empty_label is not None:
            yield "", str(self.field.empty_label)
        for pk, username, *names in self.queryset.values_list("pk", "username", "first_name", "last_name"):
            yield pk, " ".join(names).strip() or username


class StaffField(ModelChoice):
    """Somebody on the staff, by name."""

    iterator = StaffNames


class CaseForm(forms.Form):
    """A form about one case.

    Args:
        case: What it is about: nothing of another case can be chosen.
        user: Who fills it in.
    """

    def __init__(self, *args: Any, case: Case, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.user = case, user
        self.offer_choices()
        # Several forms stand on one page: their ids differ, and each wrong field is told by its own message.
        self.use_required_attribute = False

    def offer_choices(self) -> None:
        """Fill in what depends on the case."""

    @property
    def said(self) -> list[str]:
        """What was typed, so that none is lost where the form cannot be shown again."""
        typed = [
            self[name].value()
            for name, each in self.fields.items()
            if isinstance(each, forms.CharField) and not each.widget.is_hidden
        ]
        return [str(text) for text in typed if text]


class EmptyForm(CaseForm):
    """A button."""


class ReasonForm(CaseForm):
    """A step that wants a reason."""

    reason = forms.CharField(label=_("Why"), max_length=REASON_MAX, widget=text_area())


class AssignForm(CaseForm):
    """To whom the case goes."""

    to = StaffField(
        label=pgettext_lazy("person", "To"), queryset=User.objects.none(), empty_label=_("Choose somebody")
    )
    reason = forms.CharField(label=_("Why"), max_length=REASON_MAX, widget=text_area())

    def offer_choices(self) -> None:
        self.fields["to"].queryset = staff_who_take_cases()  # type: ignore[attr-defined]


class SnoozeForm(CaseForm):
    """Until when the case waits."""

    reason = forms.CharField(label=_("Why"), max_length=REASON_MAX, widget=text_area())
    until_on = forms.DateField(label=_("Until the morning of"), widget=DATE)
    # One of the days that the page offers, named by its button; it goes before the date.
    preset = forms.DateField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """A button's day stands for the date."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("preset"):
            self.errors.pop("until_on", None)
            said["until_on"] = self._possible(said["preset"])
        return said

    def clean_until_on(self) -> dt.date:
        return self._possible(self.cleaned_data["until_on"])

    def _possible(self, chosen: dt.date) -> dt.date:
        today_on = bank_clock.today()
        if not today_on < chosen <= today_on + dt.timedelta(days=MOST_DAYS):
            raise forms.ValidationError(_("Choose a day from tomorrow on, at most 30 days ahead."))
        return chosen


class ResolveForm(CaseForm):
    """What came of the case."""

    # The service says why another one cannot be.
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Case.Outcome.choices)
    reason = forms.CharField(
        label=_("Note"),
        max_length=REASON_MAX,
        required=False,
        widget=text_area(),
        help_text=_("What an auditor should know. No health or family details."),
    )

    def __init__(self, *args: Any, came: case_outcomes.Came | None = None, **kwargs: Any) -> None:
        self.came = came
        super().__init__(*args, **kwargs)

    def offer_choices(self) -> None:
        offered = [(each.value, each.label) for each in case_outcomes.possible(self.case, self.came)]
        widget = self.fields["outcome"].widget
        widget.choices = [("", _("Choose what came of it")), *offered]


class NoteForm(CaseForm):
    """A review, and what was found."""

    note = forms.CharField(
        label=_("What you found"),
        max_length=NOTE_MAX,
        widget=text_area(),
        help_text=_("No health or family details: place a hold for those."),
    )


class ConversationForm(CaseForm):
    """Who spoke with whom, and how it went."""

    channel = forms.ChoiceField(
        label=pgettext_lazy("channel", "By"),
        choices=[(c.value, c.label) for c in (Channel.CALL, Channel.WHATSAPP, Channel.EMAIL)],
    )
    result = forms.ChoiceField(label=_("Result"), choices=Conversation.Result.choices)
    is_inbound = forms.BooleanField(label=_("The customer came to us"), required=False)
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_MAX,
        required=False,
        widget=text_area(),
        help_text=_("What was agreed."),
    )


class LoanField(ModelChoice):
    """One of the customer's loans, by its reference."""

    def label_from_instance(self, obj: Loan) -> str:
        return obj.reference


class PromiseForm(CaseForm):
    """What the customer says will be paid, and by when."""

    loan = LoanField(label=_("Loan"), queryset=Loan.objects.none(), empty_label=None)
    amount = forms.DecimalField(label=_("Amount"), min_value=1, max_digits=14, decimal_places=2)
    promised_on = forms.DateField(label=_("By the end of"), widget=DATE)

    def offer_choices(self) -> None:
        field: Any = self.fields["loan"]
        field.queryset = self.case.customer.loans.order_by("reference")
        # Read once, however often the field is written.
        field.choices = [(loan.pk, field.label_from_instance(loan)) for loan in field.queryset]


class WithdrawPromiseForm(CaseForm):
    """Why a promise does not stand any more."""

    promise = forms.ModelChoiceField(queryset=PromiseToPay.objects.none(), widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why"), max_length=REASON_MAX)

    def offer_choices(self) -> None:
        self.fields["promise"].queryset = self.case.promises.filter(state=PromiseToPay.State.OPEN)  # type: ignore[attr-defined]


class OfferForm(CaseForm):
    """One of the offers that policy allows this customer."""

    offer = forms.ChoiceField(widget=forms.HiddenInput)
    way = forms.CharField(max_length=10, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, eligible: Any = (), **kwargs: Any) -> None:
        self.eligible = {key_of(each): each for each in eligible}
        super().__init__(*args, **kwargs)

    def offer_choices(self) -> None:
        self.fields["offer"].choices = [(key, key) for key in self.eligible]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Find the offer and the way by their names; the suggested way where none is named."""
        said: dict[str, Any] = super().clean() or {}
        found = self.eligible.get(said.get("offer", ""))
        wishes = {each.key: each.wish for each in found.ways} if found else {}
        way = said.get("way", "")
        if found and way and way not in wishes:
            self.add_error("way", _("That is not possible any more: choose again."))
        return {**said, "eligible": found, "wish": wishes.get(way)}


def key_of(offer: Any) -> str:
    """How a form names an offer that is not stored yet."""
    return f"{offer.kind}-{offer.loan.pk}"


class AnswerForm(CaseForm):
    """What the customer said to an offer."""

    offer = forms.ModelChoiceField(queryset=ReliefOffer.objects.none(), widget=forms.HiddenInput)
    answer = forms.ChoiceField(
        choices=[
            ("accepted", pgettext_lazy("offer", "accepted")),
            ("declined", pgettext_lazy("offer", "declined")),
            ("withdrawn", pgettext_lazy("offer", "withdrawn")),
        ],
        widget=forms.HiddenInput,
    )

    def offer_choices(self) -> None:
        self.fields["offer"].queryset = self.case.offers.all()  # type: ignore[attr-defined]


class EnteredForm(CaseForm):
    """Core banking has an agreed relief."""

    task = forms.ModelChoiceField(queryset=BackOfficeTask.objects.none(), widget=forms.HiddenInput)
    reference = forms.CharField(label=_("Core banking's reference"), max_length=100)

    def offer_choices(self) -> None:
        open_tasks = BackOfficeTask.objects.filter(offer__case=self.case, done_at=None)
        self.fields["task"].queryset = open_tasks  # type: ignore[attr-defined]


class OverrideForm(CaseForm):
    """What is done instead of what the policy recommends, and why."""

    chosen = forms.CharField(label=_("What you do instead"), max_length=200)
    category = forms.ChoiceField(label=_("Because"), choices=Override.Category.choices)
    note = forms.CharField(label=_("Note"), max_length=NOTE_MAX, required=False, widget=text_area())


class HoldForm(CaseForm):
    """Why nobody should be contacted."""

    kind = forms.ChoiceField(label=_("Kind"), choices=ContactHold.Kind.choices)
    reason = forms.CharField(label=_("Why"), max_length=REASON_MAX, widget=text_area())
    until_on = forms.DateField(
        label=_("Until"), required=False, widget=DATE, help_text=_("Empty: until somebody lifts it.")
    )


class LiftForm(CaseForm):
    """Why a hold ends."""

    hold = forms.ModelChoiceField(queryset=ContactHold.objects.none(), widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why"), max_length=REASON_MAX, widget=text_area(1))

    def offer_choices(self) -> None:
        self.fields["hold"].queryset = self.case.customer.contact_holds.filter(lifted_at=None)  # type: ignore[attr-defined]


class ConsentForm(CaseForm):
    """What the customer said about being contacted."""

    channel = forms.ChoiceField(choices=Channel.choices, widget=forms.HiddenInput)
    purpose = forms.CharField(max_length=16, widget=forms.HiddenInput)
    is_granted = forms.TypedChoiceField(
        choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1", widget=forms.HiddenInput
    )
    evidence = forms.CharField(label=_("Where it can be looked up"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        """A consent has to be shown one day; a withdrawal holds without a word."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("is_granted") and not said.get("evidence"):
            self.add_error("evidence", _("Say where the consent can be looked up."))
        return said
