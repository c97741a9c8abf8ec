"""What waits to be sent, and no longer may: the case ended, consent was withdrawn, the message was taken back.

What is being handed over at this moment is not stopped here: its permit ends within seconds.
"""

import uuid

from django.db import transaction
from django.db.models import QuerySet

from customers.models import Customer
from interventions.contact import planned_calls
from interventions.contact.delivery_steps import State, held, settle
from interventions.models import Case, Channel, Delivery, Intervention, Purpose


def of_case(*, case: Case, reason: str) -> int:
    """Cancel what of this case still waits, planned calls too, in the caller's transaction; returns how many."""
    calls = planned_calls.cancel_of_case(case=case, reason=reason)
    return calls + _cancel(Delivery.objects.filter(case=case), reason)


def of_intervention(*, intervention: Intervention, reason: str) -> int:
    """Cancel what of this message still waits; returns how many."""
    return _cancel(Delivery.objects.filter(intervention=intervention), reason)


def of_customer(
    *, customer: Customer, channel: str | None = None, purpose: Purpose | str | None = None, reason: str
) -> int:
    """Cancel what to this customer still waits, planned calls too, by one channel or all, for one purpose or all;
    returns how many.
    """
    found, calls = Delivery.objects.filter(customer=customer), 0
    if channel in (None, Channel.CALL):
        calls = planned_calls.cancel_of_customer(customer=customer, purpose=purpose, reason=reason)
    if channel is not None:
        found = found.filter(channel=channel)
    if purpose is not None:
        found = found.filter(intervention__purpose=purpose)
    return calls + _cancel(found, reason)


@transaction.atomic
def of_delivery(*, delivery_id: uuid.UUID, reason: str) -> bool:
    """Nobody sends it any more, if it still waits; returns whether it did."""
    delivery = held(delivery_id)
    if delivery.state != State.PENDING:
        return False
    settle(delivery, State.CANCELLED, "cancelled", error=reason)
    return True


@transaction.atomic
def _cancel(found: QuerySet[Delivery], reason: str) -> int:
    waiting = found.filter(state=State.PENDING).order_by("customer_id", "pk").values_list("pk", flat=True)
    return sum(of_delivery(delivery_id=pk, reason=reason) for pk in list(waiting))
