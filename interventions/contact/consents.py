"""The ledger of consent: whether a customer agreed to a channel for a purpose. Withdrawing is as easy as giving."""

import datetime as dt
from collections.abc import Sequence
from typing import NotRequired, TypedDict, Unpack

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from customers import bank_clock, roles
from customers.models import Customer
from interventions.contact import cancelling
from interventions.contact.contact_facts import lock_customer
from interventions.models import Channel, ConsentEvent, Purpose
from interventions.proof.receipt_forms import consent_sha256, consents_root

MAY_RECORD = frozenset({roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS})
MICROSECOND = dt.timedelta(microseconds=1)
BATCH_ROWS = 5_000
GRANTED, WITHDRAWN = "interventions.consent.granted", "interventions.consent.withdrawn"
ADDED = "interventions.consents.added"
Key = tuple[str, str]


class ConsentRefused(ValueError):
    """Nothing was written; the text says why."""


class Statement(TypedDict):
    """What a customer said about one channel for one purpose.

    Args:
        customer: Who.
        channel: A `Channel`.
        purpose: A `Purpose`.
        source: A `ConsentEvent.Source`.
        by: Whoever was told; None where a system was.
        evidence: Where it can be looked up.
        happened_at: When they said so, on the bank's clock; None: now, which is the last word whatever was said before.
    """

    customer: Customer
    channel: str
    purpose: str
    source: str
    by: NotRequired[User | None]
    evidence: NotRequired[str]
    happened_at: NotRequired[dt.datetime | None]


def grant(**said: Unpack[Statement]) -> ConsentEvent:
    """The customer agrees to a channel for a purpose.

    Raises:
        PermissionDenied: `by` does not look after this customer.
        ConsentRefused: the moment lies ahead, or no such channel, purpose or source.
    """
    _check(said)
    happened_at = said.get("happened_at")
    if happened_at is not None and happened_at > bank_clock.now():
        raise ConsentRefused(_("Consent cannot be given in the future. Enter it when it has been given."))
    return _write(said, is_granted=True)


def withdraw(**said: Unpack[Statement]) -> ConsentEvent:
    """The customer wants no more by a channel for a purpose; what is queued for it is cancelled with it.

    Raises:
        PermissionDenied: `by` does not look after this customer.
        ConsentRefused: no such channel, purpose or source.
    """
    _check(said)
    with transaction.atomic():
        event = _write(said, is_granted=False)
        cancelling.of_customer(
            customer=said["customer"],
            channel=said["channel"],
            purpose=said["purpose"],
            reason=gettext_noop("The customer withdrew their consent."),
        )
    return event


def state_of(customer: Customer) -> dict[Key, ConsentEvent]:
    """The last word on each (channel, purpose) that was ever spoken of; what is not there was never given."""
    events = (
        ConsentEvent.objects.filter(customer=customer)
        .select_related("recorded_by")
        .order_by("channel", "purpose", "-happened_at", "-id")
        .distinct("channel", "purpose")
    )
    return {(event.channel, event.purpose): event for event in events}


def _check(said: Statement) -> None:
    by, customer = said.get("by"), said["customer"]
    if by is None:
        if said["source"] == ConsentEvent.Source.STAFF:
            raise PermissionDenied(_("Say to whom it was told."))
    elif not roles.of(by) & MAY_RECORD or not Customer.objects.visible_to(by).filter(pk=customer.pk).exists():
        raise PermissionDenied(_("Only those who look after a customer may enter their consent."))
    if said["channel"] not in Channel.values or said["purpose"] not in Purpose.values:
        raise ConsentRefused(_("There is no such channel or purpose."))
    if said["source"] not in ConsentEvent.Source.values:
        raise ConsentRefused(_("Say where it was said."))


def _write(said: Statement, *, is_granted: bool) -> ConsentEvent:
    customer, channel, purpose = said["customer"], said["channel"], said["purpose"]
    with transaction.atomic():
        # Whoever is about to send to them waits, or is waited for.
        lock_customer(customer.pk)
        event, is_new = ConsentEvent.objects.get_or_create(
            customer=customer,
            channel=channel,
            purpose=purpose,
            is_granted=is_granted,
            source=said["source"],
            happened_at=said.get("happened_at") or _after_all(customer, channel, purpose),
            defaults={"recorded_by": said.get("by"), "evidence": said.get("evidence", "")},
        )
        if is_new:
            _recorded(event, said.get("by"))
    return event


def add_all(said: Sequence[ConsentEvent]) -> None:
    """Add to the ledger what many customers said, as a file or a demonstration brings it; whoever calls has judged it.

    One audit event for each some thousand lines binds them all: it holds their numbers and the Merkle root over them.
    """
    for start in range(0, len(said), BATCH_ROWS):
        with transaction.atomic():
            made = ConsentEvent.objects.bulk_create(said[start : start + BATCH_ROWS])
            # As the database has them: number and moment of recording are its own.
            stored = list(ConsentEvent.objects.filter(pk__in=[each.pk for each in made]).order_by("pk"))
            record(
                action=ADDED,
                subject_type="consents",
                subject_id=f"{stored[0].pk}-{stored[-1].pk}",
                detail={
                    "count": len(stored),
                    "numbers": _runs([each.pk for each in stored]),
                    "merkle_root": consents_root(stored),
                },
            )


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Ascending numbers, briefly: runs of equal steps as first, last and step. The database counts in twos here."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][0] == found[-1][1]:
            found[-1][1:] = [number, number - found[-1][0]]
        elif found and number - found[-1][1] == found[-1][2]:
            found[-1][1] = number
        else:
            found.append([number, number, 1])
    return found


def _recorded(said: ConsentEvent, by: User | None) -> None:
    said.refresh_from_db(fields=["recorded_at", "happened_at"])
    record(
        action=GRANTED if said.is_granted else WITHDRAWN,
        subject_type="consent",
        subject_id=said.pk,
        actor=by,
        customer=said.customer_id,
        detail={
            "channel": said.channel,
            "purpose": said.purpose,
            "source": said.source,
            "event": said.pk,
            "receipt_sha256": consent_sha256(said),
        },
    )


def _after_all(customer: Customer, channel: str, purpose: str) -> dt.datetime:
    """Now, and in any case after all that was said before: what is said now is the last word."""
    last = (
        ConsentEvent.objects.filter(customer=customer, channel=channel, purpose=purpose)
        .order_by("-happened_at")
        .values_list("happened_at", flat=True)
        .first()
    )
    now = bank_clock.now()
    return now if last is None else max(now, last + MICROSECOND)
