"""What comes back from providers: how a delivery went, and what customers answer.

Each event is stored once, whatever is told twice, and in whatever order.
"""

import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext_noop

from audit.services import record
from customers import bank_clock
from interventions import case_hints, masking
from interventions.contact import addresses, opt_out_words, opt_outs
from interventions.contact.contact_facts import lock_customer
from interventions.models import Case, Channel, ConsentEvent, Conversation, Delivery, ProviderEvent
from interventions.sending import settling
from risk.alerts import raise_operational

log = structlog.get_logger(__name__)
TWILIO = "twilio"
State = Delivery.State
# What Twilio calls the states of a message or a call; the rest is on the way.
MEANING = {
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.DELIVERED,
    "completed": State.DELIVERED,
    "failed": State.FAILED,
    "undelivered": State.FAILED,
    "canceled": State.FAILED,
    "busy": State.FAILED,
    "no-answer": State.FAILED,
    # It is the provider's now, which we may not have heard when we asked.
    "queued": State.SENT,
    "accepted": State.SENT,
    "sending": State.SENT,
    "initiated": State.SENT,
    "ringing": State.SENT,
    "in-progress": State.SENT,
}


@transaction.atomic
def status(*, key: uuid.UUID, form: Mapping[str, str]) -> bool:
    """What became of a delivery; returns whether it is news.

    Args:
        key: the delivery's idempotency key, from the callback's address.
        form: Twilio's fields.
    """
    sid = form.get("MessageSid") or form.get("CallSid") or ""
    said = (form.get("MessageStatus") or form.get("CallStatus") or "").lower()
    delivery = Delivery.objects.filter(idempotency_key=key).first()
    code = masking.code(given) if (given := form.get("ErrorCode", "")) else ""
    if not _is_news(f"{sid}:{said}:{code}", delivery, said, {"error_code": code} if code else {}):
        return False
    state = MEANING.get(said)
    if delivery is not None and delivery.provider_id not in ("", sid):
        _tell_of_twin(delivery, state)
        return True
    if delivery is None or state is None:
        log.warning("a status of nothing we sent", status=said, sid=sid)
        return True
    if code == "21610":
        # First, since it locks everybody who shares the number, in their order.
        opt_outs.of_delivery(delivery, source=ConsentEvent.Source.PARTNER, evidence=f"twilio {sid}")
    why = f"The provider says {said}, error {code}" if state == State.FAILED else ""
    settling.told(delivery_id=delivery.pk, state=state, provider=TWILIO, provider_id=sid, why=why)
    return True


@transaction.atomic
def message(*, form: Mapping[str, str]) -> bool:
    """A customer writes; returns whether it is news."""
    sid, sender = form.get("MessageSid", ""), form.get("From", "")
    is_whatsapp = sender.startswith("whatsapp:")
    channel = Channel.WHATSAPP if is_whatsapp else Channel.SMS
    address, text = addresses.phone(sender.removeprefix("whatsapp:")), form.get("Body", "")
    # Twilio keeps a list of its own of those who opted out, and says so.
    is_opt_out = opt_out_words.is_opt_out(text) or form.get("OptOutType", "").upper() == "STOP"
    if not _is_news(f"{sid}:inbound", None, "opt_out" if is_opt_out else "inbound", {"channel": channel}):
        return False
    if is_opt_out:
        opt_outs.of_address(
            address,
            channel=channel,
            source=ConsentEvent.Source.REPLY,
            evidence=f"twilio {sid}",
            is_of_all_channels=opt_out_words.is_of_all_channels(text),
        )
        return True
    for customer in opt_outs.customers_at(address, channel):
        _said(customer.pk, channel, text, evidence=f"twilio {sid}")
    return True


def unsubscribe(delivery: Delivery) -> None:
    """One click in an e-mail; clicked again it changes nothing."""
    opt_outs.of_delivery(
        delivery, source=ConsentEvent.Source.PAGE, evidence=f"unsubscribe link of delivery {delivery.pk}"
    )


def _said(customer_id: int, channel: str, text: str, *, evidence: str) -> None:
    """For whoever looks after the customer. It is a conversation: until they have answered, no message goes out."""
    customer = lock_customer(customer_id)
    case = Case.objects.open().filter(customer=customer).first()
    made = Conversation.objects.create(
        customer=customer,
        case=case,
        channel=channel,
        is_inbound=True,
        result=Conversation.Result.SPOKE,
        note=text[:2_000],
        happened_at=bank_clock.now(),
    )
    record(
        action="interventions.conversation.recorded",
        subject_type="conversation",
        subject_id=made.pk,
        customer=customer.pk,
        detail={
            "customer_id": customer.pk,
            "case_id": case.pk if case else None,
            "channel": channel,
            "result": made.result,
            "is_inbound": True,
            "evidence": evidence,
        },
        personal={"after": {"note": made.note}},
    )
    case_hints.announce([customer.assigned_rm_id, customer.covering_rm_id])


def _tell_of_twin(delivery: Delivery, state: Delivery.State | None) -> None:
    """The provider speaks of another message under the key of this one: the customer may have got it twice."""
    log.warning("a status of a second message", delivery=str(delivery.pk), status=str(state))
    if state in (State.SENT, State.DELIVERED):
        raise_operational(
            dedupe_key=f"delivery.twin.{delivery.pk}",
            message=gettext_noop(
                "A provider has a message twice, under two ids. Look at its records, and at what sent the second."
            ),
            detail={"delivery": str(delivery.pk), "case": delivery.case_id, "channel": delivery.channel},
        )


def _is_news(event_key: str, delivery: Delivery | None, status: str, detail: Mapping[str, Any]) -> bool:
    """Store an event; False where it is stored already. A twin that comes meanwhile waits, and is none."""
    _event, is_new = ProviderEvent.objects.get_or_create(
        provider=TWILIO,
        event_key=event_key[:200],
        defaults={"delivery": delivery, "status": status[:64], "detail": dict(detail)},
    )
    return is_new
