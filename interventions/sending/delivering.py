"""One delivery's way: claimed, asked for at the gate, and settled by what is known afterwards.

Every step locks the customer first and the delivery then, as everything does that changes what the gate looks at.
Wall clock, but for the moment of contact, which is the bank's.
"""

import datetime as dt
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from customers import bank_clock
from interventions import send_gate
from interventions.casework import case_hints
from interventions.contact import contact_facts, gate
from interventions.contact.digests import message_sha256
from interventions.models import Delivery, GateDecision
from interventions.send_gate import Permit, Verdict
from risk.alerts import raise_operational

log = structlog.get_logger(__name__)
State = Delivery.State
# A claim that came to nothing, because its worker died before the gate was asked, is anybody's again.
CLAIM = dt.timedelta(seconds=30)
# What stands against everything that is sent, not against this message: it waits.
OF_ALL = frozenset({"breaker", send_gate.PACK, send_gate.FAULT})
LOOK_AGAIN = dt.timedelta(minutes=5)
# States in which nothing was sent, as far as we know.
NOT_OUT = frozenset({State.PENDING, State.CANCELLED, State.DENIED, State.FAILED})
FIRST_RETRY = dt.timedelta(seconds=30)
LONGEST_RETRY = dt.timedelta(minutes=30)
FIRST_LOOKUP = dt.timedelta(seconds=60)
LONGEST_LOOKUP = dt.timedelta(hours=1)
LOOKUPS_END = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Allowed:
    """A delivery marked as being sent, with the gate's word for it.

    Args:
        delivery: as it is stored.
        permit: for exactly this message.
        asked_at: of `time.monotonic()`, while the customer was still locked: whoever withdraws does so after it.
    """

    delivery: Delivery
    permit: Permit
    asked_at: float


def claim(*, worker: str, channels: Sequence[str]) -> uuid.UUID | None:
    """Make the delivery that is due first this worker's own; None when nothing is due.

    Args:
        worker: who asks; nobody else has this name.
        channels: those whose transports work.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [worker, now, list(channels), bank_clock.now(), now, now - CLAIM])
        row = cursor.fetchone()
    return row[0] if row else None


@transaction.atomic
def ask(*, delivery_id: uuid.UUID, worker: str, provider: str) -> Allowed | None:
    """Transaction 1: ask the gate with facts of this moment, and mark the delivery as being sent if it may go.

    Args:
        delivery_id: one that `claim` gave to this worker.
        worker: its name.
        provider: to whom it would go.

    Returns:
        None where it may not go, or not now, or is another's by now.
    """
    delivery = held(delivery_id)
    if (delivery.state, delivery.claimed_by) != (State.PENDING, worker):
        return None
    if message_sha256(subject=delivery.subject, body=delivery.body) != delivery.body_sha256:
        _tampered(delivery)
        return None
    facts = contact_facts.facts_of(delivery=delivery)
    verdict, decision = gate.ask(facts=facts, moment=GateDecision.Moment.SEND)
    if not verdict.is_allowed or verdict.permit is None:
        _not_allowed(delivery, verdict)
        return None
    delivery.state, delivery.attempts, delivery.provider = State.SENDING, delivery.attempts + 1, provider
    delivery.contacted_at, delivery.handed_over_at = decision.decided_at, timezone.now()
    delivery.claimed_at = delivery.handed_over_at
    delivery.retry_at, delivery.next_lawful_at, delivery.denied_rule, delivery.error = None, None, "", ""
    delivery.save()
    return Allowed(delivery, verdict.permit, time.monotonic())


@transaction.atomic
def sent(*, delivery_id: uuid.UUID, provider: str, provider_id: str) -> None:
    """The provider has it."""
    delivery = held(delivery_id)
    if delivery.state in NOT_OUT:
        _contradicted(delivery, State.SENT, provider, provider_id)
        return
    if delivery.state not in (State.SENDING, State.UNKNOWN):
        # The provider told us first: it is delivered, or failed there, already.
        return
    delivery.provider, delivery.provider_id = provider, provider_id
    _settle(delivery, State.SENT, "sent")
    contact_counts(delivery)


@transaction.atomic
def not_sent(*, delivery_id: uuid.UUID, why: str, attempt: int | None = None) -> None:
    """It certainly did not go out, and will not.

    Args:
        delivery_id: which.
        why: in words without personal data.
        attempt: of which try this is known; None: of the last one. A later try is nobody else's to settle.
    """
    delivery = held(delivery_id)
    if attempt not in (None, delivery.attempts):
        return
    if delivery.state == State.SENDING:
        delivery.contacted_at, delivery.handed_over_at = None, None
    if delivery.state in (State.SENDING, State.UNKNOWN):
        _settle(delivery, State.FAILED, "failed", error=why)


@transaction.atomic
def not_yet(
    *,
    delivery_id: uuid.UUID,
    why: str,
    wait_seconds: float = 0.0,
    needs_operator: bool = False,
    attempt: int | None = None,
) -> None:
    """It certainly did not go out; it is tried again, up to SEND_ATTEMPTS_MAX times.

    What is an operator's to mend is no fault of the message: that is tried on. `attempt` as in `not_sent`: a worker
    that stood still for long must not put back what another is sending by now.
    """
    delivery = held(delivery_id)
    if delivery.state != State.SENDING or attempt not in (None, delivery.attempts):
        return
    delivery.contacted_at, delivery.handed_over_at = None, None
    if delivery.attempts >= settings.SEND_ATTEMPTS_MAX and not needs_operator:
        _settle(delivery, State.FAILED, "failed", error=why)
        return
    pause = min(FIRST_RETRY * 2 ** min(delivery.attempts - 1, 10), LONGEST_RETRY)
    _wait(delivery, retry_at=timezone.now() + max(pause, dt.timedelta(seconds=wait_seconds)), error=why)
    _recorded(delivery, "put_back", attempts=delivery.attempts, why=why)


@transaction.atomic
def unknown(*, delivery_id: uuid.UUID, why: str, attempt: int | None = None) -> None:
    """It may have gone out. Nobody sends it again; people are told. `attempt` as in `not_sent`."""
    delivery = held(delivery_id)
    if delivery.state != State.SENDING or attempt not in (None, delivery.attempts):
        return
    delivery.retry_at = timezone.now() + FIRST_LOOKUP
    _settle(delivery, State.UNKNOWN, "unknown", error=why)
    raise_operational(
        dedupe_key=f"delivery.unknown.{delivery.pk}",
        message="A message to a customer may or may not have been sent. It is not sent again by itself: look at the"
        " provider's records (docs/runbook.md).",
        detail={
            "delivery": str(delivery.pk),
            "case": delivery.case_id,
            "channel": delivery.channel,
            "why": why,
        },
    )


@transaction.atomic
def looked_up_in_vain(*, delivery_id: uuid.UUID) -> None:
    """An unknown delivery was not found at the provider: look again later, ever less often, for a day."""
    delivery = held(delivery_id)
    if delivery.state != State.UNKNOWN or delivery.settled_at is None:
        return
    now = timezone.now()
    since = now - delivery.settled_at
    pause = min(max(since, FIRST_LOOKUP), LONGEST_LOOKUP)
    delivery.retry_at = None if since > LOOKUPS_END else now + pause
    delivery.save(update_fields=["retry_at"])


@transaction.atomic
def told(*, delivery_id: uuid.UUID, state: str, provider: str, provider_id: str, why: str = "") -> None:
    """The provider tells, in whatever order, what became of a delivery; what is settled for good stays."""
    delivery = held(delivery_id)
    ways = {
        State.SENT: (State.SENDING, State.UNKNOWN),
        State.DELIVERED: (State.SENDING, State.UNKNOWN, State.SENT),
        State.FAILED: (State.SENDING, State.UNKNOWN, State.SENT),
    }
    if delivery.state in NOT_OUT and state != State.FAILED:
        _contradicted(delivery, State(state), provider, provider_id)
        return
    if delivery.state not in ways[State(state)]:
        return
    is_news = delivery.state in (State.SENDING, State.UNKNOWN)
    if not delivery.provider_id:
        delivery.provider, delivery.provider_id = provider, provider_id
    _settle(delivery, State(state), str(state), error=why)
    if is_news and state != State.FAILED:
        contact_counts(delivery)


@transaction.atomic
def cancel(*, delivery_id: uuid.UUID, reason: str) -> bool:
    """Nobody sends it any more, if it still waits; returns whether it did."""
    delivery = held(delivery_id)
    if delivery.state != State.PENDING:
        return False
    _settle(delivery, State.CANCELLED, "cancelled", error=reason)
    return True


def held(delivery_id: uuid.UUID) -> Delivery:
    """A delivery under lock, its customer locked before it; in the caller's transaction.

    Raises:
        Delivery.DoesNotExist: there is none.
    """
    contact_facts.lock_customer(Delivery.objects.values_list("customer_id", flat=True).get(pk=delivery_id))
    found = Delivery.objects.select_for_update(of=("self",)).select_related(
        "case", "customer", "intervention"
    )
    return found.get(pk=delivery_id)


def contact_counts(delivery: Delivery) -> None:
    """Tell the case. What is known of the message is stored even where that fails."""
    from interventions.casework import cases  # which tells the outbox of cases that end

    # The database has no such row without it.
    at = delivery.contacted_at or bank_clock.now()
    try:
        with transaction.atomic():
            cases.contacted(case=delivery.case, at=at)
    except Exception as error:
        log.exception("a case was not told of a contact", delivery=str(delivery.pk), case=delivery.case_id)
        raise_operational(
            dedupe_key=f"delivery.contact.{delivery.pk}",
            message="A customer was contacted, but the case does not show it.",
            detail={"delivery": str(delivery.pk), "case": delivery.case_id, "error": type(error).__name__},
        )


def _not_allowed(delivery: Delivery, verdict: Verdict) -> None:
    """The gate stored why; here is what becomes of the delivery."""
    delivery.denied_rule = verdict.rule or "permit"
    lasting = {step.rule for step in verdict.denials if step.not_before is None} or {delivery.denied_rule}
    if verdict.next_lawful_at is not None:
        delivery.not_before_at = delivery.next_lawful_at = verdict.next_lawful_at
        _wait(delivery, retry_at=None)
    elif lasting <= OF_ALL:
        _wait(delivery, retry_at=timezone.now() + LOOK_AGAIN)
    else:
        _settle(delivery, State.DENIED, "denied")
    if send_gate.FAULT in lasting:
        raise_operational(
            dedupe_key=f"delivery.fault.{delivery.pk}",
            message="The send gate broke over a message, which waits. Its log names the rule.",
            detail={"delivery": str(delivery.pk)},
        )


def _contradicted(delivery: Delivery, state: Delivery.State, provider: str, provider_id: str) -> None:
    """A provider has what we took for certainly not sent. It is not sent again, and people are told."""
    if delivery.state == State.FAILED and delivery.contacted_at is not None:
        # It was handed over and came to nothing there, which is told in any order.
        return
    raise_operational(
        dedupe_key=f"delivery.contradicted.{delivery.pk}",
        message="A provider has a message that it had refused, or that was never to go out. It is not sent again; look"
        " at the provider's records.",
        detail={
            "delivery": str(delivery.pk),
            "case": delivery.case_id,
            "channel": delivery.channel,
            "state": delivery.state,
        },
    )
    if delivery.state != State.PENDING or not delivery.attempts or not provider_id:
        return
    delivery.provider, delivery.provider_id = provider, provider_id
    delivery.contacted_at, delivery.handed_over_at = bank_clock.now(), timezone.now()
    _settle(delivery, state, str(state))
    contact_counts(delivery)


def _tampered(delivery: Delivery) -> None:
    _settle(delivery, State.FAILED, "failed", error=_("The words are not those that were confirmed."))
    raise_operational(
        dedupe_key=f"delivery.tampered.{delivery.pk}",
        message="A message was altered after it was confirmed, past the database's guards. It was not sent.",
        detail={"delivery": str(delivery.pk)},
    )


def _wait(delivery: Delivery, *, retry_at: dt.datetime | None, error: str = "") -> None:
    delivery.state, delivery.retry_at, delivery.error = State.PENDING, retry_at, error
    delivery.claimed_by, delivery.claimed_at = "", None
    delivery.save()
    _announce(delivery)


def _settle(delivery: Delivery, state: Delivery.State, verb: str, *, error: str = "") -> None:
    delivery.state, delivery.settled_at, delivery.error = state, timezone.now(), error
    if state != State.UNKNOWN:
        delivery.retry_at = None
    delivery.save()
    _recorded(delivery, verb, rule=delivery.denied_rule, why=error)
    _announce(delivery)


def _recorded(delivery: Delivery, verb: str, **detail: Any) -> None:
    record(
        action=f"interventions.delivery.{verb}",
        subject_type="delivery",
        subject_id=delivery.pk,
        customer=delivery.customer_id,
        detail={
            "customer_id": delivery.customer_id,
            "case_id": delivery.case_id,
            "intervention_id": delivery.intervention_id,
            "channel": delivery.channel,
            "provider": delivery.provider,
            "provider_id": delivery.provider_id,
            **{name: value for name, value in detail.items() if value not in ("", None)},
        },
    )


def _announce(delivery: Delivery) -> None:
    customer = delivery.customer
    case_hints.announce([customer.assigned_rm_id, customer.covering_rm_id])


_CLAIM = """
UPDATE interventions_delivery SET claimed_by = %s, claimed_at = %s
WHERE id = (
    SELECT id FROM interventions_delivery
    WHERE state = 'pending' AND channel = ANY(%s) AND not_before_at <= %s
        AND (retry_at IS NULL OR retry_at <= %s) AND (claimed_at IS NULL OR claimed_at < %s)
    ORDER BY not_before_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id
"""
