"""Everything that happened in a case, on one line of time."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.models import AuditEvent
from interventions import stored_words
from interventions.answering.answers import ASKED_ON_PAGE
from interventions.console import rule_words, step_words
from interventions.console.case_matters import Matters
from interventions.contact import gate_sentences
from interventions.models import Case, CaseTransition, ConsentEvent, Conversation, GateDecision, Intervention

SHOWN = 100
# What a message itself does not say: who took it back.
TAKEN_BACK = ("interventions.message.cancelled", "interventions.message.edit_refused")


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One thing that happened.

    Args:
        at: On the bank's clock.
        text: What, as a sentence without its full stop.
        by: Who; None: the system, or the customer.
        note: What they wrote, or why.
        kind: For its mark: case, said, gate, sent, relief.
        is_customers: The customer did it.
    """

    at: dt.datetime
    text: str
    by: User | None
    note: str = ""
    kind: str = "case"
    is_customers: bool = False


class Kind(TextChoices):
    """What a history is narrowed to."""

    CASE = "case", _lazy("The case")
    SAID = "said", _lazy("Conversations and consent")
    SENT = "sent", _lazy("Messages and calls")
    GATE = "gate", _lazy("The gate and holds")
    RELIEF = "relief", _lazy("Promises and relief")


@dataclass(frozen=True)
class Shown:
    """What of a history is on the page.

    Args:
        rows: The newest first.
        kind: To what it is narrowed; None: everything.
        hidden: How many older ones are left out.
        is_whole: Whether the reader asked for all of it.
    """

    rows: list[Happening]
    kind: Kind | None
    hidden: int
    is_whole: bool


def shown(matters: Matters, *, kind: str, is_whole: bool) -> Shown:
    """The history as its reader asked for it.

    Args:
        matters: Of the case.
        kind: A `Kind`; anything else: everything.
        is_whole: All of it; else the newest SHOWN.
    """
    wanted = Kind(kind) if kind in Kind.values else None
    rows = [each for each in history(matters) if wanted is None or each.kind == wanted]
    most = len(rows) if is_whole else SHOWN
    return Shown(rows=rows[:most], kind=wanted, hidden=len(rows[most:]), is_whole=is_whole)


def history(matters: Matters) -> list[Happening]:
    """The newest first. The number of queries does not depend on theirs."""
    found = [
        *_told(
            matters.transitions,
            {each.answer.pk: each.text for each in matters.told},
            [each for each in (matters.case.assigned_to, matters.case.customer.assigned_rm) if each],
        ),
        *_written(matters.messages),
        *_gate(matters),
        *_sent(matters),
        *_spoken(matters),
        *_relief(matters),
        *_consents(matters),
    ]
    return sorted(found, key=lambda happening: happening.at, reverse=True)


def changes_since(case: Case, *, seen: int) -> list[Happening]:
    """What was done to the case after a transition somebody had seen, the oldest first."""
    return _told(case.transitions.filter(id__gt=seen).select_related("by").order_by("id"))


def _told(
    found: Iterable[CaseTransition],
    answers: Mapping[int, str] | None = None,
    colleagues: Sequence[User] = (),
) -> list[Happening]:
    rows = list(found)
    spoken_of = set().union(*map(step_words.people_in, rows))
    # Whom a step speaks of has mostly taken one.
    known = {user.pk: user for user in (*colleagues, *(row.by for row in rows if row.by))}
    missing = spoken_of - known.keys()
    users = [*known.values(), *(User.objects.filter(pk__in=missing) if missing else ())]
    names = {user.pk: user.get_full_name() or user.get_username() for user in users}
    return [
        Happening(
            at=row.at,
            text=step_words.of(row, names=names, answers=answers or {}),
            by=row.by,
            note=step_words.why(row),
            is_customers=row.verb in step_words.OF_CUSTOMERS,
        )
        for row in rows
    ]


def _written(messages: list[Intervention]) -> Iterator[Happening]:
    takers = _takers([each.pk for each in messages if each.cancelled_at])
    for message in messages:
        channel = message.get_channel_display()
        yield Happening(
            at=message.created_at,
            text=_("Wrote %(what)s") % {"what": channel},
            by=message.author,
            kind="sent",
        )
        if message.confirmed_at:
            yield Happening(
                at=message.confirmed_at,
                text=_("Confirmed %(what)s") % {"what": channel},
                by=message.confirmed_by,
                kind="sent",
            )
        if message.cancelled_at:
            yield Happening(
                at=message.cancelled_at,
                text=capfirst(_("%(what)s cancelled") % {"what": channel}),
                by=takers.get(message.pk),
                note=stored_words.shown(message.cancel_reason),
                kind="sent",
            )


def _takers(ids: list[int]) -> dict[int, User | None]:
    """Who took messages back, by message; None: the system. One query, none for no messages."""
    if not ids:
        return {}
    events = AuditEvent.objects.filter(
        subject_type="intervention", subject_id__in=map(str, ids), action__in=TAKEN_BACK
    )
    return {int(each.subject_id): each.actor for each in events.select_related("actor")}


def _gate(matters: Matters) -> Iterator[Happening]:
    for row in matters.gate_decisions:
        text = _("The gate allowed %(what)s") if row.is_allowed else _("The gate did not allow %(what)s")
        yield Happening(
            at=row.decided_at,
            text=text % {"what": row.get_channel_display()},
            by=None,
            note="" if row.is_allowed else _why(row),
            kind="gate",
        )


def _why(row: GateDecision) -> str:
    """The first rule that denied, as a sentence with what it looked at; a rule of before by its name."""
    step = next((each for each in row.trace.get("steps", ()) if each["rule"] == row.rule), None)
    if step and (row.rule in gate_sentences.SENTENCES or row.rule.startswith(rule_words.HOLD)):
        return gate_sentences.sentence(row.rule, step["looked_at"])
    return capfirst(rule_words.of(row.rule))


def _sent(matters: Matters) -> Iterator[Happening]:
    for row in matters.deliveries:
        if row.contacted_at is None:
            continue
        yield Happening(
            at=row.contacted_at,
            text=f"{capfirst(row.get_channel_display())}: {row.get_state_display()}",
            by=None,
            note=stored_words.shown(row.error),
            kind="sent",
        )


def _spoken(matters: Matters) -> Iterator[Happening]:
    for row in matters.conversations:
        if _is_of_page(row):
            # Nobody has talked yet: the step beside it says what they asked for.
            continue
        way = _("came to us") if row.is_inbound else row.get_channel_display()
        yield Happening(
            at=row.happened_at,
            text=f"{row.get_result_display().capitalize()} ({way})",
            by=row.by,
            note=stored_words.shown(row.note),
            kind="said",
        )


def _is_of_page(row: Conversation) -> bool:
    return row.is_inbound and row.by_id is None and row.note == ASKED_ON_PAGE


def _relief(matters: Matters) -> Iterator[Happening]:
    for promise in matters.promises:
        yield Happening(
            at=promise.made_at,
            text=_("Promise to pay by %(day)s") % {"day": date_format(promise.promised_on, "j M")},
            by=promise.made_with,
            kind="relief",
        )
        if promise.settled_at:
            text = _("Promise %(state)s") % {"state": promise.get_state_display()}
            yield Happening(at=promise.settled_at, text=text, by=None, kind="relief")
    for offer in matters.offers:
        what = offer.get_kind_display()
        yield Happening(
            at=offer.offered_at,
            text=_("Offered: %(what)s") % {"what": what},
            by=offer.offered_by,
            kind="relief",
        )
        if offer.answered_at:
            yield Happening(
                at=offer.answered_at,
                text=f"{what.capitalize()}: {offer.get_state_display()}",
                by=offer.answer_recorded_by,
                kind="relief",
            )
    for override in matters.overrides:
        text = _("Did otherwise: %(what)s") % {"what": override.chosen}
        why = _("%(sentence)s.") % {"sentence": capfirst(override.get_category_display())}
        note = " ".join(filter(None, [why, override.note]))
        yield Happening(at=override.at, text=text, by=override.by, note=note, kind="case")


def _consents(matters: Matters) -> Iterator[Happening]:
    case = matters.case
    for row in matters.late_consents:
        verb = _("Consent given") if row.is_granted else _("Consent withdrawn")
        yield Happening(
            at=row.happened_at,
            text=f"{verb}: {row.get_channel_display()}",
            by=row.recorded_by,
            note=row.get_source_display(),
            kind="said",
            is_customers=row.source == ConsentEvent.Source.PAGE,
        )
    for hold in matters.holds:
        if hold.placed_at >= case.opened_at:
            text = _("Hold placed: %(what)s") % {"what": hold.get_kind_display()}
            yield Happening(
                at=hold.placed_at,
                text=text,
                by=hold.placed_by,
                note=stored_words.shown(hold.reason),
                kind="gate",
            )
        if hold.lifted_at and hold.lifted_at >= case.opened_at:
            text = _("Hold lifted: %(what)s") % {"what": hold.get_kind_display()}
            yield Happening(
                at=hold.lifted_at,
                text=text,
                by=hold.lifted_by,
                note=stored_words.shown(hold.lift_reason),
                kind="gate",
            )
