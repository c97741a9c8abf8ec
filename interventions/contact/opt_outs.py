"""Customers who want no more: by replying, by a link, or as the provider knows."""

from collections.abc import Collection
from itertools import product

import phonenumbers
import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers.models import Customer
from customers.models.customer import CustomerQuerySet
from interventions.contact import addresses, consents
from interventions.contact.contact_facts import lock_customer
from interventions.models import Channel, ConsentEvent, Delivery, Purpose
from risk.alerts import raise_operational

log = structlog.get_logger(__name__)


def of_delivery(delivery: Delivery, *, source: str, evidence: str) -> int:
    """Whoever is reached as this delivery was; returns how many customers."""
    return of_address(delivery.address, channel=delivery.channel, source=source, evidence=evidence)


@transaction.atomic
def of_address(
    address: str, *, channel: str, source: str, evidence: str, is_of_all_channels: bool = False
) -> int:
    """Withdraw consent of everybody who is reached at an address, for all purposes; returns how many customers.

    A number may be shared: whoever answers it speaks for all who would get messages there. Said again it changes
    nothing: a second click finds consent withdrawn, and leaves the ledger as it is.
    """
    channels = Channel.values if is_of_all_channels else [channel]
    found = customers_at(address, channel)
    for customer in found:
        # In the order of their keys. Clicks at the same time wait for each other here.
        of_customer(customer, channels=channels, source=source, evidence=evidence)
    if not found:
        # Somebody does not want to be written to, and nobody knows who: it must not end in a log.
        log.warning("nobody known opted out", channel=channel, evidence=evidence)
        raise_operational(
            dedupe_key=f"opt_out.of_nobody.{timezone.now():%Y-%m-%d}",
            message=gettext_noop(
                "Somebody opted out at an address that no customer has. Find them by the provider's log, and enter"
                " their withdrawal."
            ),
            detail={"channel": str(channel), "evidence": evidence},
        )
    return len(found)


@transaction.atomic
def of_customer(customer: Customer, *, channels: Collection[str], source: str, evidence: str) -> None:
    """Withdraw one customer's consent for some channels, for all purposes. Said again it changes nothing."""
    lock_customer(customer.pk)
    for each, purpose in sorted(set(product(channels, Purpose.values)) - _withdrawn(customer)):
        consents.withdraw(customer=customer, channel=each, purpose=purpose, source=source, evidence=evidence)


def _withdrawn(customer: Customer) -> set[tuple[str, str]]:
    """The channels and purposes of which the very last word is no, with not even a yes that lies ahead after it."""
    said = ConsentEvent.objects.filter(customer=customer).order_by("happened_at", "id")
    last = {(each.channel, each.purpose): each.is_granted for each in said}
    return {key for key, is_granted in last.items() if not is_granted}


def customers_at(address: str, channel: str) -> list[Customer]:
    """Everybody who was written to at this address, or would be now. Two looks into indexes, however many there are."""
    if not address:
        return []
    spelled = Customer.objects.at_mailbox(address) if channel == Channel.EMAIL else _spelled(address)
    reached = [
        each for each in spelled if addresses.of_customer(each, channel).casefold() == address.casefold()
    ]
    written = Customer.objects.filter(
        pk__in=Delivery.objects.filter(address__iexact=address).values("customer_id")
    )
    return sorted({*reached, *written}, key=lambda customer: customer.pk)


def _spelled(address: str) -> CustomerQuerySet:
    """A number however files from banks spell it: with or without the country and zeros before, and with whatever
    between the digits. Each that is found is looked at closely afterwards."""
    return Customer.objects.at_phone(str(phonenumbers.parse(address).national_number))
