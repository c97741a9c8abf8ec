"""When a case is held out no more: by itself, or because staff say so. From then on its customer is helped as usual."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from customers import bank_clock, roles
from interventions.casework import deciding_cases, sweeping
from interventions.casework.case_steps import lock, take
from interventions.casework.deciding_cases import Moment
from interventions.effect import holdout
from interventions.models import Case, HoldoutAssignment, HoldoutEnd

Arm = HoldoutAssignment.Arm
Cause = HoldoutEnd.Cause
CHUNK = 500
MAY_END = frozenset({roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS})


class HoldoutRefused(ValueError):
    """Nothing was changed; the text says why."""


@transaction.atomic
def end(*, case: Case, by: User, reason: str) -> HoldoutEnd:
    """End the holdout of one case because staff find that this customer must be helped.

    Raises:
        PermissionDenied: not a supervisor or compliance officer.
        Case.DoesNotExist: they do not see it.
        HoldoutRefused: no reason is given, or the case is not held out.
    """
    if not roles.of(by) & MAY_END:
        raise PermissionDenied(_("Only supervisors and compliance officers take a case out of a comparison."))
    if not reason.strip():
        raise HoldoutRefused(_("Say why this customer must be helped."))
    held = lock(case.pk, by=by)
    if not holdout.is_held_out(held):
        raise HoldoutRefused(_("This case is not held out: help as usual."))
    return _end(held, Cause.STAFF, by=by, reason=reason.strip())


def end_due(*, limit: int = CHUNK) -> int:
    """Write down which held-out cases are helped from now on, and why: asked, vulnerable, severe, a hold, over.

    `holdout.is_held_out` says the same at once; this makes it part of the record. A case that fails is passed
    over, with an alert.

    Returns:
        How many ended.
    """
    open_ones = (
        HoldoutAssignment.objects.filter(arm=Arm.HELD_OUT, case__holdout_end=None)
        .exclude(case__state=Case.State.RESOLVED)
        .filter(holdout.has_cause(bank_clock.now()))
        .order_by("case_id")
    )
    return sweeping.each(
        open_ones.values_list("case_id", flat=True).distinct()[:limit],
        _end_if_due,
        what="holdouts",
        message=gettext_noop("Cases could not be taken out of a comparison. The log says why."),
    )


@transaction.atomic
def _end_if_due(case_id: int) -> bool:
    """One case, looked at again under its lock."""
    held = lock(case_id, by=None)
    assignment = (
        HoldoutAssignment.objects.filter(case_id=case_id, case__holdout_end=None)
        .select_related("case", "customer", "design")
        .first()
    )
    cause = holdout.cause_of(assignment, bank_clock.now()) if assignment else None
    if assignment is None or cause is None:
        return False
    _end(held, cause)
    return True


def _end(case: Case, cause: str, *, by: User | None = None, reason: str = "") -> HoldoutEnd:
    """End it and have the deadline run from now on; the case is under lock."""
    made = HoldoutEnd.objects.create(
        case_id=case.pk,
        customer_id=case.customer_id,
        cause=cause,
        reason=reason,
        by=by,
        ended_at=bank_clock.now(),
    )
    record(
        action="interventions.holdout.ended",
        subject_type="case",
        subject_id=case.pk,
        actor=by,
        customer=case.customer_id,
        reason=reason,
        detail={
            "customer_id": case.customer_id,
            "design_id": case.holdout.design_id,
            "cause": str(cause),
        },
    )
    if case.state != Case.State.RESOLVED:
        _help_from_now_on(case, cause, by=by, reason=reason)
    return made


def _help_from_now_on(case: Case, cause: str, *, by: User | None, reason: str) -> None:
    """Nobody could be late while nobody was to be contacted: the first contact has its whole time from now on."""
    deadline = {} if case.first_contact_at else deciding_cases.deadline_anew(case, Moment.now())
    take(case, "holdout_ended", by=by, reason=reason, detail={"cause": str(cause)}, **deadline)
