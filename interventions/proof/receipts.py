"""Decision receipts: one document that proves an assessment, a decision of the gate, or a message (docs/receipts.md).

What is claimed is bound by audit events, and these by signed checkpoints; `audit/verify.py` needs nothing else.
"""

import contextlib
import uuid
from typing import Any

from django.utils import timezone

from audit.models import AuditEvent
from audit.receipt_files import FORMAT
from interventions.models import Delivery, GateDecision, PolicyTemplate
from interventions.proof.receipt_evidence import Evidence
from interventions.proof.receipt_forms import gate_content, message_content
from risk.levels import Hardship, Level
from risk.models import Assessment, Rulebook
from risk.receipt_reading import NotRecorded, proven
from risk.receipts import moment_text

__all__ = ["NoReceipt", "of_assessment", "of_delivery", "of_gate_decision"]


class NoReceipt(LookupError):
    """There is nothing to prove, or nothing that proves it; the text says which."""


def of_assessment(*, customer_id: int, revision: int) -> dict[str, Any]:
    """The receipt of an assessment.

    Raises:
        NoReceipt: there is no such assessment, or it is older than the audit of assessments.
    """
    evidence = Evidence()
    claim = _assessment(customer_id, revision, evidence)
    stored = Assessment.objects.select_related("model", "log", "customer").get(pk=(customer_id, revision))
    return _document("assessment", [claim], evidence, {"assessment": _about_assessment(stored)})


def of_gate_decision(*, decision_id: int) -> dict[str, Any]:
    """The receipt of a decision of the send gate.

    Raises:
        NoReceipt: there is no such decision, or nothing recorded it.
    """
    decision = GateDecision.objects.select_related("pack").filter(pk=decision_id).first()
    if decision is None:
        raise NoReceipt(f"there is no gate decision {decision_id}")
    evidence = Evidence()
    return _document("gate_decision", [_gate(decision, evidence)], evidence, {"pack": _about_pack(decision)})


def of_delivery(*, delivery_id: uuid.UUID) -> dict[str, Any]:
    """The receipt of a message: its text, the gate's word on it, its template's approvals, the case's assessment.

    Raises:
        NoReceipt: there is no such delivery, or the gate never let it through.
    """
    delivery = _delivery(delivery_id)
    decision = (
        GateDecision.objects.select_related("pack")
        .filter(delivery=delivery, moment=GateDecision.Moment.SEND, is_allowed=True)
        .order_by("-id")
        .first()
    )
    if decision is None:
        raise NoReceipt(f"the gate has not let delivery {delivery_id} through: there is no message to prove")
    evidence = Evidence()
    claims = [
        _gate(decision, evidence),
        {"kind": "message", "content": message_content(delivery), "proof": {"claim": 0}},
    ]
    # A case may have been decided by an assessment older than the audit of assessments.
    with contextlib.suppress(NoReceipt):
        claims.append(_assessment(delivery.customer_id, delivery.case.revision, evidence))
    evidence.add_all(_events("delivery", delivery.pk))
    evidence.add_all(_events("intervention", delivery.intervention_id))
    evidence.add_all(_events("policy", delivery.template_id))
    context = {
        "delivery": _about_delivery(delivery),
        "template": _about_template(delivery.template),
        "pack": _about_pack(decision),
    }
    return _document("delivery", claims, evidence, context)


def _document(
    kind: str, claims: list[dict[str, Any]], evidence: Evidence, context: dict[str, Any]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": kind,
        "made_at": moment_text(timezone.now()),
        "claims": claims,
        "events": evidence.parts(),
        "context": context,
    }


def _assessment(customer_id: int, revision: int, evidence: Evidence) -> dict[str, Any]:
    try:
        found = proven(customer_id=customer_id, revision=revision)
    except NotRecorded as error:
        raise NoReceipt(str(error)) from error
    return {
        "kind": "assessment",
        "content": found.content,
        "features": found.features,
        "rulebook": Rulebook.objects.get(pk=found.content["rulebook_id"]).content,
        "proof": {"event": evidence.add(found.event_id), "index": found.index, "path": found.path},
    }


def _gate(decision: GateDecision, evidence: Evidence) -> dict[str, Any]:
    event_id = next(iter(_events("gate_decision", decision.pk)), None)
    if event_id is None:
        raise NoReceipt(f"no audit event holds gate decision {decision.pk}")
    return {
        "kind": "gate_decision",
        "content": gate_content(decision),
        "proof": {"event": evidence.add(event_id)},
    }


def _events(subject_type: str, subject_id: object) -> list[int]:
    found = AuditEvent.objects.filter(subject_type=subject_type, subject_id=str(subject_id))
    return list(found.order_by("id").values_list("id", flat=True))


def _delivery(delivery_id: uuid.UUID) -> Delivery:
    found = (
        Delivery.objects.select_related(
            "intervention__author", "intervention__confirmed_by", "template", "case"
        )
        .filter(pk=delivery_id)
        .first()
    )
    if found is None:
        raise NoReceipt(f"there is no delivery {delivery_id}")
    return found


def _about_assessment(stored: Assessment) -> dict[str, Any]:
    return {
        "bank_id": stored.customer.bank_id,
        "source": stored.customer.source,
        "level": Level(stored.level).name,
        "hardship": Hardship(stored.hardship).name,
        "model": str(stored.model) if stored.model else None,
        "event_log": str(stored.log) if stored.log else None,
    }


def _about_pack(decision: GateDecision) -> dict[str, Any] | None:
    pack = decision.pack
    return None if pack is None else {"name": str(pack), "sha256": pack.content_hash, "rules": pack.rules}


def _about_template(template: PolicyTemplate) -> dict[str, Any]:
    decisions = template.decisions.select_related("author", "decided_by").order_by("id")
    return {
        "name": str(template),
        "sha256": template.content_hash,
        "effect": template.effect,
        "decisions": [
            {
                "kind": each.kind,
                "sha256": each.content_hash,
                "author": each.author.get_username(),
                "decided_by": each.decided_by.get_username(),
                "decided_at": moment_text(each.decided_at),
                "reason": each.reason,
            }
            for each in decisions
        ],
    }


def _about_delivery(delivery: Delivery) -> dict[str, Any]:
    message = delivery.intervention
    return {
        "state": delivery.state,
        "provider": delivery.provider,
        "contacted_at": moment_text(delivery.contacted_at) if delivery.contacted_at else None,
        "language": message.language,
        "author": message.author.get_username(),
        "confirmed_by": message.confirmed_by.get_username() if message.confirmed_by else None,
    }
