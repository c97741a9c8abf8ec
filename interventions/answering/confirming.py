"""Staff look at what a customer said. Until somebody has confirmed it, nothing about the risk changes."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from customers import bank_clock, stated
from interventions.answering import asks
from interventions.casework.case_steps import take
from interventions.help import considering, helping, promises
from interventions.help.helping import Refused
from interventions.models import AnswerDecision, Case, CustomerAnswer
from risk.models import CurrentRisk
from risk.services import mark_dirty

Kind = CustomerAnswer.Kind


@transaction.atomic
def confirm(*, case: Case, answer: CustomerAnswer, by: User, reason: str) -> AnswerDecision:
    """What the customer said is so, as far as a colleague can tell.

    A pay day that moved: until it has passed, the salary is not late (`customers.stated`), and the customer is
    evaluated anew within seconds. Already arranged: a promise to pay the next instalment by that day.

    Args:
        case: The customer's open case, as the caller saw it; it is taken up.
        answer: A pay day, or an arrangement.
        by: Who looked.
        reason: How they know.

    Raises:
        Refused: nobody waits for a decision about it, its day is over, or no reason is given.
        Case.DoesNotExist, PermissionDenied, CaseChanged, CaseRefused: as in `helping.begun`.
    """
    with helping.begun(case=case, by=by) as held:
        answer = _open(held, answer, reason)
        if answer.day_on is None or answer.day_on < bank_clock.today():
            raise Refused(_("The day that the customer named is over. Decline it, and say what you found."))
        if answer.kind == Kind.PAY_DAY:
            stated.keep(customer=held.customer, pay_on=answer.day_on, said_at=answer.answered_at, by=by)
            mark_dirty([held.customer_id])
        else:
            _promise(held, answer, by)
        return _decided(held, answer, by, reason, is_confirmed=True)


@transaction.atomic
def decline(*, case: Case, answer: CustomerAnswer, by: User, reason: str) -> AnswerDecision:
    """What the customer said is not confirmed: everything goes on as the records have it.

    Raises:
        As `confirm`.
    """
    with helping.taken(case=case, by=by) as held:
        return _decided(held, _open(held, answer, reason), by, reason, is_confirmed=False)


def _open(case: Case, answer: CustomerAnswer, reason: str) -> CustomerAnswer:
    """The answer, once it is clear that it waits for a decision. The customer is locked."""
    if not reason.strip():
        raise Refused(_("Say how you know."))
    found = CustomerAnswer.objects.filter(pk=answer.pk, customer=case.customer_id).first()
    # One that was replaced by a later word of the customer's waits for nobody.
    if found is None or asks.waiting_among([found]).get(found.pk) != "confirm":
        raise Refused(_("Nobody is waiting for a decision about this any more."))
    return found


def _promise(case: Case, answer: CustomerAnswer, by: User) -> None:
    considered = considering.considered(case)
    risk = CurrentRisk.objects.filter(customer=case.customer_id).only("next_due_amount").first()
    if not considered or risk is None or risk.next_due_amount is None or answer.day_on is None:
        raise Refused(
            _("No instalment is known that this could be about. Decline it, and say what you found.")
        )
    promises.make(
        case=case, loan=considered[0].loan, amount=risk.next_due_amount, promised_on=answer.day_on, by=by
    )


def _decided(
    case: Case, answer: CustomerAnswer, by: User, reason: str, *, is_confirmed: bool
) -> AnswerDecision:
    decision = AnswerDecision.objects.create(
        answer=answer, is_confirmed=is_confirmed, by=by, reason=reason.strip(), decided_at=bank_clock.now()
    )
    record(
        action=f"interventions.answer.{'confirmed' if is_confirmed else 'declined'}",
        subject_type="answer",
        subject_id=answer.pk,
        actor=by,
        customer=case.customer_id,
        reason=decision.reason,
        detail={"customer_id": case.customer_id, "case_id": case.pk, "kind": str(answer.kind)},
    )
    verb = "answer_confirmed" if is_confirmed else "answer_declined"
    take(case, verb, by=by, reason=decision.reason, detail={"answer": answer.pk, "kind": str(answer.kind)})
    return decision
