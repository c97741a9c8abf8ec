"""What people do with cases. Each service locks the case, checks the version they saw, and tells history and audit.

Who may: relationship managers work on cases of customers they look after that are theirs or nobody's; supervisors on
all, and only they reassign and take up what was escalated. What somebody may not see is not there for them.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers import bank_clock, roles
from interventions.casework import assignment, case_outcomes, case_rules
from interventions.casework.case_rights import locked, only_supervisors, only_workers, refuse_absent, taken_up
from interventions.casework.case_steps import CaseChanged as CaseChanged
from interventions.casework.case_steps import CaseRefused as CaseRefused
from interventions.casework.case_steps import end_cover, lock, standing, take
from interventions.contact import cancelling
from interventions.models import Case

LONGEST_SNOOZE = dt.timedelta(days=30)
MOST_AT_ONCE = 200
State = Case.State


@dataclass(frozen=True)
class Result:
    """What came of one case of several: the case as it is now, or why not."""

    case_id: int
    case: Case | None = None
    error: str = ""


@transaction.atomic
def start(*, case_id: int, version: int, by: User, reason: str = "") -> Case:
    """Begin to work on a case; one that was nobody's, or was escalated to oneself, becomes one's own.

    Raises:
        Case.DoesNotExist: not visible to them.
        PermissionDenied: it is not theirs.
        CaseChanged: somebody changed it since.
        CaseRefused: it is under way, waits, or is resolved.
    """
    case = taken_up(case_id, version, by)
    if case.state == State.WAITING:
        raise CaseRefused(_("The case waits. Wake it first."))
    if case.state == State.IN_PROGRESS and case.assigned_to_id == by.pk:
        raise CaseRefused(_("You are working on this case already."))
    if case.state == State.IN_PROGRESS:
        return take(case, "taken_over", by=by, reason=reason, assigned_to=by)
    return take(
        case, "started", by=by, reason=reason, state=State.IN_PROGRESS, assigned_to=by, escalated_to=None
    )


@transaction.atomic
def assign(*, case_id: int, version: int, by: User, to: User, reason: str = "") -> Case:
    """Give a case to somebody, as a supervisor. Beyond their limit is the supervisor's to decide.

    Raises:
        CaseRefused: they are away, or do not work on cases.
        Case.DoesNotExist, PermissionDenied, CaseChanged: as in `start`.
    """
    only_supervisors(by)
    case = locked(case_id, version, by)
    refuse_absent(to)
    is_cover = roles.is_relationship_manager(to) and case.customer.assigned_rm_id != to.pk
    was = standing(case)
    assignment.cover(customer_id=case.customer_id, user_id=to.pk if is_cover else None)
    detail = {
        "assigned_to": to.pk,
        "assigned_before": case.assigned_to_id,
        "is_cover": is_cover,
        "was": was,
    }
    case = take(
        case,
        "assigned",
        by=by,
        reason=reason,
        detail=detail,
        state=State.ASSIGNED,
        assigned_to=to,
        escalated_to=None,
        snoozed_until=None,
    )
    if is_cover:
        case.customer.covering_rm_id = to.pk
    return case


@transaction.atomic
def snooze(*, case_id: int, version: int, by: User, until: dt.datetime, reason: str = "") -> Case:
    """Let a case wait until a moment of the bank's clock; it comes back by itself, and before if the risk grows.

    Raises:
        CaseRefused: the moment is past or too far ahead, or the case is nobody's.
        Case.DoesNotExist, PermissionDenied, CaseChanged: as in `start`.
    """
    case = taken_up(case_id, version, by)
    now = bank_clock.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise CaseRefused(_("A case waits at most %(days)s days.") % {"days": LONGEST_SNOOZE.days})
    if case.assigned_to_id is None:
        raise CaseRefused(_("The case is nobody's yet. Start it first."))
    detail = {"snoozed_until": until.isoformat(), "was": standing(case)}
    return take(
        case,
        "snoozed",
        by=by,
        reason=reason,
        detail=detail,
        state=State.WAITING,
        snoozed_until=until,
        escalated_to=None,
    )


@transaction.atomic
def wake(*, case_id: int, version: int, by: User, reason: str = "") -> Case:
    """Go on with a case that waits, before its time."""
    case = taken_up(case_id, version, by)
    if case.state != State.WAITING:
        raise CaseRefused(_("The case does not wait."))
    return take(case, "woken", by=by, reason=reason, state=State.IN_PROGRESS, snoozed_until=None)


@transaction.atomic
def escalate(*, case_id: int, version: int, by: User, to: User | None = None, reason: str) -> Case:
    """Hand a case to a supervisor: a certain one, or whoever takes it.

    Raises:
        CaseRefused: there is no reason, it is escalated already, or `to` is no supervisor.
        Case.DoesNotExist, PermissionDenied, CaseChanged: as in `start`.
    """
    case = taken_up(case_id, version, by)
    if not reason.strip():
        raise CaseRefused(_("Say why it is escalated."))
    if to is not None and roles.SUPERVISORS not in roles.of(to):
        raise CaseRefused(_("A case is escalated to a supervisor."))
    if case.state == State.ESCALATED:
        raise CaseRefused(_("The case is escalated already."))
    return take(
        case,
        "escalated",
        by=by,
        reason=reason,
        detail={"escalated_to": to.pk if to else None, "was": standing(case)},
        state=State.ESCALATED,
        escalated_to=to,
        snoozed_until=None,
    )


@transaction.atomic
def resolve(*, case_id: int, version: int, by: User, outcome: Case.Outcome, reason: str = "") -> Case:
    """End a case with an outcome; messages that still wait to be sent are cancelled.

    Raises:
        CaseRefused: the outcome is not a person's to say, did not happen, needs a reason, or the case is resolved.
        Case.DoesNotExist, PermissionDenied, CaseChanged: as in `start`.
    """
    case = taken_up(case_id, version, by)
    case_outcomes.check(case, outcome, reason)
    return _end(case, outcome=outcome, by=by, reason=reason)


@transaction.atomic
def settle(*, case_id: int, outcome: Case.Outcome, reason: str) -> Case:
    """End a case as the system, for what the stream has shown; one that is resolved stays as it is."""
    case = lock(case_id, by=None)
    if case.state == State.RESOLVED:
        return case
    return _end(case, outcome=outcome, by=None, reason=reason)


def contacted(*, case: Case, at: dt.datetime) -> bool:
    """The customer was reached out to: the first time fulfils the SLA. In the caller's transaction.

    Args:
        case: Whose customer. The caller has locked the customer, if it has locked anything.
        at: On the bank's clock.

    Returns:
        Whether it was the first time. A resolved case stays as it is.
    """
    with transaction.atomic():
        held = lock(case.pk, by=None)
        if held.first_contact_at is not None or held.state == State.RESOLVED:
            return False
        rank = case_rules.rank(
            harm_amount=float(held.expected_harm_amount or 0),
            priority=case_rules.Priority(held.priority),
            opened_at=held.opened_at,
            due_at=bank_clock.start_of(held.due_on) if held.due_on else None,
            sla_due_at=None,
        )
        take(held, "contacted", at=at, first_contact_at=at, rank=rank)
        case.first_contact_at, case.rank = at, rank
    return True


@transaction.atomic
def claim_next(*, by: User) -> Case | None:
    """Begin the next case: of one's own the most urgent, else one that is nobody's; None when there is none.

    Any number of people may ask at once: each gets another case. Supervisors get what was escalated to them or to
    all of them first, then cases that are nobody's.
    """
    only_workers(by)
    is_supervisor = roles.SUPERVISORS in roles.of(by)
    visible = Case.objects.visible_to(by)
    queues = [visible.filter(state=State.ASSIGNED, assigned_to=by), visible.filter(state=State.NEW)]
    if is_supervisor:
        escalated = visible.filter(state=State.ESCALATED)
        queues[:0] = [escalated.filter(escalated_to=by), escalated.filter(escalated_to=None)]
    for queue in queues:
        # A leaf: nothing is locked after it, so the customer need not be locked before.
        found = queue.select_for_update(of=("self",), no_key=True, skip_locked=True)
        for case in found.select_related("customer").order_by("-rank", "id")[:1]:
            return take(case, "claimed", by=by, state=State.IN_PROGRESS, assigned_to=by, escalated_to=None)
    return None


def bulk(
    *,
    case_ids: Sequence[int],
    verb: str,
    by: User,
    versions: Mapping[int, int] | None = None,
    **arguments: Any,
) -> list[Result]:
    """Do the same with several cases; each by itself, so that one that cannot does not hold up the others.

    Args:
        case_ids: At most `MOST_AT_ONCE`.
        verb: start, assign, snooze, wake, escalate or resolve.
        by: Who.
        versions: The versions they saw, by case; without them, as the cases are now.
        arguments: What the service of that name asks for besides.

    Returns:
        A result for each case, in the order of `case_ids`.

    Raises:
        CaseRefused: too many at once.
        KeyError: no such verb.
    """
    service = VERBS[verb]
    if len(case_ids) > MOST_AT_ONCE:
        raise CaseRefused(_("At most %(most)s cases at once.") % {"most": MOST_AT_ONCE})
    known = Case.objects.visible_to(by).filter(pk__in=case_ids).order_by("customer_id")
    found = {pk: (versions or {}).get(pk, version) for pk, version in known.values_list("pk", "version")}
    # In the order in which customers are locked: the caller's transaction may hold them all.
    results = {pk: _one_of_bulk(service, pk, version, by, arguments) for pk, version in found.items()}
    missing = _("There is no such case.")
    return [results.get(case_id, Result(case_id, error=missing)) for case_id in case_ids]


VERBS: dict[str, Callable[..., Case]] = {
    "start": start,
    "assign": assign,
    "snooze": snooze,
    "wake": wake,
    "escalate": escalate,
    "resolve": resolve,
}


def _one_of_bulk(
    service: Callable[..., Case], case_id: int, version: int, by: User, arguments: Mapping[str, Any]
) -> Result:
    try:
        return Result(case_id, service(case_id=case_id, version=version, by=by, **arguments))
    except (CaseRefused, PermissionDenied, Case.DoesNotExist) as error:
        return Result(case_id, error=str(error))


def _end(case: Case, *, outcome: Case.Outcome, by: User | None, reason: str) -> Case:
    now = bank_clock.now()
    case = take(
        case,
        "resolved",
        by=by,
        reason=reason,
        detail={"outcome": str(outcome)},
        at=now,
        state=State.RESOLVED,
        outcome=outcome,
        resolved_at=now,
        snoozed_until=None,
        escalated_to=None,
    )
    end_cover([case.customer_id])
    cancelling.of_case(case=case, reason=gettext_noop("The case is resolved."))
    return case
