"""Taking back what somebody has just done with a case: a step of its own, in the history and in the audit.

Only whoever took the step takes it back, only while nothing else has happened to the case since, only for a moment, and
only where the states of a case allow the way back. What was sent or said is no step of a case and stays.
"""

import datetime as dt
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from interventions.casework import assignment
from interventions.casework.case_rights import only_workers
from interventions.casework.case_rules import is_legal
from interventions.casework.case_steps import CaseChanged, CaseRefused, lock, take
from interventions.models import Case, CaseTransition

State = Case.State
# So long the button is shown; whoever needs more time to reach it has it, and a page without scripts keeps it.
SHOWN_SECONDS = 10
GRACE = dt.timedelta(seconds=50)
# A review changes nothing but the history; the others say in their detail how the case stood.
UNDOABLE = frozenset({"snoozed", "escalated", "assigned", "reviewed"})


def is_undoable(step: CaseTransition) -> bool:
    """Whether a step that was just taken could be taken back, going by the step alone."""
    if step.verb not in UNDOABLE:
        return False
    return step.verb == "reviewed" or _is_way_back(step)


@transaction.atomic
def undo(*, step_id: int, by: User) -> Case:
    """Take back one's own last step with a case: it stands as it stood before.

    Args:
        step_id: Of a `CaseTransition`.
        by: Who took it.

    Raises:
        Case.DoesNotExist: there is no such step, or the case is not visible to them.
        PermissionDenied: another took it.
        CaseChanged: something else has happened to the case since.
        CaseRefused: such a step cannot be undone, or not any more.
    """
    step = CaseTransition.objects.filter(pk=step_id).first()
    if step is None:
        raise Case.DoesNotExist
    case = lock(step.case_id, by=by)
    only_workers(by)
    if step.by_id != by.pk:
        raise PermissionDenied(_("Only whoever did this can undo it."))
    if not is_undoable(step):
        raise CaseRefused(_("This cannot be undone."))
    if case.transitions.filter(pk__gt=step.pk).exists():
        raise CaseChanged(_("Something else has happened to the case since. Nothing was undone."))
    refuse_late(step.recorded_at)
    detail = {"undone": step.verb, "step": step.pk}
    if step.verb == "reviewed":
        return take(case, "undone", by=by, detail=detail)
    was: dict[str, Any] = step.detail["was"]
    if case.customer.covering_rm_id != was["covering"]:
        assignment.cover(customer_id=case.customer_id, user_id=was["covering"])
        case.customer.covering_rm_id = was["covering"]
    return take(
        case,
        "undone",
        by=by,
        detail=detail,
        state=State(was["state"]),
        assigned_to_id=was["assigned_to"],
        escalated_to_id=was["escalated_to"],
        snoozed_until=parse_datetime(was["snoozed_until"]) if was["snoozed_until"] else None,
    )


def refuse_late(done_at: dt.datetime) -> None:
    """Refuse to undo what was done too long ago.

    Args:
        done_at: On the wall clock.

    Raises:
        CaseRefused: it was.
    """
    if timezone.now() - done_at > dt.timedelta(seconds=SHOWN_SECONDS) + GRACE:
        raise CaseRefused(_("It is too late to undo this. Do the opposite instead."))


def _is_way_back(step: CaseTransition) -> bool:
    """Whether it is known how the case stood, and a case may go back there: none becomes new again."""
    was = step.detail.get("was")
    if not isinstance(was, dict):
        return False
    return step.to_state == was["state"] or is_legal(State(step.to_state), State(was["state"]))
