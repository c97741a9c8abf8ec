"""Where what somebody has just done is undone; `undo_views` is what answers there."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.urls import reverse

from interventions.casework import undoing
from interventions.models import Case, CaseTransition

STEP, MESSAGE, PROMISE = "step", "message", "promise"
# More are not undone at once: an address has only so much room.
MOST = 200


def address(what: str, ids: Sequence[int]) -> str:
    """Where something is undone.

    Args:
        what: STEP, MESSAGE or PROMISE.
        ids: Of what was done: transitions, messages, promises.
    """
    return reverse("case_undo", args=[what, "-".join(map(str, ids))])


def step_address(case: Case, by: User, verb: str) -> str:
    """Where the step that somebody has just taken with a case is undone; "" where it cannot be.

    Args:
        case: Which.
        by: Who took it.
        verb: The step's.
    """
    last = case.transitions.order_by("-id").first()
    if last is None or (last.verb, last.by_id) != (verb, by.pk) or not undoing.is_undoable(last):
        return ""
    return address(STEP, [last.pk])


def steps_address(cases: Sequence[Case], by: User, verb: str) -> str:
    """Where the same step with several cases is undone; "" where it cannot be, or they are too many. One query."""
    last = CaseTransition.objects.filter(case__in=cases, by=by).order_by("case_id", "-id").distinct("case_id")
    ids = [step.pk for step in last if step.verb == verb and undoing.is_undoable(step)]
    return address(STEP, ids) if 0 < len(ids) <= MOST else ""
