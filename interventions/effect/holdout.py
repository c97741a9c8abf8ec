"""The holdout: a small share of customers is left without messages by lot, so that what help does can be told.

Two compliance officers approve the design. Nobody is held out who is vulnerable, at HIGH risk, under a hold, without
consent, or came to us lately: those are excluded from the comparison altogether. Whoever asks for help while held out
gets it: that ends the holdout of the case (`casework.holdout_endings`), and the figures go on counting it in its arm
(intention to treat).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from audit.services import record
from customers import bank_clock
from customers.models import Customer
from interventions.effect.lots import is_drawn
from interventions.models import (
    Case,
    ConsentEvent,
    ContactHold,
    Conversation,
    HoldoutAssignment,
    HoldoutDesign,
    HoldoutEnd,
    Purpose,
)
from interventions.policy.content import content_hash
from risk.levels import Hardship, Level

Arm = HoldoutAssignment.Arm
Cause = HoldoutEnd.Cause
# Whoever came to us within so long before the case was opened is not left without an answer by lot.
CAME_TO_US = dt.timedelta(days=30)
CHUNK = 500


def assign_bulk(cases: Sequence[Case]) -> list[HoldoutAssignment]:
    """Draw the lots of cases that have just been opened, in the caller's transaction. Safe to repeat.

    Without an approved, active design nobody is assigned, let alone held out.

    Args:
        cases: Stored; of any state.

    Returns:
        The assignments, none where there is no design.
    """
    now = bank_clock.now()
    design = standing_design(bank_clock.day_of(now))
    if design is None or not cases:
        return []
    facts = _Facts.read([case.customer_id for case in cases], now)
    made = [_assignment(case, design, facts, now) for case in cases]
    HoldoutAssignment.objects.bulk_create(made, ignore_conflicts=True)
    counts = {arm.value: sum(each.arm == arm for each in made) for arm in Arm}
    record(
        action="interventions.holdout.assigned",
        subject_type="holdout",
        subject_id=design.pk,
        detail={
            "label": str(design),
            "counts": counts,
            "held_out": [each.case_id for each in made if each.arm == Arm.HELD_OUT],
        },
    )
    return made


def standing_design(day: dt.date) -> HoldoutDesign | None:
    """The design by which lots are drawn on a bank day: active, unaltered, approved last by another than its author."""
    design = HoldoutDesign.objects.filter(state=HoldoutDesign.State.ACTIVE, ends_on__gte=day).first()
    if design is None or content_hash(design) != design.content_hash:
        return None
    last = design.decisions.order_by("-id").first()
    is_approved = (
        last is not None
        and last.kind == last.Kind.APPROVED
        and last.content_hash == design.content_hash
        and last.decided_by_id != design.author_id
    )
    return design if is_approved else None


def is_held_out(case: Case) -> bool:
    """Whether the customer of a case is not to be contacted for the comparison's sake, as everything stands now."""
    assignment = (
        HoldoutAssignment.objects.filter(case_id=case.pk, arm=Arm.HELD_OUT, case__holdout_end=None)
        .select_related("case", "customer", "design")
        .first()
    )
    return assignment is not None and cause_of(assignment, bank_clock.now()) is None


def cause_of(assignment: HoldoutAssignment, now: dt.datetime) -> Cause | None:
    """Why a held-out customer is helped all the same; None: nothing speaks against waiting."""
    case, customer, design = assignment.case, assignment.customer, assignment.design
    if _came_to_us([customer.pk], since=assignment.assigned_at):
        return Cause.ASKED
    if customer.is_vulnerable:
        return Cause.VULNERABLE
    if case.level >= Level.HIGH:
        return Cause.SEVERE
    if _held([customer.pk], now):
        return Cause.HOLD
    is_over = design.state != HoldoutDesign.State.ACTIVE or bank_clock.day_of(now) > design.ends_on
    return Cause.OVER if is_over else None


def has_cause(now: dt.datetime) -> Q:
    """The same as `cause_of`, over many rows: what is found here ends, so that nothing waits behind what does not."""
    holds, talks = "customer__contact_holds__", "customer__conversations__"
    standing = Q(**{f"{holds}until_at__isnull": True}) | Q(**{f"{holds}until_at__gt": now})
    answered = [Conversation.Result.SPOKE, Conversation.Result.NO_ANSWER]
    came = {"is_inbound": True, "result__in": answered, "happened_at__gte": F("assigned_at")}
    return (
        Q(customer__is_vulnerable=True)
        | Q(case__level__gte=Level.HIGH)
        | ~Q(design__state=HoldoutDesign.State.ACTIVE)
        | Q(design__ends_on__lt=bank_clock.day_of(now))
        | (Q(**{f"{holds}isnull": False, f"{holds}lifted_at__isnull": True}) & standing)
        | Q(**{f"{talks}{name}": value for name, value in came.items()})
    )


@dataclass(frozen=True)
class _Facts:
    """Who of some customers is never held out."""

    vulnerable: set[int]
    held: set[int]
    consenting: set[int]
    came_to_us: set[int]

    @classmethod
    def read(cls, ids: Sequence[int], now: dt.datetime) -> "_Facts":
        vulnerable = Customer.objects.filter(pk__in=ids, is_vulnerable=True).values_list("pk", flat=True)
        return cls(
            set(vulnerable), _held(ids, now), _consenting(ids, now), _came_to_us(ids, since=now - CAME_TO_US)
        )


def _assignment(case: Case, design: HoldoutDesign, facts: _Facts, now: dt.datetime) -> HoldoutAssignment:
    excluded_for = _exclusion(case, design, facts)
    is_held_out = is_drawn(salt=design.salt, customer_id=case.customer_id, share=design.share)
    drawn = Arm.HELD_OUT if is_held_out else Arm.TREATED
    values: dict[str, Any] = {
        "arm": Arm.EXCLUDED if excluded_for else drawn,
        "propensity": 0.0 if excluded_for else design.share,
    }
    return HoldoutAssignment(
        case_id=case.pk,
        customer_id=case.customer_id,
        design=design,
        excluded_for=excluded_for,
        level=case.level,
        hardship=case.hardship,
        assigned_at=now,
        **values,
    )


def _exclusion(case: Case, design: HoldoutDesign, facts: _Facts) -> str:
    """Why a case is not part of the comparison; "" where it is. None of it depends on the lot."""
    level, hardship = Level(case.level), Hardship(case.hardship)
    causes = {
        "vulnerable": case.customer_id in facts.vulnerable,
        "severe": level >= Level.HIGH,
        "hold": case.customer_id in facts.held,
        "no_consent": case.customer_id not in facts.consenting,
        "came_to_us": case.customer_id in facts.came_to_us,
        "no_policy": case.policy_id is None,
        "level": level.name not in design.levels,
        "hardship": hardship.name not in design.hardships,
    }
    return next((cause for cause, holds in causes.items() if holds), "")


def _held(ids: Sequence[int], now: dt.datetime) -> set[int]:
    standing = ContactHold.objects.filter(customer_id__in=ids, lifted_at__isnull=True)
    return set(
        standing.filter(Q(until_at__isnull=True) | Q(until_at__gt=now)).values_list("customer_id", flat=True)
    )


def _consenting(ids: Sequence[int], now: dt.datetime) -> set[int]:
    """Who may be contacted by at least one channel: the last word on it is yes."""
    events = (
        ConsentEvent.objects.filter(customer_id__in=ids, purpose=Purpose.SUPPORT)
        .filter(Q(is_granted=False) | Q(happened_at__lte=now))
        .order_by("customer_id", "channel", "-happened_at", "-id")
        .distinct("customer_id", "channel")
    )
    return {
        customer_id
        for customer_id, is_granted in events.values_list("customer_id", "is_granted")
        if is_granted
    }


def _came_to_us(ids: Sequence[int], *, since: dt.datetime) -> set[int]:
    """Who turned to us since a moment, whether we answered or not."""
    theirs = Conversation.objects.filter(customer_id__in=ids, is_inbound=True, happened_at__gte=since)
    return set(theirs.exclude(result=Conversation.Result.WRONG_PERSON).values_list("customer_id", flat=True))
