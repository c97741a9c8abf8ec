"""The forms of the customer's page, one for each answer. They work without scripts; the service's word is final."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers import bank_clock
from interventions.answering import answers
from interventions.answering.answers import Said
from interventions.models import Channel, CustomerAnswer, PageLink

Kind = CustomerAnswer.Kind
WAYS: dict[str, Promise] = {
    Channel.CALL: _("Call me"),
    Channel.SMS: _("Write me an SMS"),
    Channel.WHATSAPP: _("Write to me by WhatsApp"),
    Channel.EMAIL: _("Write me an e-mail"),
}
STOPS: dict[str, Promise] = {
    Channel.SMS: _("No more SMS about help with payments"),
    Channel.WHATSAPP: _("No more WhatsApp messages about help with payments"),
    Channel.EMAIL: _("No more e-mails about help with payments"),
}
PARTS_OF_DAY: dict[str, Promise] = {
    CustomerAnswer.PartOfDay.ANY: _("Any time"),
    CustomerAnswer.PartOfDay.MORNING: _("In the morning"),
    CustomerAnswer.PartOfDay.AFTERNOON: _("In the afternoon"),
    CustomerAnswer.PartOfDay.EVENING: _("In the evening"),
}


class AnswerForm(forms.Form):
    """A form of the page.

    Args:
        link: By which it was opened; it says which choices there are.
    """

    kind: str
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, link: PageLink, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"key": uuid.uuid4()})
        super().__init__(*args, **kwargs)
        self.link = link
        self.use_required_attribute = False
        self.offer_choices()

    def offer_choices(self) -> None:
        """Fill in what depends on the link."""

    def renew_key(self) -> None:
        """Once it is shown again, it is another form: what it says then is another answer."""
        self.data = {**{name: self.data.get(name, "") for name in self.data}, "key": str(uuid.uuid4())}

    @property
    def answer(self) -> Said:
        """What was said."""
        said = self.cleaned_data
        return Said(
            kind=self.kind,
            day_on=said.get("day_on"),
            channel=said.get("channel", ""),
            part_of_day=said.get("part_of_day", ""),
        )


class DayForm(AnswerForm):
    """An answer that names a day."""

    day_on = forms.DateField(
        label=_("Which day?"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Please choose a day."), "invalid": _("Please choose a day.")},
    )

    def offer_choices(self) -> None:
        first_on, last_on = answers.first_day(self.kind), answers.last_day(self.kind)
        self.fields["day_on"].widget.attrs |= {"min": first_on.isoformat(), "max": last_on.isoformat()}


class PayDayForm(DayForm):
    """The pay comes on another day."""

    kind = Kind.PAY_DAY


class ArrangedForm(DayForm):
    """It is arranged, or will be paid on a day."""

    kind = Kind.ARRANGED


class PauseForm(DayForm):
    """Peace until a day."""

    kind = Kind.PAUSE


class StopForm(AnswerForm):
    """No more, by this channel or at all."""

    kind = Kind.STOP
    channel = forms.ChoiceField(
        label=_("What should stop?"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Please choose one.")},
    )

    def offer_choices(self) -> None:
        choices = [(self.link.channel, STOPS[self.link.channel]), ("", _("Everything: messages and calls"))]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]
        self.initial["channel"] = self.link.channel


class TalkForm(DayForm):
    """A person is to get in touch."""

    kind = Kind.TALK
    part_of_day = forms.ChoiceField(
        label=_("When does it suit you?"),
        choices=[*PARTS_OF_DAY.items()],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one."), "invalid_choice": _("Please choose one.")},
    )
    channel = forms.ChoiceField(
        label=_("How?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one."), "invalid_choice": _("Please choose one.")},
    )

    def offer_choices(self) -> None:
        super().offer_choices()
        ways = [Channel.CALL, self.link.channel]
        self.fields["channel"].choices = [(way, WAYS[way]) for way in ways]  # type: ignore[attr-defined]
        self.initial.update(
            day_on=bank_clock.today(), channel=Channel.CALL, part_of_day=CustomerAnswer.PartOfDay.ANY
        )


class IdentityForm(forms.Form):
    """What the customer knows, and we do."""

    phone_end = forms.RegexField(
        r"^[0-9]{4}$",
        label=_("The last four digits of your telephone number"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "4", "autocomplete": "off"}),
        error_messages={
            "required": _("Please enter four digits."),
            "invalid": _("Please enter four digits."),
        },
    )
    birth_on = forms.DateField(
        label=_("Your date of birth"),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        error_messages={"required": _("Please enter a day."), "invalid": _("Please enter a day.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.fields["birth_on"].widget.attrs["max"] = dt.date.isoformat(bank_clock.today())


FORMS: dict[str, type[AnswerForm]] = {
    "pay-day": PayDayForm,
    "arranged": ArrangedForm,
    "pause": PauseForm,
    "stop": StopForm,
    "talk": TalkForm,
}
