"""Customers who want no more: by replying, by a link, or as the provider knows."""

import phonenumbers
import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from customers.models import Customer
from interventions.contact import addresses, consents
from interventions.models import Channel, Delivery, Purpose
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

    A number may be shared: whoever answers it speaks for all who would get messages there.
    """
    channels = Channel.values if is_of_all_channels else [channel]
    found = customers_at(address, channel)
    for customer in found:
        for each in channels:
            for purpose in Purpose.values:
                consents.withdraw(
                    customer=customer, channel=each, purpose=purpose, source=source, evidence=evidence
                )
    if not found:
        # Somebody does not want to be written to, and nobody knows who: it must not end in a log.
        log.warning("nobody known opted out", channel=channel, evidence=evidence)
        raise_operational(
            dedupe_key=f"opt_out.of_nobody.{timezone.now():%Y-%m-%d}",
            message="Somebody opted out at an address that no customer has. Find them by the provider's log, and enter"
            " their withdrawal.",
            detail={"channel": str(channel), "evidence": evidence},
        )
    return len(found)


def customers_at(address: str, channel: str) -> list[Customer]:
    """Everybody who was written to at this address, or would be now."""
    if not address:
        return []
    now = Q(email__iexact=address) if channel == Channel.EMAIL else _spelled(address)
    written = Delivery.objects.filter(address__iexact=address).values("customer_id")
    found = Customer.objects.filter(now | Q(pk__in=written)).order_by("pk")
    return [each for each in found if _is_reached(each, address, channel)]


def _spelled(address: str) -> Q:
    """A number however files from banks spell it: with or without the country and zeros before, and with whatever
    between the digits. Each that is found is looked at closely afterwards."""
    digits = str(phonenumbers.parse(address).national_number)
    return Q(phone__regex="[^0-9]*".join(digits))


def _is_reached(customer: Customer, address: str, channel: str) -> bool:
    current = addresses.of_customer(customer, channel)
    return (
        current.casefold() == address.casefold()
        or Delivery.objects.filter(customer=customer, address__iexact=address).exists()
    )
