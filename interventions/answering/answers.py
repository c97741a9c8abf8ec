"""What a customer says on their page: stored once, told to whoever works for them, and heeded in the same transaction.

Nothing that is said here lowers the risk, or where a case stands: that takes a colleague who has looked (`confirming`).
What asks for less contact, or for more help, counts at once.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from customers import bank_clock
from customers.models import Customer
from interventions import case_hints
from interventions.answering import asks, taking_back
from interventions.casework import case_rules, deciding
from interventions.casework.case_steps import lock, take
from interventions.contact import consents, holds, opt_outs
from interventions.contact.contact_facts import lock_customer
from interventions.help.promises import LONGEST_DAYS, RAISED
from interventions.models import (
    Case,
    Channel,
    ConsentEvent,
    ContactHold,
    Conversation,
    CustomerAnswer,
    PageLink,
    PolicyTemplate,
)

Kind = CustomerAnswer.Kind
Priority = PolicyTemplate.Priority
PAY_DAY_DAYS_MAX = 45
TALK_DAYS_MAX = 14
# What the note of a talk that was asked for on the page says, in the bank's language.
ASKED_ON_PAGE = gettext_noop("Asked on the customer page to talk to a person.")
# Somebody has to look at these, also where the case was put off.
WAKES = frozenset({Kind.PAY_DAY, Kind.ARRANGED, Kind.TALK})
UNDOABLE = frozenset({Kind.PAY_DAY, Kind.ARRANGED, Kind.PAUSE, Kind.TALK})


class AnswerRefused(ValueError):
    """Nothing was stored; the text says why, to the customer."""


class FormUsed(AnswerRefused):
    """The form's key belongs to another answer already."""

    def __init__(self) -> None:
        super().__init__(
            _("This form was sent before with another answer. Send it once more if this one is to count.")
        )


@dataclass(frozen=True, kw_only=True)
class Said:
    """One answer.

    Args:
        kind: A `CustomerAnswer.Kind`, not TAKEN_BACK.
        day_on: The day on which the pay comes, or it is paid, until which there is peace, or on which to talk.
        channel: How to talk, or what to stop; "": all.
        part_of_day: When to talk.
    """

    kind: str
    day_on: dt.date | None = None
    channel: str = ""
    part_of_day: str = ""


@transaction.atomic
def give(*, link: PageLink, said: Said, key: uuid.UUID) -> CustomerAnswer:
    """Store an answer, and do what it asks for. The same form sent twice is one answer.

    Args:
        link: As `page_links.found` has it.
        said: What the customer says.
        key: Of the form.

    Raises:
        AnswerRefused: the day is out of bounds, or there is no such choice.
        FormUsed: the form was sent before, and said something else.
    """
    _check(link, said)
    customer = lock_customer(link.customer_id)
    if known := CustomerAnswer.objects.filter(link=link, key=key).first():
        if _said_by(known) != said:
            raise FormUsed
        return known
    # What is written down here is read by staff.
    with translation.override(settings.LANGUAGE_CODE):
        is_first = said.kind == Kind.TALK and not asks.is_waiting(customer.pk)
        case = _case_of(customer, said)
        answer = _stored(link, customer, case, said, key)
        _heed(answer, link, customer)
        _tell(case, customer, answer, "customer_answered", is_raised=is_first)
    return answer


@transaction.atomic
def take_back(*, link: PageLink, answer_id: int, key: uuid.UUID) -> CustomerAnswer:
    """Take an answer back, as long as nobody has acted on it. Withdrawn consent stays withdrawn.

    Raises:
        AnswerRefused: there is no such answer by this link, or it cannot be taken back any more.
        FormUsed: the form was sent before, and said something else.
    """
    customer = lock_customer(link.customer_id)
    given = CustomerAnswer.objects.filter(link=link, pk=answer_id).select_related("decision").first()
    if given is None or given.kind not in UNDOABLE:
        raise AnswerRefused(_("This cannot be taken back here. Please call us."))
    if known := CustomerAnswer.objects.filter(takes_back=given).first():
        return known
    if hasattr(given, "decision"):
        raise AnswerRefused(_("A colleague has acted on this already. Please call us."))
    if CustomerAnswer.objects.filter(link=link, key=key).exists():
        raise FormUsed
    with translation.override(settings.LANGUAGE_CODE):
        case = Case.objects.open().filter(customer=customer).first()
        taken = _stored(link, customer, case, Said(kind=Kind.TAKEN_BACK), key, takes_back=given)
        taking_back.undo(given=given, taken=taken, link=link, customer=customer)
        _tell(case, customer, taken, "customer_took_back", of=given.kind)
    return taken


def _said_by(answer: CustomerAnswer) -> Said:
    return Said(
        kind=answer.kind, day_on=answer.day_on, channel=answer.channel, part_of_day=answer.part_of_day
    )


def last_day(kind: str) -> dt.date:
    """The last day that an answer of a kind may name."""
    days = {
        Kind.PAY_DAY: PAY_DAY_DAYS_MAX,
        Kind.ARRANGED: LONGEST_DAYS,
        Kind.PAUSE: settings.CUSTOMER_PAUSE_DAYS_MAX,
        Kind.TALK: TALK_DAYS_MAX,
    }
    return bank_clock.today() + dt.timedelta(days=days[Kind(kind)])


def first_day(kind: str) -> dt.date:
    """The first one. A pause of today would be over before it began."""
    return bank_clock.today() + dt.timedelta(days=kind == Kind.PAUSE)


def _check(link: PageLink, said: Said) -> None:
    if said.kind not in Kind.values or said.kind == Kind.TAKEN_BACK:
        raise AnswerRefused(_("There is no such answer."))
    if said.kind == Kind.STOP:
        if said.channel not in ("", link.channel):
            raise AnswerRefused(_("There is no such choice."))
        return
    first_on, last_on = first_day(said.kind), last_day(said.kind)
    if said.day_on is None or not first_on <= said.day_on <= last_on:
        raise AnswerRefused(
            _("Please choose a day from %(first)s to %(last)s.")
            % {"first": f"{first_on:%d.%m.%Y}", "last": f"{last_on:%d.%m.%Y}"}
        )
    is_way_known = said.channel in (Channel.CALL, link.channel)
    if said.kind == Kind.TALK and not (is_way_known and said.part_of_day in CustomerAnswer.PartOfDay.values):
        raise AnswerRefused(_("There is no such choice."))


def _case_of(customer: Customer, said: Said) -> Case | None:
    """The open case, under lock; whoever wants to talk gets one where none is open."""
    open_id = Case.objects.open().filter(customer=customer).values_list("pk", flat=True).first()
    if said.kind == Kind.TALK:
        # First of all: whoever comes to us is never held out.
        _came_to_us(customer, open_id, said)
        if open_id is None:
            open_id = deciding.open_for(customer.pk)
    return lock(open_id, by=None) if open_id else None


def _came_to_us(customer: Customer, case_id: int | None, said: Said) -> None:
    """They turned to us, and nobody has answered yet: that keeps no colleague from calling."""
    made = Conversation.objects.create(
        customer=customer,
        case_id=case_id,
        channel=said.channel,
        is_inbound=True,
        result=Conversation.Result.NO_ANSWER,
        note=ASKED_ON_PAGE,
        happened_at=bank_clock.now(),
    )
    record(
        action="interventions.conversation.recorded",
        subject_type="conversation",
        subject_id=made.pk,
        customer=customer.pk,
        detail={
            "customer_id": customer.pk,
            "case_id": case_id,
            "channel": made.channel,
            "result": made.result,
            "is_inbound": True,
        },
        personal={"after": {"note": made.note}},
    )


def _stored(
    link: PageLink,
    customer: Customer,
    case: Case | None,
    said: Said,
    key: uuid.UUID,
    *,
    takes_back: CustomerAnswer | None = None,
) -> CustomerAnswer:
    answer = CustomerAnswer.objects.create(
        link=link,
        customer=customer,
        case=case,
        kind=said.kind,
        day_on=said.day_on,
        channel=said.channel,
        part_of_day=said.part_of_day,
        takes_back=takes_back,
        key=key,
        answered_at=bank_clock.now(),
    )
    record(
        action=f"interventions.answer.{answer.kind}",
        subject_type="answer",
        subject_id=answer.pk,
        customer=customer.pk,
        detail={
            "customer_id": customer.pk,
            "case_id": case.pk if case else None,
            "link_id": link.pk,
            "channel": answer.channel,
            "takes_back": takes_back.pk if takes_back else None,
        },
        personal={"after": {"day_on": answer.day_on.isoformat() if answer.day_on else ""}},
    )
    return answer


def _heed(answer: CustomerAnswer, link: PageLink, customer: Customer) -> None:
    """What counts at once."""
    evidence = taking_back.evidence_of(answer.pk)
    if answer.kind == Kind.STOP:
        channels = [answer.channel] if answer.channel else Channel.values
        opt_outs.of_customer(customer, channels=channels, source=ConsentEvent.Source.PAGE, evidence=evidence)
    elif answer.kind == Kind.PAUSE and answer.day_on:
        # Instead of a pause that stands: the newest word counts, whether it is longer or shorter.
        holds.end_pause(
            customer=customer, reason=gettext_noop("The customer chose another day on their page.")
        )
        holds.place(
            customer=customer,
            kind=ContactHold.Kind.PAUSE,
            reason=gettext_noop("The customer asked for it on their page."),
            by=None,
            until_at=taking_back.pause_ends_at(answer),
        )
    elif answer.kind == Kind.TALK:
        holds.end_pause(customer=customer, reason=gettext_noop("The customer asked on their page to talk."))
        said = consents.state_of(customer).get((answer.channel, link.purpose))
        if said is None or not said.is_granted:
            consents.grant(
                customer=customer,
                channel=answer.channel,
                purpose=link.purpose,
                source=ConsentEvent.Source.PAGE,
                evidence=evidence,
            )


def _tell(
    case: Case | None,
    customer: Customer,
    answer: CustomerAnswer,
    verb: str,
    *,
    is_raised: bool = False,
    **detail: Any,
) -> None:
    """The case's history, its worker's queue, and the browsers."""
    if case is None:
        case_hints.announce([customer.assigned_rm_id, customer.covering_rm_id])
        return
    changes: dict[str, Any] = {}
    if case.state == Case.State.WAITING and answer.kind in WAKES:
        changes |= {"state": Case.State.ASSIGNED, "snoozed_until": None}
    if is_raised:
        changes |= _raised(case)
    take(case, verb, detail={"answer": answer.pk, "kind": str(answer.kind), **detail}, **changes)


def _raised(case: Case) -> dict[str, Any]:
    """A step further to the front."""
    before = Priority(case.priority)
    after = RAISED.get(before, Priority.URGENT)
    steps = case_rules.DOUBLINGS[after] - case_rules.DOUBLINGS[before]
    return {"priority": after, "rank": case.rank + steps}
