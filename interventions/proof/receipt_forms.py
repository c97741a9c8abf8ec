"""Decisions word for word, as their receipts hold them and the audit chain their hashes (docs/receipts.md)."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

from audit import merkle
from interventions.models import ConsentEvent, ContactHold, Delivery, GateDecision
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


def consent_content(said: ConsentEvent) -> dict[str, Any]:
    """One line of the ledger of consent, whole."""
    return {
        "id": said.pk,
        "customer_id": said.customer_id,
        "channel": said.channel,
        "purpose": said.purpose,
        "is_granted": said.is_granted,
        "source": said.source,
        "evidence": said.evidence,
        "happened_at": moment_text(said.happened_at),
        "recorded_by_id": said.recorded_by_id,
        "recorded_at": moment_text(said.recorded_at),
    }


def consent_sha256(said: ConsentEvent) -> str:
    """The hash of it, which the audit event of a consent holds as `receipt_sha256`."""
    return hashlib.sha256(encoded(consent_content(said))).hexdigest()


def consents_root(said: Iterable[ConsentEvent]) -> str:
    """The Merkle root over lines of the ledger, by their ids: what the audit event of a file's lines holds."""
    return merkle.root([merkle.leaf_hash(encoded(consent_content(each))) for each in said]).hex()


def hold_sha256(hold: ContactHold, *, as_placed: bool = False) -> str:
    """The hash of a hold, which the audit events of its beginning and its end hold as `receipt_sha256`.

    Without the words of why: those are in the personal part of the same events, behind a commitment of their own.

    Args:
        hold: As it stands.
        as_placed: Leave out its end.
    """
    content = {
        "id": hold.pk,
        "customer_id": hold.customer_id,
        "kind": hold.kind,
        "placed_by_id": hold.placed_by_id,
        "placed_at": moment_text(hold.placed_at),
        "until_at": _moment(hold.until_at),
        "lifted_at": None if as_placed else _moment(hold.lifted_at),
        "lifted_by_id": None if as_placed else hold.lifted_by_id,
    }
    return hashlib.sha256(encoded(content)).hexdigest()


def _moment(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment_text(moment)
