"""What a message speaks of that may change while it waits: the next instalment, the colleague it names, its case.

It is stored with the delivery as it was when somebody confirmed the words, and compared with the records right before
they go out: whoever reads them must find in them what is so.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from customers import bank_clock
from interventions.models import Case, Delivery, Intervention
from interventions.policy.content import text_of
from risk.models import CurrentRisk

OF_CASE, OF_INSTALMENT, OF_MANAGER = ("hardship", "level"), ("amount", "due_on"), ("rm_name",)


def next_due(customer_id: int) -> tuple[dt.date, Decimal] | None:
    """The next instalment as the last evaluation found it: its day, and what is not paid of it; None: none is known."""
    risk = CurrentRisk.objects.filter(customer=customer_id).only("next_due_on", "next_due_amount").first()
    if risk is None or risk.next_due_on is None or risk.next_due_amount is None:
        return None
    return risk.next_due_on, risk.next_due_amount


def manager_of(case: Case) -> User | None:
    """Whom a message names: whoever works on the case, else who looks after the customer."""
    return case.assigned_to or case.customer.covering_rm or case.customer.assigned_rm


def latest_at(message: Intervention) -> dt.datetime:
    """Until when a confirmed message may wait, on the bank's clock. Of one that nobody confirmed from now on."""
    since = message.confirmed_at or bank_clock.now()
    return since + dt.timedelta(days=settings.MESSAGE_WAITS_DAYS_MAX)


def as_it_is(message: Intervention, case: Case) -> dict[str, str]:
    """What a message speaks of, as the records have it now; a delivery keeps it.

    Args:
        message: Rendered, or edited: then anything that may change counts.
        case: Its case, as it is now.
    """
    return _records(case, {*OF_CASE, *_named_in(message)})


def outdated(delivery: Delivery) -> str:
    """Why a message that waits must not go out as it is, for whoever may write it anew; "" where nothing has changed.

    Args:
        delivery: As it is stored, with its case as it is now.
    """
    then: Mapping[str, str] = delivery.speaks_of or {}
    now = _records(delivery.case, then.keys())
    changed = {name for name, value in then.items() if now.get(name) != value}
    if changed.intersection(OF_CASE):
        return _(
            "What the case is about changed after this was confirmed, and another text applies now. Write the"
            " message anew, if it is still needed."
        )
    if changed.intersection(OF_INSTALMENT):
        return _(
            "The instalment it speaks of was paid or changed after this was confirmed. Write the message anew, if it"
            " is still needed."
        )
    if changed:
        return _(
            "Another colleague works on the case than the one whom it names. Write the message anew, if it is still"
            " needed."
        )
    return too_late(delivery, at=bank_clock.now())


def too_late(delivery: Delivery, *, at: dt.datetime) -> str:
    """Why a message must not go out at a moment, by how long it would have waited; "" where it may."""
    if at <= latest_at(delivery.intervention):
        return ""
    return _(
        "It could not go out within %(days)s days of being confirmed, and may not be true any more. Write it anew,"
        " if it is still needed."
    ) % {"days": settings.MESSAGE_WAITS_DAYS_MAX}


def _named_in(message: Intervention) -> list[str]:
    """Which records the words may name. Somebody's own words may name any."""
    names = [*OF_INSTALMENT, *OF_MANAGER]
    if message.is_edited:
        return names
    written = text_of(message.template.messages, message.channel, message.language)
    words = f"{written.subject}\n{written.body}" if written else ""
    return [name for name in names if f"{{{name}}}" in words]


def _records(case: Case, names: Collection[str]) -> dict[str, str]:
    """Figures and days as they are stored, whatever the language of the message; "" where nothing is known."""
    found = {"hardship": str(case.hardship), "level": str(case.level)}
    if any(name in names for name in OF_INSTALMENT):
        due = next_due(case.customer_id)
        found |= {"amount": str(due[1]) if due else "", "due_on": due[0].isoformat() if due else ""}
    if any(name in names for name in OF_MANAGER):
        manager = manager_of(case)
        found["rm_name"] = manager.get_full_name() if manager else ""
    return {name: found[name] for name in names if name in found}
