"""One customer's facts become a case, or change one. Nothing is stored here."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from customers import bank_clock
from customers.money import HUNDREDTHS
from interventions.casework import bank_calendar, case_rules
from interventions.casework.business_hours import BusinessHours, at_risk_from, deadline
from interventions.casework.case_rules import Assessed, Ended, Standing, Verdict
from interventions.casework.case_steps import Step
from interventions.casework.deciding_facts import Facts
from interventions.models import Case, PolicyTemplate
from interventions.policy import policies
from risk.levels import Hardship, Level

CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What all decisions of a chunk share."""

    at: dt.datetime
    today: dt.date
    policies: dict[tuple[int, int], PolicyTemplate]
    calendar: BusinessHours

    @classmethod
    def now(cls) -> "Moment":
        """On the bank's clock, with the policies and the calendar as they stand."""
        at = bank_clock.now()
        return cls(
            at=at,
            today=bank_clock.day_of(at),
            policies=policies.active_policies(at),
            calendar=bank_calendar.calendar(),
        )

    def sla(self, case: Case) -> tuple[dt.datetime, dt.datetime]:
        """The deadline of a case's first contact from now on, and from when on it is at risk."""
        policy = self.policies.get((case.hardship, case.level))
        hours = policy.sla_hours if policy else case_rules.FALLBACK_SLA_HOURS[Level(case.level)]
        return (
            deadline(start=self.at, hours=hours, calendar=self.calendar),
            at_risk_from(start=self.at, hours=hours, calendar=self.calendar),
        )


def verdict_on(facts: Facts, case: Case | None, moment: Moment) -> Verdict:
    """What is to be done about a customer, by `case_rules`."""
    return case_rules.decide(
        case=_standing(case) if case else None,
        last=_ended(facts),
        now=Assessed(
            revision=facts.revision,
            level=Level(facts.level),
            hardship=Hardship(facts.hardship),
            due_on=facts.due_on,
            has_open_promise=facts.has_open_promise,
            is_asked_for=facts.is_asked_for,
        ),
        at=moment.at,
        today=moment.today,
    )


def opened(facts: Facts, moment: Moment) -> Case:
    """A new case, not yet assigned."""
    case = Case(customer_id=facts.customer_id, state=Case.State.NEW, opened_at=moment.at)
    _assess(case, facts, moment)
    case.sla_due_at, case.sla_at_risk_at = moment.sla(case)
    case.rank = _rank(case, sla_due_at=case.sla_due_at)
    return case


def deadline_anew(case: Case, moment: Moment) -> dict[str, Any]:
    """The fields of a case whose first contact has its whole time from a moment on; the case itself is left alone."""
    due_at, at_risk_at = moment.sla(case)
    return {
        "sla_due_at": due_at,
        "sla_at_risk_at": at_risk_at,
        "rank": _rank(case, sla_due_at=due_at),
    }


def changed(case: Case, facts: Facts, moment: Moment) -> list[Step]:
    """Bring an open case up to date; returns what to tell, nothing where only figures moved."""
    before, level_before, told_before = case.state, Level(case.level), _told(case)
    _assess(case, facts, moment)
    is_worse = case_rules.is_worse(level=Level(case.level), than=level_before)
    if is_worse and case.first_contact_at is None:
        due, at_risk = moment.sla(case)
        if case.sla_due_at is None or due < case.sla_due_at:
            case.sla_due_at, case.sla_at_risk_at = due, at_risk
    case.calm_since = (case.calm_since or moment.at) if case.level == Level.LOW else None
    case.rank = _rank(case, sla_due_at=case.sla_due_at)
    steps = []
    if is_worse and before == Case.State.WAITING:
        case.state, case.snoozed_until = Case.State.ASSIGNED, None
        steps.append(Step(case=case, verb="woken", before=before, detail={"because": "the risk rose"}))
    if (told := _told(case)) != told_before:
        detail = told | {"was": told_before}
        steps.append(Step(case=case, verb="reprioritised", before=case.state, detail=detail))
    return steps


def closed(case: Case, facts: Facts, verdict: Verdict, moment: Moment) -> Step:
    """End an open case with the verdict's outcome; returns what to tell."""
    before, case.state = case.state, Case.State.RESOLVED
    case.outcome, case.resolved_at = str(verdict.outcome), moment.at
    case.revision, case.level, case.hardship = facts.revision, facts.level, facts.hardship
    case.snoozed_until, case.escalated_to_id = None, None
    detail = {"outcome": case.outcome, "because": verdict.reason}
    return Step(case=case, verb="resolved", before=before, detail=detail)


def first_step(case: Case, *, is_cover: bool) -> Step:
    """What to tell of a case that was opened."""
    harm = case.expected_harm_amount
    detail = _told(case) | {
        "assigned_to": case.assigned_to_id,
        "is_cover": is_cover,
        "revision": case.revision,
        "expected_harm_amount": None if harm is None else str(harm),
        "due_on": case.due_on.isoformat() if case.due_on else None,
        "sla_due_at": case.sla_due_at.isoformat() if case.sla_due_at else None,
    }
    return Step(case=case, verb="opened", before="", detail=detail)


def _assess(case: Case, facts: Facts, moment: Moment) -> None:
    level, hardship = Level(facts.level), Hardship(facts.hardship)
    policy = moment.policies.get((hardship, level))
    policy_id = policy.pk if policy else None
    exposure = facts.outstanding_hundredths or facts.due_hundredths or 0
    loss = facts.loss_given_default_prob
    harm = case_rules.expected_harm(
        level=level,
        probability=facts.probability,
        exposure_amount=float(exposure) / HUNDREDTHS,
        loss_given_default_prob=case_rules.FALLBACK_LOSS_GIVEN_DEFAULT if loss is None else loss,
    )
    # While these stay, so does the priority: it may have been raised, as for a broken promise.
    if (case.level, case.hardship, case.policy_id) != (level, hardship, policy_id) or not case.priority:
        case.priority = policy.priority if policy else case_rules.FALLBACK_PRIORITY[level]
    case.level, case.hardship, case.policy_id = level, hardship, policy_id
    case.revision, case.due_on = facts.revision, facts.due_on
    case.expected_harm_amount = Decimal(harm).quantize(CENT)


def _rank(case: Case, *, sla_due_at: dt.datetime | None) -> float:
    return case_rules.rank(
        harm_amount=float(case.expected_harm_amount or 0),
        priority=case_rules.Priority(case.priority),
        opened_at=case.opened_at,
        due_at=bank_clock.start_of(case.due_on) if case.due_on else None,
        sla_due_at=None if case.first_contact_at else sla_due_at,
    )


def _told(case: Case) -> dict[str, Any]:
    """What a change of is worth telling."""
    return {
        "level": Level(case.level).name,
        "hardship": Hardship(case.hardship).name,
        "priority": str(case.priority),
        "policy": case.policy_id,
    }


def _standing(case: Case) -> Standing:
    return Standing(
        state=Case.State(case.state),
        level=Level(case.level),
        revision=case.revision,
        is_contacted=case.first_contact_at is not None,
        calm_since=case.calm_since,
    )


def _ended(facts: Facts) -> Ended | None:
    if facts.last_outcome is None or facts.last_resolved_at is None:
        return None
    return Ended(
        outcome=Case.Outcome(facts.last_outcome),
        level=Level(facts.last_level or Level.LOW),
        hardship=Hardship(facts.last_hardship or Hardship.NONE),
        resolved_at=facts.last_resolved_at,
        is_undone=facts.last_is_undone,
    )
