"""Everything that happened with a customer, in one line of time: risk, cases, messages, talks, answers, help, notes.

All moments are the bank's. Of each kind the newest are read, so that the number of queries and rows is bounded.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import AuditPersonal
from customers import bank_clock
from customers.models import Customer
from interventions import stored_words
from interventions.answering import shown
from interventions.casework import notes
from interventions.console import step_words
from interventions.console.profile import risk_history
from interventions.models import CaseTransition
from risk.levels import Level
from risk.models import FeatureSnapshot

MOST_OF_KIND = 100
SHOWN = 200


class Kind(TextChoices):
    """What a line is about."""

    RISK = "risk", gettext_lazy("Risk")
    CASE = "case", gettext_lazy("Cases")
    MESSAGE = "message", gettext_lazy("Messages")
    TALK = "talk", gettext_lazy("Talks")
    ANSWER = "answer", gettext_lazy("Answers and consent")
    HELP = "help", gettext_lazy("Promises and relief")
    HOLD = "hold", gettext_lazy("Holds")
    NOTE = "note", gettext_lazy("Notes")


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One line.

    Args:
        at: on the bank's clock.
        text: what, without a full stop.
        by: who; None where nobody is named.
        note: what they wrote, or why.
        link: where more is to be read.
        level: of a line about risk, for its mark.
    """

    at: dt.datetime
    kind: Kind
    text: str
    by: User | None = None
    note: str = ""
    link: str = ""
    level: int | None = None


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The newest lines first; `is_cut` where older ones are left out."""

    lines: Sequence[Happened]
    is_cut: bool


def timeline(customer: Customer, *, kind: Kind | None = None) -> Timeline:
    """A customer's line of time, or one kind of it. At most fifteen queries, whatever happened."""
    tellers = [TELLERS[kind]] if kind else TELLERS.values()
    found = [line for tell in tellers for line in tell(customer)]
    found.sort(key=lambda line: line.at, reverse=True)
    return Timeline(lines=found[:SHOWN], is_cut=len(found) > SHOWN)


def kind_of(name: str) -> Kind | None:
    """A kind by its name; None of anything else."""
    return Kind(name) if name in Kind.values else None


def _risk(customer: Customer) -> Iterator[Happened]:
    taken = dict(
        FeatureSnapshot.objects.filter(customer=customer)
        .order_by("-taken_at")
        .values_list("revision", "taken_at")[: risk_history.SHOWN]
    )
    for entry in risk_history.history(customer):
        made = entry.assessment
        yield Happened(
            # A snapshot leaves with its month; the bank day it was about stays.
            at=taken.get(made.revision) or bank_clock.start_of(made.as_of_on),
            kind=Kind.RISK,
            text=_("%(level)s, score %(score)s")
            % {"level": Level(made.level).label, "score": f"{made.score:g}"},
            note="; ".join(entry.changes),
            link=reverse("customer_receipt", args=[customer.pk, made.revision]),
            level=made.level,
        )


def _cases(customer: Customer) -> Iterator[Happened]:
    rows = list(
        CaseTransition.objects.filter(case__customer=customer)
        .select_related("by")
        .order_by("-id")[:MOST_OF_KIND]
    )
    spoken_of = set().union(*map(step_words.people_in, rows))
    users = User.objects.filter(pk__in=spoken_of) if spoken_of else ()
    names = {user.pk: user.get_full_name() or user.get_username() for user in users}
    for row in rows:
        yield Happened(
            at=row.at,
            kind=Kind.CASE,
            text=_("Case %(number)s: %(what)s")
            % {"number": row.case_id, "what": step_words.of(row, names=names)},
            by=row.by,
            note=step_words.why(row),
            link=reverse("case", args=[row.case_id]),
        )


def _messages(customer: Customer) -> Iterator[Happened]:
    rows = customer.deliveries.exclude(contacted_at=None).select_related("intervention__confirmed_by")
    for row in rows.order_by("-contacted_at")[:MOST_OF_KIND]:
        if row.contacted_at is not None:
            yield Happened(
                at=row.contacted_at,
                kind=Kind.MESSAGE,
                text=f"{capfirst(row.get_channel_display())}: {row.get_state_display()}",
                by=row.intervention.confirmed_by,
                note=stored_words.shown(row.error),
                link=reverse("case", args=[row.case_id]),
            )


def _talks(customer: Customer) -> Iterator[Happened]:
    rows = customer.conversations.select_related("by").order_by("-happened_at")
    for row in rows[:MOST_OF_KIND]:
        way = _("came to us") if row.is_inbound else row.get_channel_display()
        yield Happened(
            at=row.happened_at,
            kind=Kind.TALK,
            text=f"{capfirst(row.get_result_display())} ({way})",
            by=row.by,
            note=stored_words.shown(row.note),
        )


def _answers(customer: Customer) -> Iterator[Happened]:
    for row in customer.consent_events.select_related("recorded_by").order_by("-happened_at")[:MOST_OF_KIND]:
        words = _("Consent given: %(channel)s") if row.is_granted else _("Consent withdrawn: %(channel)s")
        yield Happened(
            at=row.happened_at,
            kind=Kind.ANSWER,
            text=words % {"channel": row.get_channel_display()},
            by=row.recorded_by,
            note=row.get_source_display(),
        )
    for told in shown.told_by(customer):
        text = _("On their page: %(what)s") % {"what": told.text}
        yield Happened(at=told.at, kind=Kind.ANSWER, text=text, by=told.by, note=told.outcome)


def _help(customer: Customer) -> Iterator[Happened]:
    for promise in customer.promises.select_related("made_with").order_by("-made_at")[:MOST_OF_KIND]:
        yield Happened(
            at=promise.made_at,
            kind=Kind.HELP,
            text=_("Promise to pay by %(day)s") % {"day": date_format(promise.promised_on, "j M")},
            by=promise.made_with,
            link=reverse("case", args=[promise.case_id]),
        )
        if promise.settled_at:
            state = promise.get_state_display()
            yield Happened(
                at=promise.settled_at, kind=Kind.HELP, text=_("Promise %(state)s") % {"state": state}
            )
    offers = customer.offers.select_related("offered_by", "answer_recorded_by")
    for offer in offers.order_by("-offered_at")[:MOST_OF_KIND]:
        what, link = offer.get_kind_display(), reverse("case", args=[offer.case_id])
        yield Happened(
            at=offer.offered_at,
            kind=Kind.HELP,
            text=_("Offered: %(what)s") % {"what": what},
            by=offer.offered_by,
            link=link,
        )
        if offer.answered_at:
            yield Happened(
                at=offer.answered_at,
                kind=Kind.HELP,
                text=f"{capfirst(what)}: {offer.get_state_display()}",
                by=offer.answer_recorded_by,
                link=link,
            )


def _holds(customer: Customer) -> Iterator[Happened]:
    rows = customer.contact_holds.select_related("placed_by", "lifted_by").order_by("-placed_at")
    for hold in rows[:MOST_OF_KIND]:
        what = {"what": hold.get_kind_display()}
        yield Happened(
            at=hold.placed_at,
            kind=Kind.HOLD,
            text=_("Hold placed: %(what)s") % what,
            by=hold.placed_by,
            note=stored_words.shown(hold.reason),
        )
        if hold.lifted_at:
            yield Happened(
                at=hold.lifted_at,
                kind=Kind.HOLD,
                text=_("Hold lifted: %(what)s") % what,
                by=hold.lifted_by,
                note=stored_words.shown(hold.lift_reason),
            )


def _notes(customer: Customer) -> Iterator[Happened]:
    for each in notes_of(customer):
        yield Happened(at=each.at, kind=Kind.NOTE, text=each.text, by=each.by, note=each.note)


def notes_of(customer: Customer) -> list[Happened]:
    """The newest notes, each with its words while they are kept. Two queries."""
    rows = list(customer.notes.select_related("author").order_by("-id")[:MOST_OF_KIND])
    parts = AuditPersonal.objects.in_bulk([row.event_id for row in rows])
    return [
        Happened(
            at=row.written_at,
            kind=Kind.NOTE,
            text=_("Note") if words is not None else _("Note; its words were erased"),
            by=row.author,
            note=words or "",
        )
        for row in rows
        for words in [notes.words_of(parts.get(row.event_id))]
    ]


TELLERS: dict[Kind, Callable[[Customer], Iterator[Happened]]] = {
    Kind.RISK: _risk,
    Kind.CASE: _cases,
    Kind.MESSAGE: _messages,
    Kind.TALK: _talks,
    Kind.ANSWER: _answers,
    Kind.HELP: _help,
    Kind.HOLD: _holds,
    Kind.NOTE: _notes,
}
