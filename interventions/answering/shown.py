"""What customers said on their page, as staff read it: on the case page, and on the customer's line of time."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers import stated
from customers.models import Customer
from interventions.answering import asks
from interventions.models import Channel, CustomerAnswer

Kind = CustomerAnswer.Kind
SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Told:
    """One answer.

    Args:
        answer: As it was given.
        text: What the customer says, as a sentence.
        outcome: What became of it; "" while it waits or counts by itself.
        note: Why, in the words of whoever decided.
        by: Who decided; None: nobody.
        waits_for: "confirm", "talk", or "" where nobody has to do anything.
    """

    answer: CustomerAnswer
    text: str
    outcome: str
    note: str = ""
    by: User | None = None
    waits_for: str = ""

    @property
    def at(self) -> dt.datetime:
        """When it was said, on the bank's clock."""
        return self.answer.answered_at


def told_by(customer: Customer) -> list[Told]:
    """What a customer said, the newest first. Two queries, however much it is."""
    given = CustomerAnswer.objects.filter(customer=customer).exclude(kind=Kind.TAKEN_BACK)
    found = list(given.select_related("taken_back", "decision__by").order_by("-pk")[:SHOWN])
    waiting = asks.waiting_among(found)
    return [_told(each, waiting.get(each.pk, "")) for each in found]


def pay_day_in_words(customer: Customer) -> str:
    """The pay day that counts now, and by whom; "" where none does. One query."""
    kept = stated.pay_day_of(customer)
    if kept is None:
        return ""
    return _(
        "The customer says that their pay comes on %(day)s; confirmed by %(name)s. Until that day has passed, a salary"
        " of the last 90 days does not count as late."
    ) % {"day": _day(kept.pay_on), "name": _name(kept.confirmed_by)}


def _told(answer: CustomerAnswer, waits_for: str) -> Told:
    if hasattr(answer, "taken_back"):
        return Told(answer=answer, text=in_words(answer), outcome=_("Taken back by the customer"))
    if not hasattr(answer, "decision"):
        return Told(answer=answer, text=in_words(answer), outcome="", waits_for=waits_for)
    decision = answer.decision
    return Told(
        answer=answer,
        text=in_words(answer),
        outcome=_("Confirmed") if decision.is_confirmed else _("Not confirmed"),
        note=decision.reason,
        by=decision.by,
    )


def in_words(answer: CustomerAnswer) -> str:
    """What a customer said, as staff read it."""
    return WORDS[answer.kind](answer)


def _pay_day(answer: CustomerAnswer) -> str:
    return _("Says that their pay comes on %(day)s") % {"day": _day(answer.day_on)}


def _arranged(answer: CustomerAnswer) -> str:
    return _("Says that the payment is arranged for %(day)s") % {"day": _day(answer.day_on)}


def _pause(answer: CustomerAnswer) -> str:
    return _("Asks us to pause until the end of %(day)s") % {"day": _day(answer.day_on)}


def _stop(answer: CustomerAnswer) -> str:
    if not answer.channel:
        return _("Wants no more messages and calls")
    return _("Wants no more messages by %(channel)s") % {"channel": Channel(answer.channel).label}


def _talk(answer: CustomerAnswer) -> str:
    when = CustomerAnswer.PartOfDay(answer.part_of_day or CustomerAnswer.PartOfDay.ANY).label
    if answer.channel == Channel.CALL:
        return _("Asks for a call on %(day)s, %(when)s") % {"day": _day(answer.day_on), "when": when}
    return _("Asks for a message by %(channel)s on %(day)s, %(when)s") % {
        "channel": Channel(answer.channel).label,
        "day": _day(answer.day_on),
        "when": when,
    }


WORDS: dict[str, Callable[[CustomerAnswer], str]] = {
    Kind.PAY_DAY: _pay_day,
    Kind.ARRANGED: _arranged,
    Kind.PAUSE: _pause,
    Kind.STOP: _stop,
    Kind.TALK: _talk,
    Kind.TAKEN_BACK: lambda _answer: _("Took an answer back"),
}


def _day(day: dt.date | None) -> str:
    return date_format(day, "j F Y") if day else ""


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()
