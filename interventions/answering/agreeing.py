"""What asking to talk agrees to: that one contact, and nothing after it.

Whoever had stopped a channel, or never agreed to it, and asks on their page to be talked to by it, consents to that.
It ends once they were spoken with, a message by it has answered them, or some days after the day they named, so that
a link never renews consent in general. Consent that was given otherwise is left alone.
"""

import datetime as dt

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from customers import bank_clock
from interventions.answering import asks, taking_back
from interventions.contact import consents
from interventions.contact.contact_facts import lock_customer
from interventions.models import ConsentEvent, Conversation, CustomerAnswer, Delivery

Kind = CustomerAnswer.Kind
# After the day that they named: a colleague who did not reach them tries again.
GRACE = dt.timedelta(days=7)
# Longer than anybody may ask ahead, with the grace: what a system that stood still did not end is ended then.
LOOKED_BACK = dt.timedelta(days=90)
MOST_AT_ONCE = 500


def end_due() -> int:
    """End the agreements that asking alone gave and that have served; returns how many."""
    return sum(_end(answer.pk) for answer in _over()[:MOST_AT_ONCE])


@transaction.atomic
def _end(answer_id: int) -> int:
    answer = CustomerAnswer.objects.select_related("link").get(pk=answer_id)
    customer = lock_customer(answer.customer_id)
    # They may have said something else in between.
    if not _over().filter(pk=answer_id).exists():
        return 0
    consents.withdraw(
        customer=customer,
        channel=answer.channel,
        purpose=answer.link.purpose,
        source=ConsentEvent.Source.PAGE,
        evidence=f"{taking_back.evidence_of(answer_id)}: it was for that talk alone",
    )
    return 1


def _over() -> QuerySet[CustomerAnswer]:
    """Asking by which consent still stands, although it has served; not while a later asking by the same way waits."""
    now = bank_clock.now()
    last = ConsentEvent.objects.filter(
        customer=OuterRef("customer"), channel=OuterRef("channel"), purpose=OuterRef("link__purpose")
    ).order_by("-happened_at", "-id")
    asked = CustomerAnswer.objects.filter(kind=Kind.TALK, answered_at__gt=now - LOOKED_BACK)
    by_it = asked.annotate(
        is_granted=Subquery(last.values("is_granted")[:1]), evidence=Subquery(last.values("evidence")[:1])
    ).filter(
        is_granted=True,
        evidence=Concat(Value(taking_back.EVIDENCE), Cast("pk", CharField()), output_field=CharField()),
    )
    later = asks.standing().filter(
        ~_served(now), kind=Kind.TALK, customer=OuterRef("customer"), channel=OuterRef("channel")
    )
    return by_it.filter(_served(now), ~Exists(later.filter(pk__gt=OuterRef("pk")))).order_by("pk")


def _served(now: dt.datetime) -> Q:
    """Spoken with, answered by that very way, or past its days."""
    spoken = Conversation.objects.filter(
        customer=OuterRef("customer"),
        result=Conversation.Result.SPOKE,
        happened_at__gte=OuterRef("answered_at"),
    )
    sent = Delivery.objects.filter(
        customer=OuterRef("customer"),
        channel=OuterRef("channel"),
        contacted_at__gte=OuterRef("answered_at"),
    )
    return Exists(spoken) | Exists(sent) | Q(day_on__lt=bank_clock.day_of(now - GRACE))
