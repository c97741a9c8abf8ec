"""The outbox: the row is written first, a worker sends it (`sender`), and no row is ever sent twice."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from customers import bank_clock, roles
from customers.models import Customer
from interventions.contact import addresses, page_links
from interventions.contact.contact_facts import lock_customer
from interventions.contact.delivery_steps import State, held
from interventions.contact.digests import message_sha256
from interventions.models import Channel, Delivery, Intervention
from interventions.models.intervention import CONTACTED
from interventions.sending import settling

MAY_SEND = frozenset({roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS})


class OutboxRefused(ValueError):
    """A message that cannot be queued or settled; the text says why and what to do."""


@transaction.atomic
def enqueue(
    *,
    intervention: Intervention,
    by: User,
    not_before_at: dt.datetime | None = None,
    speaks_of: Mapping[str, str] | None = None,
) -> Delivery:
    """Put a confirmed message into the outbox; asked again, the same row comes back.

    Args:
        intervention: confirmed by a person.
        by: who wants it sent: somebody who works on cases and may see this customer.
        not_before_at: on the bank's clock; None: as soon as the gate allows.
        speaks_of: `spoken_of.as_it_is` when the words were confirmed; where it changes, they do not go out. None: of
            nothing that may change.

    Raises:
        PermissionDenied: they may not.
        OutboxRefused: it is not confirmed, altered, a call, without an address, or was sent before.
    """
    customer = lock_customer(intervention.customer_id)
    message = Intervention.objects.select_related("case").get(pk=intervention.pk)
    _require_sender(by, customer)
    if queued := message.deliveries.filter(state__in=CONTACTED).first():
        return queued
    _refuse(message)
    address = addresses.of_customer(customer, message.channel)
    if not address:
        raise OutboxRefused(_("The customer has no usable address for this channel. Choose another channel."))
    delivery = Delivery.objects.create(
        **_as_confirmed(message),
        customer=customer,
        address=address,
        speaks_of=None if speaks_of is None else dict(speaks_of),
        not_before_at=not_before_at or bank_clock.now(),
    )
    _record_queued(delivery, by)
    page_links.issue(delivery)
    return delivery


@transaction.atomic
def settle_unknown(*, delivery_id: uuid.UUID, was_sent: bool, by: User, reason: str) -> Delivery:
    """Somebody looked an unknown delivery up in the provider's records.

    Raises:
        PermissionDenied: not a supervisor.
        OutboxRefused: there is no reason, or it is not unknown any more.
        Delivery.DoesNotExist: there is none.
    """
    if roles.SUPERVISORS not in roles.of(by):
        raise PermissionDenied(_("Only supervisors settle messages of which nobody knew."))
    if not reason.strip():
        raise OutboxRefused(_("Say where you looked it up, and what you found."))
    delivery = held(delivery_id)
    if delivery.state != State.UNKNOWN:
        raise OutboxRefused(_("It is known by now what became of this message. Look at it again."))
    record(
        action="interventions.delivery.looked_up",
        subject_type="delivery",
        subject_id=delivery.pk,
        actor=by,
        customer=delivery.customer_id,
        reason=reason.strip(),
        detail={"was_sent": was_sent, "case_id": delivery.case_id},
    )
    if was_sent:
        settling.sent(delivery_id=delivery_id, provider=delivery.provider, provider_id=delivery.provider_id)
    else:
        settling.not_sent(
            delivery_id=delivery_id, why=gettext_noop("Looked up at the provider: it was not sent.")
        )
    return Delivery.objects.get(pk=delivery_id)


def _require_sender(by: User, customer: Customer) -> None:
    if not roles.of(by) & MAY_SEND or not Customer.objects.visible_to(by).filter(pk=customer.pk).exists():
        raise PermissionDenied(_("Only those who look after this customer, and supervisors, send messages."))


def _as_confirmed(message: Intervention) -> dict[str, Any]:
    """What a delivery takes over from its message, so that nothing of it can change on the way."""
    return {
        "intervention": message,
        "case": message.case,
        "template_id": message.template_id,
        "channel": message.channel,
        "subject": message.subject,
        "body": message.body,
        "body_sha256": message.body_sha256,
    }


def _record_queued(delivery: Delivery, by: User) -> None:
    record(
        action="interventions.delivery.queued",
        subject_type="delivery",
        subject_id=delivery.pk,
        actor=by,
        customer=delivery.customer_id,
        detail={
            "case_id": delivery.case_id,
            "intervention_id": delivery.intervention_id,
            "channel": delivery.channel,
        },
    )


def _refuse(message: Intervention) -> None:
    if message.state != Intervention.State.CONFIRMED:
        raise OutboxRefused(_("The message is not confirmed. Look at it once more and confirm it."))
    if message.channel == Channel.CALL:
        raise OutboxRefused(_("A call is made by a person. Call, and write down what was said."))
    if message_sha256(subject=message.subject, body=message.body) != message.body_sha256:
        raise OutboxRefused(_("The words are not those that were confirmed. Write the message anew."))
    twins = Delivery.objects.filter(
        case=message.case, template=message.template_id, channel=message.channel, state__in=CONTACTED
    )
    if twins.exists():
        raise OutboxRefused(
            _("This message was sent or queued by this channel already. Choose another channel.")
        )
