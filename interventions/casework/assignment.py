"""Whose a case becomes: the customer's manager's, unless away or at the limit; else whoever has most room.

Somebody else than the customer's manager stands in (`Customer.covering_rm`) for as long as the case is open. Where
nobody has room the case stays nobody's, where supervisors see it, and is given away as soon as somebody has.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from audit import services as audit
from customers import bank_clock, roles
from customers.models import Customer
from interventions import case_hints
from interventions.casework.case_steps import Step, lock_customers, tell
from interventions.models import Case, StaffDuty

# One assignment at a time counts and adds: any number of workers keep to the limits.
LOCK = 5_005
DEFAULT_LIMIT: int = StaffDuty._meta.get_field("case_limit").default
UNCHANGED: Any = object()


@dataclass(frozen=True)
class Desk:
    """One relationship manager's work.

    Attributes:
        user_id: whose.
        open_count: open cases.
        case_limit: beyond which none is assigned.
        is_away: nobody is at the desk.
    """

    user_id: int
    open_count: int = 0
    case_limit: int = DEFAULT_LIMIT
    is_away: bool = False

    @property
    def has_room(self) -> bool:
        """Whether another case may be assigned."""
        return not self.is_away and self.open_count < self.case_limit


@dataclass(frozen=True)
class Given:
    """To whom a case goes, and whether they stand in for the customer's manager."""

    user_id: int
    is_cover: bool


class Desks:
    """All desks, as they fill."""

    def __init__(self, desks: Iterable[Desk]) -> None:
        self._desks = {desk.user_id: desk for desk in desks}

    def give(self, manager_id: int | None) -> Given | None:
        """Give away one case of a customer of this manager; None where nobody has room."""
        own = self._desks.get(manager_id) if manager_id is not None else None
        if own is not None and own.has_room:
            return self._put(own, is_cover=False)
        free = [desk for desk in self._desks.values() if desk.has_room]
        if not free:
            return None
        return self._put(min(free, key=lambda desk: (desk.open_count, desk.user_id)), is_cover=True)

    @property
    def have_room(self) -> bool:
        """Whether anybody has."""
        return any(desk.has_room for desk in self._desks.values())

    def _put(self, desk: Desk, *, is_cover: bool) -> Given:
        self._desks[desk.user_id] = replace(desk, open_count=desk.open_count + 1)
        return Given(desk.user_id, is_cover)


def locked_desks(*, at: dt.datetime) -> Desks:
    """The desks now; until the end of the caller's transaction nobody else assigns.

    Taken after all other locks of the transaction, so that whoever holds it waits for nobody.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    return Desks(desks(at=at))


def desks(*, at: dt.datetime) -> list[Desk]:
    """Every active relationship manager's desk. Two queries."""
    counts = dict(
        Case.objects.open().exclude(assigned_to=None).values_list("assigned_to").annotate(open=Count("pk"))
    )
    managers = User.objects.filter(is_active=True, groups__name=roles.RELATIONSHIP_MANAGERS)
    duties = managers.annotate(limit=Coalesce("duty__case_limit", DEFAULT_LIMIT)).values_list(
        "pk", "limit", "duty__away_until"
    )
    return [
        Desk(user_id, counts.get(user_id, 0), limit, away_until is not None and away_until > at)
        for user_id, limit, away_until in duties
    ]


def assign_unassigned(*, limit: int = 200) -> int:
    """Give cases that are nobody's to those who have room by now, the most urgent first; returns how many."""
    at = bank_clock.now()
    if not Desks(desks(at=at)).have_room:
        return 0
    nobodys = Case.objects.filter(state=Case.State.NEW, assigned_to=None)
    waiting = dict(nobodys.order_by("-rank", "id").values_list("pk", "customer_id")[:limit])
    with transaction.atomic():
        lock_customers(sorted(waiting.values()))
        locked = nobodys.filter(pk__in=waiting).select_for_update(no_key=True, skip_locked=True)
        cases = sorted(locked.order_by("pk"), key=lambda case: (-case.rank, case.pk))
        managers = dict(Customer.objects.filter(pk__in=waiting.values()).values_list("pk", "assigned_rm_id"))
        room = locked_desks(at=at)
        steps = [step for case in cases if (step := _give(case, room, managers[case.customer_id]))]
        tell(steps, at=at)
    case_hints.announce(step.case.assigned_to_id for step in steps)
    return len(steps)


def cover(*, customer_id: int, user_id: int | None) -> None:
    """Let somebody stand in for the customer's manager; None: nobody does. The caller holds the customer's lock."""
    Customer.objects.filter(pk=customer_id).update(covering_rm_id=user_id)


def cover_all(covers: dict[int, int]) -> None:
    """Let users stand in for the managers of customers, by customer id. The caller holds the customers' locks."""
    if covers:
        with connection.cursor() as cursor:
            cursor.execute(_COVER_ALL, [list(covers), list(covers.values())])


def set_duty(
    *,
    user: User,
    by: User | None,
    away_until: dt.datetime | None = UNCHANGED,
    case_limit: int = UNCHANGED,
) -> StaffDuty:
    """Say until when somebody is away, and how many open cases they take.

    New cases of their customers go to others meanwhile; those they have stay theirs.

    Args:
        user: Whose duty.
        by: Themselves, for the time they are away, or a supervisor; None is an operator at the command line.
        away_until: On the bank's clock; None: here again.
        case_limit: Open cases beyond which none is assigned; 0 or more.

    Raises:
        PermissionDenied: it is not theirs to say.
    """
    if by is not None and roles.SUPERVISORS not in roles.of(by):
        is_own_absence = by.pk == user.pk and case_limit is UNCHANGED
        if not (is_own_absence and roles.is_relationship_manager(by)):
            raise PermissionDenied(_("Only a supervisor sets the duty of others, and limits."))
    named = {"away_until": away_until, "case_limit": case_limit}
    changes = {name: value for name, value in named.items() if value is not UNCHANGED}
    with transaction.atomic():
        duty, _is_new = StaffDuty.objects.update_or_create(user=user, defaults=changes)
        audit.record(
            action="interventions.duty.set",
            subject_type="user",
            subject_id=user.pk,
            subject_label=user.get_username(),
            actor=by,
            detail={
                "away_until": duty.away_until.isoformat() if duty.away_until else None,
                "case_limit": duty.case_limit,
            },
        )
    return duty


def _give(case: Case, room: Desks, manager_id: int | None) -> Step | None:
    given = room.give(manager_id)
    if given is None:
        return None
    case.state, case.assigned_to_id = Case.State.ASSIGNED, given.user_id
    case.save(update_fields=["state", "assigned_to", "updated_at"])
    if given.is_cover:
        cover(customer_id=case.customer_id, user_id=given.user_id)
    detail = {"assigned_to": given.user_id, "is_cover": given.is_cover}
    return Step(case=case, verb="assigned", before=Case.State.NEW, detail=detail)


_COVER_ALL = """
UPDATE customers_customer customer SET covering_rm_id = cover.user_id, updated_at = now()
FROM unnest(%s::bigint[], %s::integer[]) AS cover(customer_id, user_id) WHERE customer.id = cover.customer_id
"""
