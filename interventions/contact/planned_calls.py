"""Calls that somebody has planned and not made yet. Whoever wants no more of them, or whose case is over, gets none."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from audit.services import record
from customers import bank_clock
from customers.models import Customer
from interventions.models import Case, Channel, Conversation, Intervention


def of_case(case: Case) -> list[Intervention]:
    """The calls that are planned for a case, the next first."""
    return list(_planned(case=case).select_related("confirmed_by").order_by("scheduled_for", "pk"))


def cases_with(cases: Sequence[Case]) -> set[int]:
    """Which of some cases have a call planned, by id. One query, none for no cases."""
    return set(_planned(case__in=cases).values_list("case_id", flat=True)) if cases else set()


def cancel_of_customer(
    *, customer: Customer, purpose: str | None, reason: str, before_at: dt.datetime | None = None
) -> int:
    """Cancel the calls planned with a customer, in the caller's transaction; returns how many.

    Args:
        customer: Locked by the caller.
        purpose: A `Purpose`; None: whatever they are for.
        reason: As whoever planned it reads it.
        before_at: Only those planned for an earlier moment, on the bank's clock; None: all.
    """
    found = _planned(customer=customer, **({"purpose": purpose} if purpose else {}))
    return _cancel(found.filter(scheduled_for__lt=before_at) if before_at else found, reason)


def cancel_of_case(*, case: Case, reason: str) -> int:
    """Cancel the calls planned for a case, in the caller's transaction; returns how many."""
    return _cancel(_planned(case=case), reason)


def _planned(**of: Any) -> QuerySet[Intervention]:
    """Confirmed, and nobody has written down since how the call went."""
    made = Conversation.objects.filter(
        case=OuterRef("case_id"), channel=Channel.CALL, happened_at__gte=OuterRef("confirmed_at")
    )
    confirmed = Intervention.objects.filter(channel=Channel.CALL, state=Intervention.State.CONFIRMED, **of)
    return confirmed.filter(~Exists(made))


def _cancel(found: QuerySet[Intervention], reason: str) -> int:
    calls = list(found.select_for_update(of=("self",)).order_by("pk"))
    for call in calls:
        call.state, call.cancelled_at, call.cancel_reason = (
            Intervention.State.CANCELLED,
            bank_clock.now(),
            reason,
        )
        call.save(update_fields=["state", "cancelled_at", "cancel_reason"])
        record(
            action="interventions.message.cancelled",
            subject_type="intervention",
            subject_id=call.pk,
            customer=call.customer_id,
            reason=reason,
            detail=_detail(call),
        )
    return len(calls)


def _detail(call: Intervention) -> Mapping[str, Any]:
    planned_for = call.scheduled_for.isoformat() if call.scheduled_for else None
    return {
        "customer_id": call.customer_id,
        "case_id": call.case_id,
        "channel": call.channel,
        "scheduled_for": planned_for,
    }
