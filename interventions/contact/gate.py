"""Asking the send gate: for the record, or just to see."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from audit.services import record
from customers import bank_clock
from interventions import send_gate
from interventions.contact import contact_facts, gate_facts, packs
from interventions.contact.gate_facts import CONFIRM, SEND, Facts
from interventions.contact.gate_words import Said, in_words
from interventions.models import (
    Case,
    ContactPack,
    Delivery,
    GateDecision,
    Intervention,
    PolicyTemplate,
    Purpose,
)
from interventions.policy.content import canonical
from interventions.proof.receipt_forms import gate_sha256
from interventions.send_gate import Step, Verdict

__all__ = ["Replay", "Said", "ask", "in_words", "judge", "look", "looks", "replay"]
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Replay:
    """A stored decision, decided again.

    Args:
        verdict: What the gate says now of the same facts, rules and moment.
        is_same: Whether that is what it said then.
    """

    verdict: Verdict
    is_same: bool


def judge(
    *,
    delivery: Delivery | None = None,
    intervention: Intervention | None = None,
    confirming: User | None = None,
) -> tuple[Verdict, GateDecision]:
    """Gather the facts and ask, by one reading of the pack that stands: one activated meanwhile counts from the next
    time on, never for half of a decision.

    Args:
        delivery, intervention, confirming: As in `contact_facts.facts_of`.
    """
    pack = packs.active_pack()
    rules = packs.rules_of(pack)
    facts = contact_facts.facts_of(
        delivery=delivery, intervention=intervention, confirming=confirming, rules=rules
    )
    return ask(facts=facts, moment=SEND if delivery is not None else CONFIRM, pack=pack)


def ask(
    *, facts: Facts, moment: str, pack: ContactPack | None, at: dt.datetime | None = None
) -> tuple[Verdict, GateDecision]:
    """Decide, and store what was decided with all it was decided by, in the caller's transaction.

    Args:
        facts: `contact_facts.facts_of` a message or a delivery, by the rules of this pack.
        moment: `GateDecision.Moment`; the facts must have been gathered for it.
        pack: The one that stands; None: none does, and nothing is allowed.
        at: The moment that is judged, on the bank's clock; None: now.

    Raises:
        ValueError: the facts are of another moment, or of no customer: nothing is decided.
    """
    if moment not in (CONFIRM, SEND) or facts.moment != moment:
        raise ValueError(f"These facts were gathered to {facts.moment}, not to {moment}.")
    if facts.customer_id is None or facts.channel is None:
        raise ValueError("These facts are about nobody.")
    now = at or bank_clock.now()
    verdict = send_gate.decide(facts=facts, rules=packs.rules_of(pack), now=now)
    decision = GateDecision.objects.create(
        customer_id=facts.customer_id,
        intervention_id=facts.intervention_id,
        delivery_id=facts.delivery_id,
        moment=moment,
        channel=facts.channel,
        is_allowed=verdict.is_allowed,
        rule=verdict.rule,
        next_lawful_at=verdict.next_lawful_at,
        trace={"format": FORMAT, "facts": gate_facts.stored(facts), "steps": _steps(verdict)},
        pack=pack,
        content_hash=facts.template_hash,
        body_sha256=facts.body_sha256 or "",
        decided_at=now,
    )
    _recorded(decision)
    return verdict, decision


def look(
    *, case: Case, channel: str, purpose: str = Purpose.SUPPORT, at: dt.datetime | None = None
) -> Verdict:
    """What the gate would say, were a message of the case's policy confirmed now; nothing is stored."""
    return looks(case=case, channels=[channel], purpose=purpose, at=at)[channel]


def looks(
    *,
    case: Case,
    channels: Iterable[str],
    purpose: str = Purpose.SUPPORT,
    at: dt.datetime | None = None,
    is_held_out: bool | None = None,
    policy: PolicyTemplate | None = None,
    none_of: Collection[str] = (),
) -> dict[str, Verdict]:
    """The same for several channels, by channel, with the queries of one.

    Args:
        case, purpose, at: As in `look`.
        channels: `Channel`s.
        is_held_out, policy, none_of: As in `contact_facts.facts_of_channels`.
    """
    rules, now = packs.active_rules(), at or bank_clock.now()
    facts = contact_facts.facts_of_channels(
        case=case,
        channels=channels,
        purpose=purpose,
        rules=rules,
        is_held_out=is_held_out,
        policy=policy,
        none_of=none_of,
    )
    return {channel: send_gate.decide(facts=each, rules=rules, now=now) for channel, each in facts.items()}


def replay(decision: GateDecision) -> Replay:
    """Decide once more by what was stored: facts, pack and moment."""
    facts = gate_facts.restored(decision.trace["facts"])
    rules = packs.rules_of(decision.pack)
    verdict = send_gate.decide(facts=facts, rules=rules, now=decision.decided_at)
    is_same = (
        verdict.is_allowed == decision.is_allowed
        and verdict.rule == decision.rule
        and verdict.next_lawful_at == decision.next_lawful_at
        and _steps(verdict) == decision.trace["steps"]
    )
    return Replay(verdict, is_same)


def sha256_of(decision: GateDecision) -> str:
    """The hash of a decision's trace, which its audit event holds."""
    return hashlib.sha256(canonical(decision.trace).encode()).hexdigest()


def _steps(verdict: Verdict) -> list[dict[str, Any]]:
    return [_step(step) for step in verdict.trace]


def _step(step: Step) -> dict[str, Any]:
    return {
        "rule": step.rule,
        "is_denied": step.is_denied,
        "looked_at": step.looked_at,
        "not_before": None if step.not_before is None else step.not_before.isoformat(),
    }


def _recorded(decision: GateDecision) -> None:
    record(
        action=f"interventions.gate.{'allowed' if decision.is_allowed else 'denied'}",
        subject_type="gate_decision",
        subject_id=decision.pk,
        detail={
            "customer_id": decision.customer_id,
            "intervention_id": decision.intervention_id,
            "delivery_id": str(decision.delivery_id) if decision.delivery_id else None,
            "moment": decision.moment,
            "channel": decision.channel,
            "rule": decision.rule,
            "pack": str(decision.pack) if decision.pack else None,
            "trace_sha256": sha256_of(decision),
            "receipt_sha256": gate_sha256(decision),
        },
    )
