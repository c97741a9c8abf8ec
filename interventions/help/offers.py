"""Relief offered by a person within the policy, and the customer's answer.

An accepted offer changes no schedule here: core banking does, when the back office has entered it. Until its last day
the customer is under an arrangement, and contact is held.
"""

import datetime as dt
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers import bank_clock, roles
from interventions.casework import cases, sweeping
from interventions.casework.case_steps import lock, take
from interventions.contact import holds
from interventions.help import helping
from interventions.help.considering import Considered, facts_of, rules
from interventions.help.helping import Refused
from interventions.help.relief import Facts, Kind, ReliefRefused, Wish, ends_on, terms, valid_until
from interventions.help.relief_conditions import proposal
from interventions.models import BackOfficeTask, Case, ContactHold, PolicyTemplate, ReliefOffer

State = ReliefOffer.State
ANSWERS = frozenset({State.ACCEPTED, State.DECLINED, State.WITHDRAWN})
CHUNK = 500
# Why contact is held from then on.
AGREED = {
    Kind.DUE_DATE_MOVE: gettext_noop("Agreed: another due date."),
    Kind.INSTALMENT_SPLIT: gettext_noop("Agreed: the instalment is split."),
    Kind.PAYMENT_HOLIDAY: gettext_noop("Agreed: payments pause."),
}


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
        found = facts_of(held)
        if found is None or found[1].pk != eligible.loan.pk:
            raise Refused(_("The customer's loans or the policy have changed. Open the case again."))
        policy, loan, facts = found
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
    offer = ReliefOffer.objects.select_related("loan").get(pk=offer.pk)
    if offer.state == answer and Case.objects.visible_to(by).filter(pk=offer.case_id).exists():
        return offer
    case = helping.taken_up_as_it_is(offer.case_id, by)
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
        message=gettext_noop("Offers of relief could not be ended. The log says why."),
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
        reason=AGREED[Kind(offer.kind)],
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
        reason=gettext_noop("Relief was agreed on."),
    )


def _terms(kind: str, facts: Facts, wish: Wish) -> dict[str, Any]:
    try:
        return terms(kind, facts, rules(), wish)
    except ReliefRefused as refusal:
        raise Refused(str(refusal)) from refusal


def _recorded(offer: ReliefOffer, verb: str, *, by: User | None = None, **detail: Any) -> None:
    helping.recorded(
        offer,
        f"interventions.relief.{verb}",
        by=by,
        detail={"kind": offer.kind, "effect": str(PolicyTemplate.Effect.AGREED), **detail},
        after={"terms": offer.terms},
    )
