"""A delivery claimed, and asked for at the gate: the first of its two transactions.

Wall clock, but for the moment of contact, which is the bank's.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers import bank_clock
from interventions import send_gate
from interventions.contact import gate, spoken_of
from interventions.contact.delivery_steps import State, held, settle, wait
from interventions.contact.digests import message_sha256
from interventions.models import Delivery
from interventions.send_gate import Permit, Verdict
from interventions.sending.lapse import Lapse
from risk.alerts import raise_operational

# A claim that came to nothing, because its worker died before the gate was asked, is anybody's again.
CLAIM = dt.timedelta(seconds=30)
# What stands against everything that is sent, not against this message: it waits.
OF_ALL = frozenset({"breaker", send_gate.PACK, send_gate.FAULT})
LOOK_AGAIN = dt.timedelta(minutes=5)
# Between the gate's yes and the first byte to the provider. Consent withdrawn meanwhile must count within 5 seconds.
PERMIT_SECONDS = 3.0


@dataclass(frozen=True)
class Allowed:
    """A delivery marked as being sent, with the gate's word for it.

    Args:
        delivery: as it is stored.
        permit: for exactly this message.
        lapse: counted while the customer was still locked: whoever withdraws does so after it began.
    """

    delivery: Delivery
    permit: Permit
    lapse: Lapse


def claim(*, worker: str, channel: str) -> uuid.UUID | None:
    """Make the delivery of a channel that is due first this worker's own; None when nothing is due.

    Args:
        worker: who asks; nobody else has this name.
        channel: one whose transport works.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [worker, now, channel, bank_clock.now(), now, now - CLAIM])
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
    if why := spoken_of.outdated(delivery):
        settle(delivery, State.CANCELLED, "cancelled", error=why)
        return None
    verdict, decision = gate.judge(delivery=delivery)
    if not verdict.is_allowed or verdict.permit is None:
        _not_allowed(delivery, verdict)
        return None
    delivery.state, delivery.attempts, delivery.provider = State.SENDING, delivery.attempts + 1, provider
    delivery.contacted_at, delivery.handed_over_at = decision.decided_at, timezone.now()
    delivery.claimed_at = delivery.handed_over_at
    delivery.retry_at, delivery.next_lawful_at, delivery.denied_rule, delivery.error = None, None, "", ""
    delivery.save()
    return Allowed(delivery, verdict.permit, Lapse.after(PERMIT_SECONDS))


def _not_allowed(delivery: Delivery, verdict: Verdict) -> None:
    """The gate stored why; here is what becomes of the delivery."""
    delivery.denied_rule = verdict.rule or "permit"
    lasting = {step.rule for step in verdict.denials if step.not_before is None} or {delivery.denied_rule}
    if verdict.next_lawful_at is not None and (
        why := spoken_of.too_late(delivery, at=verdict.next_lawful_at)
    ):
        settle(delivery, State.CANCELLED, "cancelled", error=why)
    elif verdict.next_lawful_at is not None:
        delivery.not_before_at = delivery.next_lawful_at = verdict.next_lawful_at
        wait(delivery, retry_at=None)
    elif lasting <= OF_ALL:
        wait(delivery, retry_at=timezone.now() + LOOK_AGAIN)
    else:
        settle(delivery, State.DENIED, "denied")
    if send_gate.FAULT in lasting:
        raise_operational(
            dedupe_key=f"delivery.fault.{delivery.pk}",
            message=gettext_noop("The send gate broke over a message, which waits. Its log names the rule."),
            detail={"delivery": str(delivery.pk)},
        )


def _tampered(delivery: Delivery) -> None:
    settle(
        delivery, State.FAILED, "failed", error=gettext_noop("The words are not those that were confirmed.")
    )
    raise_operational(
        dedupe_key=f"delivery.tampered.{delivery.pk}",
        message=gettext_noop(
            "A message was altered after it was confirmed, past the database's guards. It was not sent."
        ),
        detail={"delivery": str(delivery.pk)},
    )


_CLAIM = """
UPDATE interventions_delivery SET claimed_by = %s, claimed_at = %s
WHERE id = (
    SELECT id FROM interventions_delivery
    WHERE state = 'pending' AND channel = %s AND not_before_at <= %s
        AND (retry_at IS NULL OR retry_at <= %s) AND (claimed_at IS NULL OR claimed_at < %s)
    ORDER BY not_before_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id
"""
