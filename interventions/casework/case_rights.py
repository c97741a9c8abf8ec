"""Who may do what with which case."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from customers import bank_clock, roles
from interventions.casework.case_steps import CaseChanged, CaseRefused, lock
from interventions.models import Case, StaffDuty

WORKERS = frozenset({roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS})
State = Case.State


def taken_up(case_id: int, version: int, by: User) -> Case:
    """The case under lock, once it is clear that they may work on it."""
    only_workers(by)
    case = locked(case_id, version, by)
    if roles.SUPERVISORS in roles.of(by):
        return case
    if case.assigned_to_id not in (None, by.pk):
        raise PermissionDenied(_("This case is another's. Ask a supervisor to hand it over to you."))
    if case.state == State.ESCALATED:
        raise PermissionDenied(_("This case is with the supervisors. They hand it back."))
    return case


def locked(case_id: int, version: int, by: User) -> Case:
    """The case under lock, open and as they saw it."""
    case = lock(case_id, by=by)
    if case.version != version:
        raise CaseChanged(_("The case has changed since you opened it. Look at it again."))
    if case.state == State.RESOLVED:
        raise CaseRefused(_("The case is resolved. If the risk rises again, a new one opens."))
    return case


def only_workers(by: User) -> None:
    """Refuse whoever does not work on cases."""
    if not roles.of(by) & WORKERS:
        raise PermissionDenied(_("Only relationship managers and supervisors work on cases."))


def only_supervisors(by: User) -> None:
    """Refuse whoever is no supervisor."""
    if roles.SUPERVISORS not in roles.of(by):
        raise PermissionDenied(_("Only supervisors give cases to others."))


def refuse_absent(to: User) -> None:
    """Refuse to give a case to somebody who is away, or does not work on cases."""
    if not (roles.of(to) & WORKERS):
        raise CaseRefused(_("%(who)s does not work on cases.") % {"who": to.get_username()})
    duty = StaffDuty.objects.filter(user=to).first()
    if duty and duty.away_until and duty.away_until > bank_clock.now():
        raise CaseRefused(_("%(who)s is away. Choose somebody else.") % {"who": to.get_username()})
