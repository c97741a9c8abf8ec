"""Messages handed over to providers, and looked up there: the only module that reaches a transport.

No transaction is open meanwhile. Each answer says how to store what is known then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog
from django.db import transaction
from django.utils import timezone

from customers import bank_clock
from interventions.contact import opt_outs
from interventions.models import Channel, Delivery
from interventions.sending import provider_addresses, resting, settling
from interventions.sending.asking import Allowed
from interventions.sending.lapse import OVER, Lapse
from interventions.transports.base import CannotTell, Message, NotSent, NotYet, OutcomeUnknown
from interventions.transports.base import Handed as Handed
from interventions.transports.base import NotThere as NotThere
from interventions.transports.base import Transport as Transport
from interventions.transports.registry import NotConfigured, transport_of
from risk.alerts import raise_operational

log = structlog.get_logger(__name__)
# Those that a transport can have.
CHANNELS = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL, Channel.VOICE)


def transports() -> dict[str, Transport]:
    """The transports that work, by channel; operators are told of the others once a day."""
    found: dict[str, Transport] = {}
    for channel in CHANNELS:
        try:
            found[channel] = transport_of(channel)
        except NotConfigured as error:
            _tell_operators(channel, str(error))
    return found


@dataclass(frozen=True)
class Outcome:
    """What is known after an exchange.

    Args:
        settle: stores what is known of the delivery; it comes first.
        note: stores how the provider fared.
    """

    settle: Callable[[], None]
    note: Callable[[], None]


def handed_over(allowed: Allowed, transport: Transport) -> Outcome:
    """The exchange with the provider, outside any transaction; returns how to store what is known afterwards."""
    delivery, provider = allowed.delivery, transport.name
    # From the gate's answer on: a worker that stood still in between is too late, however long it has been.
    message = message_of(delivery, lapse=allowed.lapse)
    pk, attempt = delivery.pk, delivery.attempts
    try:
        if not allowed.permit.covers(message, at=bank_clock.now()):
            raise NotYet("The send gate's permit ended before the message was handed over")
        handed = transport.send(message, allowed.permit)
    except NotYet as error:
        return Outcome(_put_back(delivery, error), _noted(provider, error))
    except NotSent as error:
        settle = partial(_never_sent, delivery, str(error), is_opted_out=error.is_opted_out)
        return Outcome(settle, partial(resting.worked, provider))
    except OutcomeUnknown as error:
        settle = partial(settling.unknown, delivery_id=pk, why=str(error), attempt=attempt)
        return Outcome(settle, partial(resting.failed, provider, why=str(error)))
    except Exception as error:
        # A mistake of ours: what the provider got before it, nobody knows. Its text may quote the message.
        log.error("a transport broke", delivery=str(pk), transport=provider, error=type(error).__name__)
        why = f"The transport broke: {type(error).__name__}"
        settle = partial(settling.unknown, delivery_id=pk, why=why, attempt=attempt)
        # Where it breaks over every message, not every message that is due may become one of which nobody knows.
        return Outcome(settle, partial(resting.failed, provider, why=why))
    settle = partial(settling.sent, delivery_id=pk, provider=handed.provider, provider_id=handed.provider_id)
    return Outcome(settle, partial(resting.worked, provider))


def _put_back(delivery: Delivery, error: NotYet) -> Callable[[], None]:
    if error.needs_operator:
        _tell_operators(delivery.channel, str(error))
    return partial(
        settling.not_yet,
        delivery_id=delivery.pk,
        why=str(error),
        wait_seconds=error.wait_seconds,
        is_of_provider=error.is_of_provider,
        attempt=delivery.attempts,
    )


def _noted(provider: str, error: NotYet) -> Callable[[], None]:
    """What says nothing of the provider, such as a permit that ended, is not held against it."""
    if not error.is_of_provider:
        return _nothing
    return partial(
        resting.failed,
        provider,
        why=str(error),
        wait_seconds=error.wait_seconds,
        is_certain=error.needs_operator,
    )


def _nothing() -> None:
    """Nothing was learnt of the provider."""


def looked_up(delivery: Delivery, transport: Transport | None) -> Handed | NotThere | CannotTell:
    """What the provider of a delivery says that became of it; a transport that is another's by now cannot tell."""
    if transport is None or transport.name != delivery.provider:
        return CannotTell()
    try:
        return transport.lookup(message_of(delivery, lapse=OVER))
    except Exception as error:
        # A mistake of ours about one message must not keep the others from being looked into.
        log.error(
            "a lookup broke",
            delivery=str(delivery.pk),
            transport=transport.name,
            error=type(error).__name__,
        )
        return CannotTell()


def message_of(delivery: Delivery, *, lapse: Lapse) -> Message:
    """A delivery as a transport takes it.

    Raises:
        ValueError: it was never handed over.
    """
    if delivery.handed_over_at is None:
        raise ValueError("Only what is being sent, or was, is a message.")
    return Message(
        delivery_id=delivery.pk,
        key=delivery.idempotency_key,
        channel=delivery.channel,
        address=delivery.address,
        subject=delivery.subject,
        body=delivery.body,
        language=delivery.intervention.language,
        handed_over_at=delivery.handed_over_at,
        lapse=lapse,
        status_url=provider_addresses.status_url(delivery),
        unsubscribe_url=provider_addresses.unsubscribe_url(delivery),
    )


def _never_sent(delivery: Delivery, why: str, *, is_opted_out: bool) -> None:
    with transaction.atomic():
        if is_opted_out:
            # First, since it locks everybody who shares the number, in their order.
            opt_outs.of_delivery(delivery, source="partner", evidence=f"delivery {delivery.pk}")
        settling.not_sent(delivery_id=delivery.pk, why=why, attempt=delivery.attempts)


def _tell_operators(channel: str, why: str) -> None:
    raise_operational(
        dedupe_key=f"transport.{channel}.{timezone.now():%Y-%m-%d}",
        message=f"Messages by {channel} cannot be sent: {why}",
        detail={"channel": channel},
    )
