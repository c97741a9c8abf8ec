"""What of a case's page moves by itself while somebody works on it: everything but their forms.

A poll asks whether anything moved, by a stamp of what the page shows; deadlines and quiet hours move with the clock, so
each of the bank's minutes has its own. What is typed stays, and so does the version that the forms carry: whoever
changed the case itself is named in a notice instead. Which channel is open is the page's to say: its reader may have
opened another meanwhile.
"""

import datetime as dt
import hashlib
from typing import Any

from django.conf import settings
from django.db.models import Max

from customers import bank_clock
from interventions.console import case_history, case_messages
from interventions.console.case_words import sla_of
from interventions.contact import planned_calls
from interventions.effect import holdout
from interventions.models import Case, Channel, Delivery, PolicyTemplate

STAMP_LETTERS = 16
MOVING_SECONDS, RESTING_SECONDS = 3, 10
ON_ITS_WAY = frozenset({Delivery.State.PENDING, Delivery.State.SENDING})


def stamp_of(case: Case, *, now: dt.datetime) -> str:
    """Changes with each of the bank's minutes, and whenever something that the page shows of a case was done, sent or
    said. Nine small queries.
    """
    moved = [
        now.replace(second=0, microsecond=0),
        case.version,
        case.first_contact_at,
        case.sla_due_at,
        case_history.newest_transition(case),
        list(case.deliveries.order_by("pk").values_list("pk", "state", "not_before_at", "denied_rule")),
        list(case.interventions.order_by("pk").values_list("pk", "state", "scheduled_for")),
        case.conversations.aggregate(last=Max("pk"))["last"],
        case.customer.consent_events.aggregate(last=Max("pk"))["last"],
        list(case.customer.contact_holds.order_by("pk").values_list("pk", "lifted_at")),
        list(case.offers.order_by("pk").values_list("pk", "state")),
        list(case.promises.order_by("pk").values_list("pk", "state")),
        case.overrides.aggregate(last=Max("pk"))["last"],
    ]
    return hashlib.sha256(repr(moved).encode()).hexdigest()[:STAMP_LETTERS]


def live_context(
    *, case: Case, policy: PolicyTemplate | None, channel: str, now: dt.datetime, is_choice: bool = True
) -> dict[str, Any]:
    """What the moving parts of the page show.

    Args:
        case: With its customer and their risk.
        policy: In force for it; None: there is none.
        channel: The channel that is open; "" for the one the policy recommends.
        now: On the bank's clock.
        is_choice: Whether the reader chose that channel.
    """
    is_held_out = holdout.is_held_out(case)
    deliveries = deliveries_of(case)
    context: dict[str, Any] = {
        "case": case,
        "customer": case.customer,
        "risk": getattr(case.customer, "risk", None),
        "bank_now": now,
        "currency": settings.BANK_CURRENCY,
        "is_open": case.state != Case.State.RESOLVED,
        "is_held_out": is_held_out,
        "sla": sla_of(case, now=now, is_held_out=is_held_out),
        "due_days": (case.due_on - bank_clock.day_of(now)).days if case.due_on else None,
        "deliveries": deliveries,
        "calls": planned_calls.of_case(case),
        "history": case_history.history(case)[: case_history.SHOWN],
        "stamp": stamp_of(case, now=now),
        "part": "",
        "poll_seconds": MOVING_SECONDS
        if any(row.state in ON_ITS_WAY for row in deliveries)
        else RESTING_SECONDS,
    }
    if context["is_open"]:
        context |= case_messages.choice_context(
            case=case, policy=policy, channel=channel, is_choice=is_choice
        )
        # What the gate says of a call now: whoever planned one hours ago asks when its time has come.
        context["call_now"] = next(
            (each for each in context["choices"] if each.channel == Channel.CALL), None
        )
    return context


def deliveries_of(case: Case) -> list[Delivery]:
    """The case's deliveries, the newest first."""
    return list(case.deliveries.select_related("intervention").order_by("-created_at"))
