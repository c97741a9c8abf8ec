"""Cases for tests, brought into any state by steps that the database allows."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import User

from customers.models import Customer
from interventions.models import Case, PolicyTemplate
from interventions.tests.staff import assessed, manager
from risk.levels import Hardship, Level
from risk.tests.factories import NOON


def policy(*, hardship: Hardship = Hardship.INCOME_SHOCK, level: Level = Level.HIGH) -> PolicyTemplate:
    """The newest shipped draft for a hardship and level; whoever needs an active one governs it."""
    return PolicyTemplate.objects.filter(hardship=hardship, level=level).order_by("-version")[0]


def opened(customer: Customer | None = None, *, to: User | None = None, **fields: Any) -> Case:
    """A case as it begins: assigned to somebody, or new."""
    begun = {
        "level": Level.HIGH,
        "hardship": Hardship.INCOME_SHOCK,
        "priority": PolicyTemplate.Priority.HIGH,
        "revision": 1,
        "opened_at": NOON,
        "sla_due_at": NOON + dt.timedelta(hours=4),
        "sla_at_risk_at": NOON + dt.timedelta(hours=3),
    }
    state = Case.State.ASSIGNED if to else Case.State.NEW
    return Case.objects.create(
        customer=customer or assessed(level=Level.HIGH, hardship=Hardship.INCOME_SHOCK, assigned_rm=to),
        state=state,
        assigned_to=to,
        **begun | fields,
    )


def brought(state: Case.State, *, to: User | None = None, **fields: Any) -> Case:
    """A case in any state; in hand it is the manager's, unless it is said whose."""
    case = opened(to=to or (manager() if state != Case.State.NEW else None), **fields)
    if state == Case.State.WAITING:
        case.snoozed_until = NOON + dt.timedelta(days=2)
    if state == Case.State.RESOLVED:
        case.outcome, case.resolved_at = Case.Outcome.HELPED, NOON
    if state != case.state:
        case.state = state
        case.save()
        case.refresh_from_db()
    return case
