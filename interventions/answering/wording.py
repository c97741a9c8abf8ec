"""What each answer means, in the customer's words: before it is given, and after."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interventions.answering.forms import PARTS_OF_DAY
from interventions.models import Channel, CustomerAnswer

Kind = CustomerAnswer.Kind


@dataclass(frozen=True)
class Choice:
    """One button of the page.

    Args:
        name: In its address.
        title: On the button.
        consequence: What happens, under it.
        confirm: On the button that does it.
        then: What happens next, once it is done.
    """

    name: str
    title: Promise
    consequence: Promise
    confirm: Promise
    then: Promise


CHOICES: dict[str, Choice] = {
    Kind.PAY_DAY: Choice(
        "pay-day",
        gettext_lazy("My pay day moved"),
        gettext_lazy("Tell us the new day. A colleague looks at it, and then we go by that day."),
        gettext_lazy("Send the new day"),
        gettext_lazy("A colleague looks at it. If anything is unclear, we get in touch."),
    ),
    Kind.ARRANGED: Choice(
        "arranged",
        gettext_lazy("It is arranged already"),
        gettext_lazy(
            "Tell us by which day. A colleague notes it; nothing is booked from your account by this."
        ),
        gettext_lazy("Send the day"),
        gettext_lazy("A colleague notes it. Nothing is booked from your account by this."),
    ),
    Kind.PAUSE: Choice(
        "pause",
        gettext_lazy("Please pause"),
        gettext_lazy("We leave you in peace until the day you choose. You can end that here at any time."),
        gettext_lazy("Pause until then"),
        gettext_lazy("Nobody writes to you or calls you about this until that day is over."),
    ),
    Kind.STOP: Choice(
        "stop",
        gettext_lazy("No more messages"),
        gettext_lazy("We stop at once, also what is on its way to being sent. Your contract stays as it is."),
        gettext_lazy("Stop"),
        gettext_lazy("It holds from now on. You can always call us, and ask us here to talk to you."),
    ),
    Kind.TALK: Choice(
        "talk",
        gettext_lazy("Talk to a person"),
        gettext_lazy("Choose when and how; a colleague gets in touch. It counts as your agreement to that."),
        gettext_lazy("Ask for a talk"),
        gettext_lazy("A colleague has been told, and gets in touch as you chose."),
    ),
}
# As they stand on the page: what most people come for first.
ORDER = (Kind.TALK, Kind.PAY_DAY, Kind.ARRANGED, Kind.PAUSE, Kind.STOP)


def said(answer: CustomerAnswer) -> str:
    """An answer as whoever gave it reads it."""
    day = date_format(answer.day_on, "j F") if answer.day_on else ""
    match answer.kind:
        case Kind.PAY_DAY:
            return _("Your pay comes on %(day)s.") % {"day": day}
        case Kind.ARRANGED:
            return _("It is arranged for %(day)s.") % {"day": day}
        case Kind.PAUSE:
            return _("We pause until the end of %(day)s.") % {"day": day}
        case Kind.TALK:
            when = PARTS_OF_DAY.get(answer.part_of_day, PARTS_OF_DAY[CustomerAnswer.PartOfDay.ANY])
            if answer.channel == Channel.CALL:
                return _("You would like a call on %(day)s. %(when)s.") % {"day": day, "when": when}
            return _("You would like a message on %(day)s. %(when)s.") % {"day": day, "when": when}
        case _stop:
            if answer.channel:
                return _("You get no more messages this way.")
            return _("You get no more messages and calls.")
