"""What has passed between the bank and a customer: consent, holds, contacts, conversations; and bank holidays."""

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db.models import Q

from customers import bank_clock
from customers.models import Customer
from interventions.contact.contact_rules import Rules
from interventions.contact.gate_facts import Contact, Hold, Talk
from interventions.models import BankHoliday, Channel, ConsentEvent, ContactHold, Conversation, Delivery
from interventions.models.case import regions_kept_in

YEAR_TO_COME = dt.timedelta(days=400)
RINGS = frozenset({Channel.VOICE.value, Channel.CALL.value})


def consents_of(customer_id: int, purpose: str) -> dict[str, bool]:
    """The last word on each channel for a purpose. Consent that begins in the future is none yet."""
    events = (
        ConsentEvent.objects.filter(customer_id=customer_id, purpose=purpose)
        .filter(Q(is_granted=False) | Q(happened_at__lte=bank_clock.now()))
        .order_by("channel", "-happened_at", "-id")
        .distinct("channel")
    )
    return dict(events.values_list("channel", "is_granted"))


def holds(customer: Customer) -> tuple[Hold, ...]:
    """Those that nobody has lifted; whether one has ended by itself is up to the gate."""
    standing = ContactHold.objects.filter(customer=customer, lifted_at__isnull=True).order_by("pk")
    return tuple(Hold(*row) for row in standing.values_list("kind", "placed_at", "until_at"))


def spoken(customer: Customer, *, since: dt.datetime) -> list[Conversation]:
    """Conversations and attempts, in either direction, the oldest first."""
    rows = Conversation.objects.filter(customer=customer, happened_at__gt=since)
    return list(rows.order_by("happened_at", "pk"))


def sent(
    customer: Customer, *, since: dt.datetime, without: Delivery | None = None
) -> list[tuple[dt.datetime, str]]:
    """When something went out by which channel. A delivery counts whatever became of it: what certainly never went out
    has no moment of contact.
    """
    found = Delivery.objects.filter(customer=customer, contacted_at__gt=since)
    if without is not None:
        found = found.exclude(pk=without.pk)
    return [(at, channel) for at, channel in found.values_list("contacted_at", "channel") if at is not None]


def contacts(sent: Sequence[tuple[dt.datetime, str]], spoken: Sequence[Conversation]) -> tuple[Contact, ...]:
    """What reached the customer or may have: deliveries, and what staff entered (a call is no delivery)."""
    found = [(at, channel, True) for at, channel in sent]
    found += [(each.happened_at, each.channel, False) for each in spoken if not each.is_inbound]
    return tuple(
        Contact(at, channel, is_message=is_message, is_attempt=channel in RINGS)
        for at, channel, is_message in sorted(found)
    )


def talks(spoken: Sequence[Conversation]) -> tuple[Talk, ...]:
    """Conversations and attempts, in either direction."""
    return tuple(Talk(each.happened_at, each.channel, each.result) for each in spoken)


def holidays(now: dt.datetime, rules: Rules | None) -> tuple[dt.date, ...]:
    """The days on which the bank is closed, or the pack's regions, or any part of them, keep a holiday."""
    asked = Q(region__in=regions_kept_in(settings.BANK_REGION))
    for region in rules.holiday_regions if rules else ():
        asked |= Q(region=region) | Q(region__startswith=f"{region}-")
    days = BankHoliday.objects.filter(
        asked,
        day_on__gte=(now - dt.timedelta(days=3)).date(),
        day_on__lte=(now + YEAR_TO_COME).date(),
    )
    return tuple(days.order_by("day_on").values_list("day_on", flat=True).distinct())
