"""The outbox: the row is written first, a worker sends it, and no row is ever sent twice.

The only module that reaches a transport. One delivery takes two transactions with the provider between them: what a
killed worker leaves behind is looked up where the provider can tell, and is otherwise unknown, with an alert.
"""

import datetime as dt
import os
import socket
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from functools import partial

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from customers import bank_clock, roles
from customers.models import Customer
from interventions.contact import breaker, contact_facts, packs
from interventions.contact.digests import message_sha256
from interventions.models import Case, Channel, Delivery, Intervention, Purpose
from interventions.models.intervention import CONTACTED
from interventions.sending import addresses, delivering, provider_addresses
from interventions.sending.delivering import Allowed
from interventions.transports.base import (
    CannotTell,
    Handed,
    Message,
    NotSent,
    NotThere,
    NotYet,
    OutcomeUnknown,
    Transport,
)
from interventions.transports.registry import NotConfigured, transport_of
from risk.alerts import raise_operational

log = structlog.get_logger(__name__)
State = Delivery.State
MAY_SEND = frozenset({roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS})
CHANNELS = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL, Channel.VOICE)
# Between the gate's yes and the first byte to the provider. Consent withdrawn meanwhile must count within 5 seconds.
PERMIT_SECONDS = 3.0
# Less than the time after which Celery ends a task, with the longest exchange on top.
LONGEST_RUN_SECONDS = 4.0
SETTLE_PAUSES_SECONDS = (0.1, 0.5, 2.0)


class OutboxRefused(ValueError):
    """A message that cannot be queued or settled; the text says why and what to do."""


@transaction.atomic
def enqueue(*, intervention: Intervention, by: User, not_before_at: dt.datetime | None = None) -> Delivery:
    """Put a confirmed message into the outbox; asked again, the same row comes back.

    Args:
        intervention: confirmed by a person.
        by: who wants it sent: somebody who works on cases and may see this customer.
        not_before_at: on the bank's clock; None: as soon as the gate allows.

    Raises:
        PermissionDenied: they may not.
        OutboxRefused: it is not confirmed, altered, a call, without an address, or was sent before.
    """
    customer = contact_facts.lock_customer(intervention.customer_id)
    message = Intervention.objects.select_related("case").get(pk=intervention.pk)
    if not roles.of(by) & MAY_SEND or not Customer.objects.visible_to(by).filter(pk=customer.pk).exists():
        raise PermissionDenied(_("Only those who look after this customer, and supervisors, send messages."))
    if queued := message.deliveries.filter(state__in=CONTACTED).first():
        return queued
    _refuse(message)
    address = addresses.of_customer(customer, message.channel)
    if not address:
        raise OutboxRefused(_("The customer has no usable address for this channel. Choose another channel."))
    delivery = Delivery.objects.create(
        intervention=message,
        case=message.case,
        customer=customer,
        template_id=message.template_id,
        channel=message.channel,
        address=address,
        subject=message.subject,
        body=message.body,
        body_sha256=message.body_sha256,
        not_before_at=not_before_at or bank_clock.now(),
    )
    record(
        action="interventions.delivery.queued",
        subject_type="delivery",
        subject_id=delivery.pk,
        actor=by,
        customer=customer.pk,
        detail={"case_id": message.case_id, "intervention_id": message.pk, "channel": message.channel},
    )
    return delivery


def send_due(*, limit: int) -> int:
    """Send what is due, one after another; returns how many deliveries were looked at.

    Args:
        limit: at most so many; the run also ends after some seconds.
    """
    rules = packs.active_rules()
    transports = _transports()
    worker, until, count = _worker(), time.monotonic() + LONGEST_RUN_SECONDS, 0
    while count < limit and time.monotonic() < until:
        if rules is None:
            _tell_of_missing_rules()
            break
        if breaker.look(rules).is_open:
            # Everything waits: asking for each would only fill the records.
            break
        delivery_id = delivering.claim(worker=worker, channels=list(transports))
        if delivery_id is None:
            break
        count += 1
        _send(delivery_id, worker, transports)
    return count


def reap() -> int:
    """Look into what killed workers left behind, and again at what is unknown; returns how many were settled."""
    overdue = timezone.now() - dt.timedelta(seconds=settings.SEND_REAP_SECONDS)
    left = Delivery.objects.filter(state=State.SENDING, claimed_at__lt=overdue).order_by("claimed_at")
    open_ = Delivery.objects.filter(state=State.UNKNOWN, retry_at__lte=timezone.now()).order_by("retry_at")
    transports, count = _transports(), 0
    until = time.monotonic() + LONGEST_RUN_SECONDS
    for delivery in [*left[:200], *open_[:50]]:
        if time.monotonic() > until:
            break
        try:
            count += _look_into(delivery, transports.get(delivery.channel))
        except Exception as error:
            # It stays as it is, and the others are looked into.
            _stuck(delivery.pk, error)
    return count


def cancel_of_case(*, case: Case, reason: str) -> int:
    """Cancel what of this case still waits, in the caller's transaction; returns how many."""
    return _cancel(Delivery.objects.filter(case=case), reason)


def cancel_of_intervention(*, intervention: Intervention, reason: str) -> int:
    """Cancel what of this message still waits; returns how many."""
    return _cancel(Delivery.objects.filter(intervention=intervention), reason)


def cancel_of_customer(
    *, customer: Customer, channel: str | None = None, purpose: Purpose | str | None = None, reason: str
) -> int:
    """Cancel what to this customer still waits, by one channel or all, for one purpose or all; returns how many."""
    found = Delivery.objects.filter(customer=customer)
    if channel is not None:
        found = found.filter(channel=channel)
    if purpose is not None:
        found = found.filter(intervention__purpose=purpose)
    return _cancel(found, reason)


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
    delivery = delivering.held(delivery_id)
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
        delivering.sent(delivery_id=delivery_id, provider=delivery.provider, provider_id=delivery.provider_id)
    else:
        delivering.not_sent(delivery_id=delivery_id, why=_("Looked up at the provider: it was not sent."))
    return Delivery.objects.get(pk=delivery_id)


def _refuse(message: Intervention) -> None:
    if message.state != Intervention.State.CONFIRMED:
        raise OutboxRefused(_("The message is not confirmed. Look at it once more and confirm it."))
    if message.channel not in CHANNELS:
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


def _cancel(found: QuerySet[Delivery], reason: str) -> int:
    waiting = found.filter(state=State.PENDING).order_by("customer_id", "pk").values_list("pk", flat=True)
    with transaction.atomic():
        return sum(delivering.cancel(delivery_id=pk, reason=reason) for pk in list(waiting))


def _transports() -> dict[str, Transport]:
    """The transports that work, by channel; operators are told of the others once a day."""
    found: dict[str, Transport] = {}
    for channel in CHANNELS:
        try:
            found[channel] = transport_of(channel)
        except NotConfigured as error:
            _tell_operators(channel, str(error))
    return found


def _send(delivery_id: uuid.UUID, worker: str, transports: Mapping[str, Transport]) -> None:
    channel = Delivery.objects.values_list("channel", flat=True).get(pk=delivery_id)
    transport = transports[channel]
    try:
        allowed = delivering.ask(delivery_id=delivery_id, worker=worker, provider=transport.name)
    except Exception as error:
        # Nothing was handed over. Its claim ends by itself, and meanwhile the others go out.
        _stuck(delivery_id, error)
        return
    if allowed:
        settle = _handed_over(allowed, transport)
        _insist(settle)


def _handed_over(allowed: Allowed, transport: Transport) -> Callable[[], None]:
    """The exchange with the provider, outside any transaction; returns how to store what is known afterwards."""
    delivery = allowed.delivery
    # From the gate's answer on: a worker that stood still in between is too late, however long it has been.
    message = _message(delivery, lapses_at=allowed.asked_at + PERMIT_SECONDS)
    pk, attempt = delivery.pk, delivery.attempts
    try:
        if not allowed.permit.covers(message, at=bank_clock.now()):
            raise NotYet("The send gate's permit ended before the message was handed over")
        handed = transport.send(message, allowed.permit)
    except NotYet as error:
        if error.needs_operator:
            _tell_operators(delivery.channel, str(error))
        return partial(
            delivering.not_yet,
            delivery_id=pk,
            why=str(error),
            wait_seconds=error.wait_seconds,
            needs_operator=error.needs_operator,
            attempt=attempt,
        )
    except NotSent as error:
        return partial(_never_sent, delivery, str(error), is_opted_out=error.is_opted_out)
    except OutcomeUnknown as error:
        return partial(delivering.unknown, delivery_id=pk, why=str(error), attempt=attempt)
    except Exception as error:
        # A mistake of ours: what the provider got before it, nobody knows. Its text may quote the message.
        log.error("a transport broke", delivery=str(pk), transport=transport.name, error=type(error).__name__)
        why = f"The transport broke: {type(error).__name__}"
        return partial(delivering.unknown, delivery_id=pk, why=why, attempt=attempt)
    return partial(delivering.sent, delivery_id=pk, provider=handed.provider, provider_id=handed.provider_id)


def _never_sent(delivery: Delivery, why: str, *, is_opted_out: bool) -> None:
    from interventions.contact import opt_outs  # which withdraws consent, which cancels what waits here

    with transaction.atomic():
        if is_opted_out:
            # First, since it locks everybody who shares the number, in their order.
            opt_outs.of_delivery(delivery, source="partner", evidence=f"delivery {delivery.pk}")
        delivering.not_sent(delivery_id=delivery.pk, why=why, attempt=delivery.attempts)


def _insist(settle: Callable[[], None]) -> None:
    """Transaction 2, more than once where the database does not answer: the message is out already."""
    for pause_seconds in SETTLE_PAUSES_SECONDS:
        try:
            return settle()
        except (OperationalError, InterfaceError) as error:
            log.warning("settling again", error=type(error).__name__)
            if not connection.in_atomic_block:
                connection.close()
            time.sleep(pause_seconds)
    return settle()


def _look_into(delivery: Delivery, transport: Transport | None) -> bool:
    """Settle a delivery that nobody is sending any more, by what its provider can tell."""
    found, attempt = _looked_up(delivery, transport), delivery.attempts
    if isinstance(found, Handed):
        delivering.sent(delivery_id=delivery.pk, provider=found.provider, provider_id=found.provider_id)
    elif isinstance(found, NotThere) and delivery.state == State.SENDING:
        delivering.not_yet(
            delivery_id=delivery.pk,
            why="The worker was killed before it handed the message over",
            attempt=attempt,
        )
    elif isinstance(found, NotThere):
        why = "Looked up at the provider: it was not sent"
        delivering.not_sent(delivery_id=delivery.pk, why=why, attempt=attempt)
    elif delivery.state == State.SENDING:
        why = "The worker was killed while it sent the message"
        delivering.unknown(delivery_id=delivery.pk, why=why, attempt=attempt)
    else:
        delivering.looked_up_in_vain(delivery_id=delivery.pk)
        return False
    return True


def _looked_up(delivery: Delivery, transport: Transport | None) -> Handed | NotThere | CannotTell:
    if transport is None or transport.name != delivery.provider:
        return CannotTell()
    try:
        return transport.lookup(_message(delivery, lapses_at=float("-inf")))
    except Exception as error:
        # A mistake of ours about one message must not keep the others from being looked into.
        log.error(
            "a lookup broke",
            delivery=str(delivery.pk),
            transport=transport.name,
            error=type(error).__name__,
        )
        return CannotTell()


def _message(delivery: Delivery, *, lapses_at: float) -> Message:
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
        lapses_at=lapses_at,
        status_url=provider_addresses.status_url(delivery),
        unsubscribe_url=provider_addresses.unsubscribe_url(delivery),
    )


def _tell_operators(channel: str, why: str) -> None:
    raise_operational(
        dedupe_key=f"transport.{channel}.{timezone.now():%Y-%m-%d}",
        message=f"Messages by {channel} cannot be sent: {why}",
        detail={"channel": channel},
    )


def _stuck(delivery_id: uuid.UUID, error: Exception) -> None:
    """One delivery breaks whatever handles it: people are told. Where the database is away, so is this."""
    if isinstance(error, OperationalError | InterfaceError):
        raise error
    # Without the exception's text, which may quote the row.
    frames = traceback.format_tb(error.__traceback__)
    log.error("a delivery is stuck", delivery=str(delivery_id), error=type(error).__name__, frames=frames)
    raise_operational(
        dedupe_key=f"delivery.stuck.{delivery_id}",
        message="A message cannot be handled and stays where it is; the log says where it breaks.",
        detail={"delivery": str(delivery_id), "error": type(error).__name__},
    )


def _tell_of_missing_rules() -> None:
    """Without an approved pack nothing is sent; what waits for it must not wait unseen."""
    if Delivery.objects.filter(state=State.PENDING, not_before_at__lte=bank_clock.now()).exists():
        raise_operational(
            dedupe_key=f"outbox.no_rules.{timezone.now():%Y-%m-%d}",
            message="Messages wait: there is no active pack of contact rules. Have one approved and activated.",
            detail={},
        )


def _worker() -> str:
    """A name that no other run has."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
