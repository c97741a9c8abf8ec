"""Decisions word for word, as their receipts hold them and the audit chain their hashes (docs/receipts.md)."""

import datetime as dt
import hashlib
from typing import Any

from interventions.models import Delivery, GateDecision
from risk.receipts import encoded, moment_text


def gate_content(decision: GateDecision) -> dict[str, Any]:
    """A decision of the send gate: facts, rules asked, and what came of it. The body is told by its hash alone."""
    return {
        "id": decision.pk,
        "customer_id": decision.customer_id,
        "intervention_id": decision.intervention_id,
        "delivery_id": None if decision.delivery_id is None else str(decision.delivery_id),
        "moment": decision.moment,
        "channel": decision.channel,
        "is_allowed": decision.is_allowed,
        "rule": decision.rule,
        "next_lawful_at": _moment(decision.next_lawful_at),
        "trace": decision.trace,
        "pack_id": decision.pack_id,
        "template_sha256": decision.content_hash,
        "body_sha256": decision.body_sha256,
        "decided_at": moment_text(decision.decided_at),
    }


def gate_sha256(decision: GateDecision) -> str:
    """The hash of it, which the audit event of the decision holds as `receipt_sha256`."""
    return hashlib.sha256(encoded(gate_content(decision))).hexdigest()


def message_content(delivery: Delivery) -> dict[str, Any]:
    """What was sent to the customer; without the address, which is nobody's proof."""
    return {
        "delivery_id": str(delivery.pk),
        "channel": delivery.channel,
        "subject": delivery.subject,
        "body": delivery.body,
        "template_sha256": delivery.intervention.template_hash,
    }


def _moment(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment_text(moment)
