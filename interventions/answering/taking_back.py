"""What taking an answer back undoes: what that answer brought about, and nothing that was said after it."""

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from customers import bank_clock
from customers.models import Customer
from interventions.answering import asks
from interventions.contact import consents, holds
from interventions.models import ConsentEvent, ContactHold, CustomerAnswer, PageLink

Kind = CustomerAnswer.Kind
EVIDENCE = "customer page, answer "


def evidence_of(answer_id: int) -> str:
    """By what the ledger of consent finds the answer."""
    return f"{EVIDENCE}{answer_id}"


def pause_ends_at(answer: CustomerAnswer) -> dt.datetime | None:
    """When the pause ends that an answer asked for: once its day is over."""
    return bank_clock.start_of(answer.day_on + dt.timedelta(days=1)) if answer.day_on else None


def undo(*, given: CustomerAnswer, taken: CustomerAnswer, link: PageLink, customer: Customer) -> None:
    """Undo what an answer brought about. In the caller's transaction, which holds the customer's lock.

    Args:
        given: What is taken back.
        taken: That it is, stored already.
        link: By which both came.
        customer: Whose they are.
    """
    if given.kind == Kind.PAUSE and not _said_later(given).filter(kind=Kind.PAUSE).exists():
        holds.end_pause(customer=customer, reason=gettext_noop("The customer ended it on their page."))
    elif given.kind == Kind.TALK:
        _end_agreement(given, taken, link, customer)
        _pause_again(given, customer)


def _said_later(given: CustomerAnswer) -> QuerySet[CustomerAnswer]:
    return asks.standing().filter(customer=given.customer_id, pk__gt=given.pk)


def _end_agreement(given: CustomerAnswer, taken: CustomerAnswer, link: PageLink, customer: Customer) -> None:
    """Asking to talk was the agreement to it: without the one there is not the other."""
    by_asking = CustomerAnswer.objects.filter(customer=customer, kind=Kind.TALK, channel=given.channel)
    if by_asking.filter(taken_back=None).exists():
        return
    said = consents.state_of(customer).get((given.channel, link.purpose))
    evidences = {evidence_of(pk) for pk in by_asking.values_list("pk", flat=True)}
    if said is not None and said.is_granted and said.evidence in evidences:
        consents.withdraw(
            customer=customer,
            channel=given.channel,
            purpose=link.purpose,
            source=ConsentEvent.Source.PAGE,
            evidence=evidence_of(taken.pk),
        )


def _pause_again(given: CustomerAnswer, customer: Customer) -> None:
    """Asking to talk ended the pause that stood; where nothing else has, it goes on until its day."""
    paused = asks.standing().filter(customer=customer, kind=Kind.PAUSE).order_by("-pk").first()
    until_at = pause_ends_at(paused) if paused else None
    if paused is None or until_at is None or paused.pk > given.pk:
        return
    asked = CustomerAnswer.objects.filter(customer=customer, kind=Kind.TALK, pk__gt=paused.pk).order_by("pk")
    hold = ContactHold.objects.filter(customer=customer, kind=ContactHold.Kind.PAUSE).order_by("-pk").first()
    was_ended_by_it = (
        hold is not None
        and hold.until_at == until_at
        and hold.lifted_by_id is None
        and hold.lifted_at is not None
        and hold.lifted_at >= min(each.answered_at for each in asked)
    )
    is_asked = asked.filter(taken_back=None).exists()
    if was_ended_by_it and until_at > bank_clock.now() and not is_asked:
        holds.place(
            customer=customer,
            kind=ContactHold.Kind.PAUSE,
            reason=gettext_noop("The customer asked for it on their page."),
            by=None,
            until_at=until_at,
        )
