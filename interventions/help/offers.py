"""Relief offered by a person within the policy, and the customer's answer.

An accepted offer changes no schedule here: core banking does, when the back office has entered it. Until its last day
the customer is under an arrangement, and contact is held.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from customers import bank_clock, roles
from customers.models import Loan
from interventions.casework import bank_calendar, cases, sweeping
from interventions.casework.case_rights import taken_up
from interventions.casework.case_steps import lock, take
from interventions.contact import holds
from interventions.help import helping
from interventions.help.helping import Refused
from interventions.help.lending import owed_by, pressing
from interventions.help.relief import (
    Facts,
    Kind,
    ReliefRefused,
    Rules,
    Wish,
    ends_on,
    rules_of,
    terms,
    valid_until,
)
from interventions.help.relief_conditions import Condition, proposal
from interventions.help.relief_words import terms_in_words
from interventions.models import BackOfficeTask, Case, ContactHold, PolicyTemplate, ReliefOffer
from interventions.policy import policies
from risk.levels import Hardship

State = ReliefOffer.State
ANSWERS = frozenset({State.ACCEPTED, State.DECLINED, State.WITHDRAWN})
CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class Considered:
    """A kind of relief for a case, judged.

    Args:
        kind: A `ReliefOffer.Kind`.
        loan: the loan it would change.
        conditions: each condition and what was found.
        terms: what would change, as suggested; empty where it may not be offered.
        valid_until_on: until when it could be accepted; None where it may not be offered.
        policy: the policy under which.
    """

    kind: str
    loan: Loan
    conditions: Sequence[Condition]
    terms: Mapping[str, Any]
    valid_until_on: dt.date | None
    policy: PolicyTemplate

    @property
    def is_eligible(self) -> bool:
        """Whether it may be offered."""
        return bool(self.terms)

    @property
    def label(self) -> str:
        """The kind, in words."""
        return str(Kind(self.kind).label)

    @property
    def said(self) -> str:
        """What would change, in words."""
        return (
            terms_in_words(kind=self.kind, terms=self.terms, currency=self.loan.currency)
            if self.terms
            else ""
        )


def rules() -> Rules:
    """The bank's conditions of relief: the defaults, with what the settings replace.

    Raises:
        ValueError: the settings name a condition that there is not, or one that cannot be so.
    """
    return rules_of(settings.RELIEF_RULES)


def eligible(case: Case) -> list[Considered]:
    """The kinds of relief that may be offered now, with the terms that would be suggested."""
    return [each for each in considered(case) if each.is_eligible]


def considered(case: Case) -> list[Considered]:
    """Every kind of relief, judged with what is known now; none where no policy or no loan is at hand."""
    policy = policies.active_policy(hardship=case.hardship, level=case.level, at=bank_clock.now())
    found = _facts(case, policy) if policy else None
    if policy is None or found is None:
        return []
    loan, facts = found
    judged = [proposal(kind, facts, rules()) for kind in Kind.values]
    return [
        Considered(
            kind=each.kind,
            loan=loan,
            conditions=each.conditions,
            terms=each.terms,
            valid_until_on=valid_until(facts, rules()) if each.is_eligible else None,
            policy=policy,
        )
        for each in judged
    ]


def offer(*, case: Case, eligible: Considered | None, by: User, wish: Wish | None = None) -> ReliefOffer:
    """Offer relief to the customer. It is judged once more, with what is known now; the same twice is one.

    Args:
        case: As the caller saw it.
        eligible: What `eligible` found.
        by: Who offers it.
        wish: Another day, number of parts or of months than suggested.

    Raises:
        Refused: it may not be offered (any more), or the wish goes beyond the rules.
        Case.DoesNotExist, PermissionDenied, CaseChanged, CaseRefused: as in `helping.begun`.
    """
    if eligible is None:
        raise Refused(_("This relief may not be offered to this customer now. Open the case again."))
    with helping.begun(case=case, by=by) as held:
        policy, loan, facts = _judged_anew(held, eligible)
        judged = proposal(eligible.kind, facts, rules())
        standing = held.offers.filter(loan=loan, kind=eligible.kind, state=State.OFFERED).first()
        if standing is None and not judged.is_eligible:
            raise Refused(judged.refusal)
        wanted = _terms(eligible.kind, facts, wish or Wish())
        if standing is not None and standing.terms == wanted:
            return standing
        if not judged.is_eligible:
            raise Refused(judged.refusal)
        made = ReliefOffer.objects.create(
            case=held,
            customer_id=held.customer_id,
            loan=loan,
            template=policy,
            kind=eligible.kind,
            terms=wanted,
            eligibility=[each.as_json() for each in judged.conditions],
            valid_until_on=valid_until(facts, rules()),
            offered_by=by,
            offered_at=bank_clock.now(),
        )
        _recorded(made, "offered", by=by)
        return made


@transaction.atomic
def answer(*, offer: ReliefOffer, answer: str, by: User) -> ReliefOffer:
    """Record what the customer said to an offer, or that it is withdrawn. The same answer twice is one.

    Accepted: the back office gets a task to enter it in core banking, contact is held until the arrangement ends, and
    the case is resolved where nothing else is open.

    Raises:
        Refused: no such answer, the offer is answered otherwise, or it is past its last day.
        Case.DoesNotExist, PermissionDenied, CaseRefused: as in `helping.begun`.
    """
    if answer not in ANSWERS:
        raise Refused(_("An offer is accepted, declined or withdrawn."))
    version = Case.objects.values_list("version", flat=True).get(pk=offer.case_id)
    offer = ReliefOffer.objects.select_related("loan").get(pk=offer.pk)
    if offer.state == answer and Case.objects.visible_to(by).filter(pk=offer.case_id).exists():
        return offer
    case = taken_up(offer.case_id, version, by)
    offer = ReliefOffer.objects.select_for_update(of=("self",)).select_related("loan").get(pk=offer.pk)
    if offer.state != State.OFFERED:
        raise Refused(_("The offer is %(state)s already.") % {"state": offer.get_state_display()})
    if answer == State.ACCEPTED and bank_clock.today() > offer.valid_until_on:
        raise Refused(_("The offer has expired. Make a new one, if the customer still may have it."))
    offer.state = answer
    if answer != State.WITHDRAWN:
        offer.answered_at, offer.answer_recorded_by = bank_clock.now(), by
    offer.save(update_fields=["state", "answered_at", "answer_recorded_by"])
    _recorded(offer, answer, by=by)
    if answer == State.ACCEPTED:
        _agree(offer, case, by)
    return offer


def expire_due(*, limit: int = CHUNK) -> int:
    """End the offers whose last day is over, and those of cases that are resolved; returns how many.

    Each by itself: one that cannot be ended is passed over, with an alert.
    """
    today = bank_clock.today()
    waiting = ReliefOffer.objects.filter(state=State.OFFERED)
    due = waiting.filter(valid_until_on__lt=today) | waiting.filter(case__state=Case.State.RESOLVED)
    return sweeping.each(
        due.order_by("pk").values_list("pk", flat=True)[:limit],
        _expire,
        what="offers",
        message=_("Offers of relief could not be ended. The log says why."),
    )


@transaction.atomic
def task_done(*, task: BackOfficeTask, by: User, reference: str) -> BackOfficeTask:
    """The back office has entered an agreed relief in core banking.

    Raises:
        PermissionDenied: not a supervisor.
        Refused: no reference is given, or it is done already.
    """
    if roles.SUPERVISORS not in roles.of(by):
        raise PermissionDenied(_("Only supervisors report what was entered in core banking."))
    if not reference.strip():
        raise Refused(_("Give core banking's reference, so that it can be found there."))
    task = BackOfficeTask.objects.select_for_update(of=("self",)).select_related("offer").get(pk=task.pk)
    if task.done_at is not None:
        raise Refused(_("Somebody has reported it already."))
    task.done_at, task.done_by, task.reference = bank_clock.now(), by, reference.strip()
    task.save(update_fields=["done_at", "done_by", "reference"])
    _recorded(task.offer, "entered", by=by, reference=task.reference)
    return task


@transaction.atomic
def _expire(offer_id: int) -> bool:
    known = ReliefOffer.objects.get(pk=offer_id)
    case = lock(known.case_id, by=None)
    offer = ReliefOffer.objects.select_for_update().get(pk=offer_id)
    is_due = offer.valid_until_on < bank_clock.today() or case.state == Case.State.RESOLVED
    if offer.state != State.OFFERED or not is_due:
        return False
    offer.state = State.EXPIRED
    offer.save(update_fields=["state"])
    _recorded(offer, "expired")
    if case.state != Case.State.RESOLVED:
        take(case, "offer_expired", detail={"offer_id": offer.pk})
    return True


def _agree(offer: ReliefOffer, case: Case, by: User) -> None:
    """What follows from an agreement: a task, a hold, and perhaps the end of the case."""
    task = BackOfficeTask.objects.create(offer=offer, created_at=bank_clock.now())
    _recorded(offer, "task_opened", by=by, task_id=task.pk)
    over_at = bank_clock.start_of(ends_on(offer.terms) + dt.timedelta(days=1))
    holds.place(
        customer=case.customer,
        kind=ContactHold.Kind.HARDSHIP,
        reason=_("Agreed: %(label)s.") % {"label": Kind(offer.kind).label},
        until_at=over_at,
        by=by,
    )
    if helping.has_open_matters(case):
        take(case, "relief_agreed", by=by, detail={"offer_id": offer.pk})
        return
    cases.resolve(
        case_id=case.pk,
        version=case.version,
        by=by,
        outcome=Case.Outcome.RELIEF_AGREED,
        reason=_("Relief was agreed on."),
    )


def _judged_anew(case: Case, eligible: Considered) -> tuple[PolicyTemplate, Loan, Facts]:
    policy = policies.active_policy(hardship=case.hardship, level=case.level, at=bank_clock.now())
    found = _facts(case, policy) if policy else None
    if policy is None or found is None or found[0].pk != eligible.loan.pk:
        raise Refused(_("The customer's loans or the policy have changed. Open the case again."))
    return policy, *found


def _terms(kind: str, facts: Facts, wish: Wish) -> dict[str, Any]:
    try:
        return terms(kind, facts, rules(), wish)
    except ReliefRefused as refusal:
        raise Refused(str(refusal)) from refusal


def _facts(case: Case, policy: PolicyTemplate) -> tuple[Loan, Facts] | None:
    """The loan that a case is about, and what is known of it; None where the customer owes nothing."""
    today = bank_clock.today()
    loans = owed_by(case.customer_id, today)
    owed = pressing(loans)
    if owed is None:
        return None
    earlier = ReliefOffer.objects.filter(loan=owed.loan)
    last = earlier.filter(state=State.ACCEPTED).order_by("-answered_at").first()
    return owed.loan, Facts(
        today_on=today,
        hardship=Hardship(case.hardship),
        permitted=frozenset(policy.relief_kinds),
        fallen_due=owed.fallen_due,
        # Of any loan: who is behind with one is not helped by easing another.
        overdue_amount=sum((each.overdue_amount for each in loans), Decimal("0.00")),
        ahead=owed.ahead,
        last_agreed_on=bank_clock.day_of(last.answered_at) if last and last.answered_at else None,
        has_open_offer=earlier.filter(state=State.OFFERED).exists(),
        salary_day=case.customer.expected_salary_day,
        calendar=bank_calendar.calendar(),
        currency=owed.loan.currency,
    )


def _recorded(offer: ReliefOffer, verb: str, *, by: User | None = None, **detail: Any) -> None:
    record(
        action=f"interventions.relief.{verb}",
        subject_type="relief_offer",
        subject_id=offer.pk,
        actor=by,
        customer=offer.customer_id,
        detail={
            "customer_id": offer.customer_id,
            "case_id": offer.case_id,
            "loan_id": offer.loan_id,
            "kind": offer.kind,
            "effect": str(PolicyTemplate.Effect.AGREED),
            **detail,
        },
        personal={"after": {"terms": offer.terms}},
    )
