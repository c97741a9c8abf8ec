"""Who has asked to talk, and what customers said that nobody has looked at yet."""

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from interventions.models import AnswerDecision, Conversation, CustomerAnswer

Kind = CustomerAnswer.Kind
TO_CONFIRM = (Kind.PAY_DAY, Kind.ARRANGED)


def is_waiting(customer_id: int) -> bool:
    """Whether a customer waits for somebody to talk to them."""
    return _to_talk().filter(customer_id=customer_id).exists()


def waiting_among(answers: Collection[CustomerAnswer]) -> dict[int, str]:
    """Which of some answers wait for somebody, by id: "talk" or "confirm". One query, none for no answers."""
    if not answers:
        return {}
    waiting = (_to_talk() | _to_confirm()).filter(pk__in=[each.pk for each in answers])
    return {pk: "talk" if kind == Kind.TALK else "confirm" for pk, kind in waiting.values_list("pk", "kind")}


def standing() -> QuerySet[CustomerAnswer]:
    """Answers that nobody has taken back."""
    return CustomerAnswer.objects.filter(taken_back__isnull=True).exclude(kind=Kind.TAKEN_BACK)


def _to_talk() -> QuerySet[CustomerAnswer]:
    spoken = Conversation.objects.filter(
        customer=OuterRef("customer"),
        result=Conversation.Result.SPOKE,
        happened_at__gte=OuterRef("answered_at"),
    )
    return standing().filter(Q(kind=Kind.TALK), ~Exists(spoken))


def _to_confirm() -> QuerySet[CustomerAnswer]:
    decided = AnswerDecision.objects.filter(answer=OuterRef("pk"))
    later = CustomerAnswer.objects.filter(
        customer=OuterRef("customer"), kind=OuterRef("kind"), pk__gt=OuterRef("pk"), taken_back=None
    )
    return standing().filter(Q(kind__in=TO_CONFIRM), ~Exists(decided), ~Exists(later))


def waiting_to_talk() -> QuerySet[CustomerAnswer, Any]:
    """The ids of customers who wait for somebody to talk to them: read once, however many rows are asked."""
    return _to_talk().values("customer")


# Of rows that have a customer, such as cases: asked in their own query.
WANTS_TALK = Exists(_to_talk().filter(customer=OuterRef("customer")))
HAS_TO_CONFIRM = Exists(_to_confirm().filter(customer=OuterRef("customer")))
