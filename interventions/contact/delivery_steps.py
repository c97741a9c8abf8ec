"""One step of a delivery: the row under lock, its change, and who is told of it.

Every step locks the customer first and the delivery then, as everything does that changes what the gate looks at.
"""

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone

from audit.services import record
from interventions import case_hints
from interventions.contact.contact_facts import lock_customer
from interventions.models import Delivery

State = Delivery.State


def held(delivery_id: uuid.UUID) -> Delivery:
    """A delivery under lock, its customer locked before it; in the caller's transaction.

    Raises:
        Delivery.DoesNotExist: there is none.
    """
    lock_customer(Delivery.objects.values_list("customer_id", flat=True).get(pk=delivery_id))
    found = Delivery.objects.select_for_update(of=("self",)).select_related(
        "case", "customer", "intervention"
    )
    return found.get(pk=delivery_id)


def wait(delivery: Delivery, *, retry_at: dt.datetime | None, error: str = "") -> None:
    """It waits, and is nobody's. `retry_at` is on the wall clock."""
    delivery.state, delivery.retry_at, delivery.error = State.PENDING, retry_at, error
    delivery.claimed_by, delivery.claimed_at = "", None
    delivery.save()
    _announce(delivery)


def settle(delivery: Delivery, state: Delivery.State, verb: str, *, error: str = "") -> None:
    """Something is known of it. The audit has it as interventions.delivery.VERB."""
    delivery.state, delivery.settled_at, delivery.error = state, timezone.now(), error
    if state != State.UNKNOWN:
        delivery.retry_at = None
    delivery.save()
    recorded(delivery, verb, rule=delivery.denied_rule, why=error)
    _announce(delivery)


def recorded(delivery: Delivery, verb: str, **detail: Any) -> None:
    """Tell the audit; what is empty is left out."""
    record(
        action=f"interventions.delivery.{verb}",
        subject_type="delivery",
        subject_id=delivery.pk,
        customer=delivery.customer_id,
        detail={
            "customer_id": delivery.customer_id,
            "case_id": delivery.case_id,
            "intervention_id": delivery.intervention_id,
            "channel": delivery.channel,
            "provider": delivery.provider,
            "provider_id": delivery.provider_id,
            **{name: value for name, value in detail.items() if value not in ("", None)},
        },
    )


def _announce(delivery: Delivery) -> None:
    customer = delivery.customer
    case_hints.announce([customer.assigned_rm_id, customer.covering_rm_id])
