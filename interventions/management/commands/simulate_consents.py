"""`manage.py simulate_consents`: consent of simulated customers, for demonstrations."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from customers import bank_clock
from customers.models import Customer
from interventions.contact import consents
from interventions.models import Channel, ConsentEvent, Purpose

# Their mail goes to a name that is reserved for examples (RFC 2606): nobody real has said anything.
RESERVED = "@example.com"
# Shares of customers, of 256: who agreed to a channel, and who of them has withdrawn since.
AGREED = {
    Channel.SMS: 236,
    Channel.WHATSAPP: 150,
    Channel.EMAIL: 220,
    Channel.VOICE: 90,
    Channel.CALL: 210,
}
WITHDREW = 14


class Command(BaseCommand):
    """Give simulated customers a realistic mixture of consent, the same each time; those who have any keep it.

    Refused where the bank's clock is the wall clock: made-up consent has no place beside real customers.
    """

    help = "Make up the consent of simulated customers."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BANK_CLOCK_SPEED:
            raise CommandError("Made-up consent is for demonstrations only: BANK_CLOCK_SPEED is 0 here.")
        now = bank_clock.now()
        silent = Customer.objects.filter(email__endswith=RESERVED, consent_events__isnull=True)
        events = [event for customer in silent.order_by("pk").iterator() for event in _events(customer, now)]
        consents.add_all(events)
        self.stdout.write(f"Consent of {len({event.customer_id for event in events}):,} customers made up.")


def _events(customer: Customer, now: dt.datetime) -> Iterator[ConsentEvent]:
    lots = hashlib.sha256(f"{customer.source}:{customer.bank_id}".encode()).digest()
    for lot, changed_mind, (channel, share) in zip(lots[:5], lots[5:10], AGREED.items(), strict=True):
        if lot >= share:
            continue
        given_at = now - dt.timedelta(days=60 + lots[10])
        for purpose in Purpose.values:
            yield _event(customer, channel, purpose, is_granted=True, at=given_at)
            if changed_mind < WITHDREW:
                withdrawn_at = now - dt.timedelta(days=1 + lots[11] % 50)
                yield _event(customer, channel, purpose, is_granted=False, at=withdrawn_at)


def _event(
    customer: Customer, channel: str, purpose: str, *, is_granted: bool, at: dt.datetime
) -> ConsentEvent:
    return ConsentEvent(
        customer=customer,
        channel=channel,
        purpose=purpose,
        is_granted=is_granted,
        source=ConsentEvent.Source.IMPORT,
        evidence="simulated",
        happened_at=at,
    )
