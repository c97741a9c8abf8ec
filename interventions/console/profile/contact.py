"""How a customer may be reached and what was said: consent, holds, messages, talks, promises, relief, notes."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers import roles
from customers.models import Customer
from interventions.casework import notes
from interventions.console.case_page import ConsentLine
from interventions.console.profile import timeline
from interventions.contact import consents, holds
from interventions.help import considering
from interventions.models import Channel, Conversation, Delivery, PromiseToPay, Purpose, ReliefOffer

SHOWN = 20
CARE: dict[str, Promise] = {
    "vulnerability": _("Be patient, use plain words, and ask what would make this easier."),
    "hardship": _("An arrangement stands: keep to it, and ask for nothing beyond it."),
    "arrears": _("Collections look after this customer: do not write beside them."),
    "complaint": _("A complaint is open: read it before you speak, and promise nothing about it."),
    "legal": _("A legal matter is open: speak with compliance first."),
    "bereavement": _("Somebody has died: begin with that, and let everything else wait."),
}


def contact_context(customer: Customer, user: User) -> dict[str, Any]:
    """What the tab shows. At most ten queries."""
    return {
        "consents": consent_lines(customer),
        "standing_holds": holds.standing(customer),
        "deliveries": list(deliveries_of(customer)),
        "conversations": list(talks_of(customer)),
        "promises": list(promises_of(customer)),
        "offers": [(each, considering.offer_in_words(each)) for each in offers_of(customer)],
        "notes": timeline.notes_of(customer),
        "may_note": bool(roles.of(user) & notes.MAY_WRITE),
        "longest_note": notes.LONGEST,
    }


def consent_lines(customer: Customer) -> list[ConsentLine]:
    """What a customer said about each channel. One query."""
    state = consents.state_of(customer)
    known = {channel: state.get((channel, Purpose.SUPPORT)) for channel in Channel}
    return [
        ConsentLine(
            channel=channel,
            is_granted=said.is_granted if said else None,
            since=said.happened_at if said else None,
        )
        for channel, said in known.items()
    ]


def deliveries_of(customer: Customer) -> list[Delivery]:
    """What was sent or waits, the newest first."""
    return list(customer.deliveries.select_related("intervention").order_by("-created_at")[:SHOWN])


def talks_of(customer: Customer, *, since: dt.datetime | None = None) -> list[Conversation]:
    """Talks and attempts at them, the last first."""
    found = customer.conversations.select_related("by")
    if since:
        found = found.filter(happened_at__gte=since)
    return list(found.order_by("-happened_at")[:SHOWN])


def promises_of(customer: Customer) -> list[PromiseToPay]:
    """Promises to pay, the last first."""
    return list(customer.promises.select_related("loan", "made_with").order_by("-made_at")[:SHOWN])


def offers_of(customer: Customer) -> list[ReliefOffer]:
    """Relief that was offered, the last first."""
    return list(customer.offers.select_related("loan", "offered_by").order_by("-offered_at")[:SHOWN])
