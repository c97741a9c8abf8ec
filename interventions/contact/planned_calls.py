"""Calls that somebody has planned and not made yet. Whoever wants no more of them, or whose case is over, gets none."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from audit.services import record
from customers import bank_clock
from customers.models import Customer
from interventions.models import Case, Channel, Conversation, Intervention


def of_case(case: Case) -> list[Intervention]:
    """The calls that are planned for a case, the next first."""
    calls = _confirmed(case=case).select_related("confirmed_by")
    return not_made(calls, Conversation.objects.filter(case=case))


def cases_with(cases: Sequence[Case]) -> set[int]:
    """Which of some cases have a call planned, by id. Two queries, none for no cases."""
    if not cases:
        return set()
    planned = not_made(_confirmed(case__in=cases), Conversation.objects.filter(case__in=cases))
    return {call.case_id for call in planned}


def not_made(messages: Iterable[Intervention], conversations: Iterable[Conversation]) -> list[Intervention]:
    """Calls that are planned and were not made yet, the next first. Pure.

    Whoever writes down how a call went has made one: of the calls of that case that were planned by then, the one
    whose time comes first.

    Args:
        messages: All of one or several cases; those that are no confirmed calls are passed over.
        conversations: All of the same cases, attempts included; those by another way are passed over.
    """
    waiting = sorted(
        (each for each in messages if _is_planned(each)),
        key=lambda call: (call.scheduled_for or call.confirmed_at, call.pk),
    )
    spoken = (each for each in conversations if each.channel == Channel.CALL)
    for talk in sorted(spoken, key=lambda each: (each.happened_at, each.pk)):
        made = next((call for call in waiting if _may_be(call, talk)), None)
        if made is not None:
            waiting.remove(made)
    return waiting


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
    planned = not_made(_confirmed(customer=customer), Conversation.objects.filter(customer=customer))
    return _cancel(
        [
            call
            for call in planned
            if purpose in (None, call.purpose)
            and (before_at is None or (call.scheduled_for is not None and call.scheduled_for < before_at))
        ],
        reason,
    )


def cancel_of_case(*, case: Case, reason: str) -> int:
    """Cancel the calls planned for a case, in the caller's transaction; returns how many."""
    return _cancel(of_case(case), reason)


def _confirmed(**of: Any) -> QuerySet[Intervention]:
    return Intervention.objects.filter(channel=Channel.CALL, state=Intervention.State.CONFIRMED, **of)


def _is_planned(message: Intervention) -> bool:
    return message.channel == Channel.CALL and message.state == Intervention.State.CONFIRMED


def _may_be(call: Intervention, talk: Conversation) -> bool:
    """Whether what was written down may be this call: planned by then, for the same case."""
    return (
        call.case_id == talk.case_id
        and call.confirmed_at is not None
        and call.confirmed_at <= talk.happened_at
    )


def _cancel(planned: Sequence[Intervention], reason: str) -> int:
    found = Intervention.objects.filter(pk__in=[call.pk for call in planned])
    calls = list(found.select_for_update(of=("self",)).order_by("pk")) if planned else []
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
