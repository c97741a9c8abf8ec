"""Everything a relationship manager needs to help somebody, for the console's tests."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from customers.models import Customer
from interventions.contact import consents
from interventions.models import Case, Channel, ConsentEvent, ContactPack, PolicyTemplate, Purpose
from interventions.tests import cases, governed, staff
from interventions.tests.factories import AS_OF_ON
from risk.levels import Hardship, Level

PHONE, EMAIL = "+919876543210", "asha@example.com"


@dataclass(frozen=True)
class Stage:
    """A customer in trouble whose case is with a relationship manager, and all that lawful help needs."""

    manager: User
    customer: Customer
    case: Case
    policy: PolicyTemplate


def set_up(*, manager: User | None = None, name: str = "Asha Rao", **fields: Any) -> Stage:
    """Policy, rules of contact, consent, customer and case; `fields` of the case."""
    manager = manager or staff.manager()
    policy = standing_policy()
    if not ContactPack.objects.filter(state="active").exists():
        governed.active_pack()
    customer = in_trouble(name, manager=manager)
    given = {"due_on": AS_OF_ON + dt.timedelta(days=10), "policy": policy, **fields}
    case = cases.opened(customer, to=manager, **given)
    return Stage(manager=manager, customer=customer, case=case, policy=policy)


def standing_policy() -> PolicyTemplate:
    """The first pack's policy for a HIGH income shock, active."""
    found = PolicyTemplate.objects.filter(
        hardship=Hardship.INCOME_SHOCK, level=Level.HIGH, state="active"
    ).first()
    return found or governed.active(cases.policy())


def in_trouble(name: str, *, manager: User) -> Customer:
    """A customer in shock who can be reached, and agreed to be."""
    customer = staff.in_shock(name, assigned_rm=manager, phone=PHONE, email=EMAIL)
    for channel in Channel.values:
        consents.grant(
            customer=customer,
            channel=channel,
            purpose=Purpose.SUPPORT,
            source=ConsentEvent.Source.IMPORT,
            evidence="agreement of 2025",
            happened_at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC),
        )
    return customer
