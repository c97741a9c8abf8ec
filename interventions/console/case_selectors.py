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
from interventions.console.board.ageing import Age
from interventions.console.case_filters import Nobody
from interventions.models import Case, PolicyTemplate
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
    """What one member of staff has, or nobody.

    Attributes:
        user: whose; None: nobody's.
        desk: their limit, and whether they are away or have room; None of supervisors, and of those whose account is
            closed or whose role was taken: they get no cases, and what they still have wants to be given to others.
        counts: their open cases.
    """

    user: User | None
    desk: Desk | None
    counts: Counts

    @property
    def worker(self) -> str:
        """Whose, as a list of cases names them in its address."""
        return str(self.user.pk) if self.user else Nobody.NOBODY.value


@dataclass(frozen=True, kw_only=True)
class LoadBoard:
    """Everybody's load, the fullest desks first, cases that are nobody's, and all together: also by how long they have
    been open, and by priority.
    """

    loads: list[Load]
    unassigned: Counts
    total: Counts
    ages: dict[Age, int]
    priorities: dict[str, int]

    @property
    def nobody(self) -> Load:
        """The cases that are nobody's, as a row of the board."""
        return Load(user=None, desk=None, counts=self.unassigned)


def load_board(*, user: User) -> LoadBoard:
    """The board, for supervisors and compliance officers. Six queries.

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
    loads.sort(key=lambda load: (-load.counts.open, load.user.get_username() if load.user else ""))
    ages = {age: Count("pk", filter=of_age) for age, of_age in case_conditions.ages(now).items()}
    priorities = {each: Count("pk", filter=Q(priority=each)) for each in PolicyTemplate.Priority.values}
    named = {**{f"age_{age.name}": each for age, each in ages.items()}, **priorities}
    total = Case.objects.open().aggregate(**_counts(now), **named)
    return LoadBoard(
        loads=loads,
        unassigned=counted.get(None, Counts()),
        total=Counts(**{name: total[name] for name in names}),
        ages={age: total[f"age_{age.name}"] for age in ages},
        priorities={each: total[each] for each in priorities},
    )


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
