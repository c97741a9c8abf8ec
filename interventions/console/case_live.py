"""What of a case's page moves by itself while somebody works on it: everything but their forms.

A poll asks whether anything moved, by a stamp of what the page shows; deadlines and quiet hours move with the clock, so
each of the bank's minutes has its own. What is typed stays, and so does the version that the forms carry: whoever
changed the case itself is named in a notice instead. Which channel is open is the page's to say: its reader may have
opened another meanwhile.
"""

import datetime as dt
from typing import Any

from django.conf import settings

from customers import bank_clock
from interventions.console import case_history, case_messages
from interventions.console.case_matters import Matters
from interventions.console.case_opened import Opened
from interventions.console.case_words import sla_of
from interventions.contact import page_links
from interventions.models import Case, Channel, Delivery, PolicyTemplate

MOVING_SECONDS, RESTING_SECONDS = 3, 10
ON_ITS_WAY = frozenset({Delivery.State.PENDING, Delivery.State.SENDING})


def live_context(
    *, matters: Matters, policy: PolicyTemplate | None, opened: Opened, now: dt.datetime
) -> dict[str, Any]:
    """What the moving parts of the page show.

    Args:
        matters: Of a case with its customer and their risk.
        policy: In force for it; None: there is none.
        opened: What of the page its reader has open.
        now: On the bank's clock.
    """
    context = _facts(matters, now) | {
        "deliveries": matters.deliveries,
        "calls": matters.planned_calls,
        "answers": matters.told,
        "has_page_link": _has_page_link(matters),
        "history": case_history.shown(matters, kind=opened.kind, is_whole=opened.is_whole),
        "history_kinds": case_history.Kind,
        "opened": opened,
        "stamp": matters.look.stamp,
        "part": "",
        "poll_seconds": _poll_seconds(matters),
    }
    if context["is_open"]:
        context |= _channels(matters, policy, opened)
    return context


def _facts(matters: Matters, now: dt.datetime) -> dict[str, Any]:
    """Whose case it is, and how it stands against the clock."""
    case, is_held_out = matters.case, matters.is_held_out
    return {
        "case": case,
        "customer": case.customer,
        "risk": getattr(case.customer, "risk", None),
        "bank_now": now,
        "currency": settings.BANK_CURRENCY,
        "is_open": case.state != Case.State.RESOLVED,
        "is_held_out": is_held_out,
        "sla": sla_of(case, now=now, is_held_out=is_held_out),
        "due_days": (case.due_on - bank_clock.day_of(now)).days if case.due_on else None,
    }


def _has_page_link(matters: Matters) -> bool:
    """Whether a message with a link that leads somewhere has been queued."""
    return page_links.is_on() and bool(matters.deliveries) and page_links.standing(matters.case).exists()


def _poll_seconds(matters: Matters) -> int:
    is_moving = any(row.state in ON_ITS_WAY for row in matters.deliveries)
    return MOVING_SECONDS if is_moving else RESTING_SECONDS


def _channels(matters: Matters, policy: PolicyTemplate | None, opened: Opened) -> dict[str, Any]:
    context = case_messages.choice_context(
        matters=matters, policy=policy, channel=opened.channel, is_choice=opened.is_choice
    )
    # What the gate says of a call now: whoever planned one hours ago asks when its time has come.
    call_now = next((each for each in context["choices"] if each.channel == Channel.CALL), None)
    return context | {"call_now": call_now}
