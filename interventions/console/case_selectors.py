"""How much everybody has to do: the supervisors' board. The number of queries does not depend on the number of cases.

The list of cases and one case's page are read in `interventions.console.case_rows` and `case_page`.
"""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from customers import bank_clock, roles
from interventions.casework import assignment
from interventions.casework.assignment import Desk
from interventions.console import case_conditions
from interventions.models import Case
from risk.levels import Level


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Open cases of somebody, or of nobody."""

    open: int = 0
    in_progress: int = 0
    waiting: int = 0
    escalated: int = 0
    high: int = 0
    at_risk: int = 0
    late: int = 0


@dataclass(frozen=True, kw_only=True)
class Load:
    """What one member of staff has.

    Attributes:
        user: whose.
        desk: their limit, and whether they are away or have room; None of supervisors, and of those whose account is
            closed or whose role was taken: they get no cases, and what they still have wants to be given to others.
        counts: their open cases.
    """

    user: User
    desk: Desk | None
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class LoadBoard:
    """Everybody's load, the fullest desks first, cases that are nobody's, and all together."""

    loads: list[Load]
    unassigned: Counts
    total: Counts


def load_board(*, user: User) -> LoadBoard:
    """The board, for supervisors and compliance officers. Five queries.

    Raises:
        PermissionDenied: to others.
    """
    if not roles.of(user) & {roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS}:
        raise PermissionDenied(_("Only supervisors and compliance officers see everybody's load."))
    now = bank_clock.now()
    names = list(_counts(now))
    rows = Case.objects.open().values("assigned_to").annotate(**_counts(now)).order_by()
    counted: dict[int | None, Counts] = {
        user_id: Counts(**dict(zip(names, numbers, strict=True)))
        for user_id, *numbers in rows.values_list("assigned_to", *names)
    }
    desks = {desk.user_id: desk for desk in assignment.desks(at=now)}
    users = User.objects.in_bulk({user_id for user_id in (*desks, *counted) if user_id is not None})
    loads = [
        Load(user=user, desk=desks.get(user_id), counts=counted.get(user_id, Counts()))
        for user_id, user in users.items()
    ]
    loads.sort(key=lambda load: (-load.counts.open, load.user.get_username()))
    total = Case.objects.open().aggregate(**_counts(now))
    return LoadBoard(loads=loads, unassigned=counted.get(None, Counts()), total=Counts(**total))


def _counts(now: dt.datetime) -> dict[str, Count]:
    return {
        "open": Count("pk"),
        "in_progress": Count("pk", filter=Q(state=Case.State.IN_PROGRESS)),
        "waiting": Count("pk", filter=Q(state=Case.State.WAITING)),
        "escalated": Count("pk", filter=Q(state=Case.State.ESCALATED)),
        "high": Count("pk", filter=Q(level=Level.HIGH)),
        "at_risk": Count("pk", filter=case_conditions.at_risk(now)),
        "late": Count("pk", filter=case_conditions.late(now)),
    }
