"""Giving somebody's cases to others, and saying until when they are away."""

import datetime as dt
from collections.abc import Sequence

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from customers import bank_clock
from interventions.casework import assignment, cases
from interventions.casework.assignment import Desks
from interventions.casework.case_rights import only_supervisors, refuse_absent
from interventions.casework.case_steps import CaseRefused
from interventions.casework.cases import Result
from interventions.models import Case

ALL = None


def hand_over(
    *,
    of: User,
    by: User,
    reason: str,
    to: User | None = None,
    most: int | None = ALL,
    away_until: dt.datetime | None = None,
) -> list[Result]:
    """Give somebody's open cases to others, the most urgent first; each by itself, so that one that cannot be given
    does not hold up the others.

    Args:
        of: Whose cases.
        by: A supervisor.
        reason: Why, as the history and whoever gets the case reads it.
        to: Who gets them; None: each goes to the customer's own manager, else to whoever has most room.
        most: How many; ALL: each. 0: none, only the absence is noted.
        away_until: Until when they are away, on the bank's clock, so that new cases go to others too; None: as it was.

    Returns:
        A result for each case that was to be given.

    Raises:
        PermissionDenied: `by` is no supervisor.
        CaseRefused: no reason, `to` is away, takes no cases or has them already, or the absence would be over by then.
    """
    only_supervisors(by)
    if not reason.strip():
        raise CaseRefused(_("Say why."))
    if to is not None:
        refuse_absent(to)
        if to.pk == of.pk:
            raise CaseRefused(_("They have these cases already. Choose somebody else."))
    now = bank_clock.now()
    if away_until is not None:
        if away_until <= now:
            raise CaseRefused(_("Choose a day that is still to come."))
        assignment.set_duty(user=of, by=by, away_until=away_until)
    found = Case.objects.open().visible_to(by).filter(assigned_to=of).select_related("customer")
    theirs = list(found.order_by("-rank", "id")[:most])
    room = Desks(desk for desk in assignment.desks(at=now) if desk.user_id != of.pk)
    return [_given(case, to or _whoever_has_room(case, room), by, reason) for case in theirs]


def _whoever_has_room(case: Case, room: Desks) -> User | None:
    given = room.give(case.customer.assigned_rm_id)
    return User.objects.get(pk=given.user_id) if given else None


def _given(case: Case, to: User | None, by: User, reason: str) -> Result:
    if to is None:
        return Result(case.pk, error=_("Nobody has room for it."))
    try:
        return Result(
            case.pk, cases.assign(case_id=case.pk, version=case.version, by=by, to=to, reason=reason)
        )
    except (CaseRefused, PermissionDenied, Case.DoesNotExist) as error:
        return Result(case.pk, error=str(error) or _("There is no such case."))


def errors_together(results: Sequence[Result]) -> dict[str, list[int]]:
    """The cases that were not given, by why not."""
    found: dict[str, list[int]] = {}
    for each in results:
        if each.error:
            found.setdefault(each.error, []).append(each.case_id)
    return found
