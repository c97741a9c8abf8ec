"""Policies, packs and designs at every step of their way, as two people take them, for tests."""

import datetime as dt
import itertools
from typing import Any, TypeVar

from django.contrib.auth.models import Group, User
from django.db.models import Max

from customers import roles
from interventions.contact import packs
from interventions.models import ContactPack, HoldoutDesign, PolicyTemplate
from interventions.policy import governing
from risk.levels import Hardship, Level

S = TypeVar("S", PolicyTemplate, ContactPack, HoldoutDesign)

_numbers = itertools.count(1)
SMS = "Dear {first_name}, we are there for you: {bank_phone}. Free debt advice: {advice_line}. Reply STOP to opt out."


def officer() -> User:
    """A new compliance officer."""
    made = User.objects.create(username=f"officer{next(_numbers)}")
    made.groups.add(Group.objects.get(name=roles.COMPLIANCE_OFFICERS))
    return made


def draft_policy(
    *, hardship: int = Hardship.INCOME_SHOCK, level: int = Level.HIGH, **fields: Any
) -> PolicyTemplate:
    """A draft of the next version."""
    known = PolicyTemplate.objects.filter(hardship=hardship, level=level).aggregate(last=Max("version"))
    given: dict[str, Any] = {
        "action": "Call; ask how things are",
        "messages": {"sms": {"en": SMS}},
        "priority": "URGENT",
        "sla_hours": 4,
        **fields,
    }
    return PolicyTemplate.objects.create(
        hardship=hardship, level=level, version=(known["last"] or 0) + 1, **given
    )


def draft_pack(*, name: str = "test", rules: dict[str, Any] | None = None) -> ContactPack:
    """A draft of the next version."""
    known = ContactPack.objects.filter(name=name).aggregate(last=Max("version"))
    return ContactPack.objects.create(
        name=name, version=(known["last"] or 0) + 1, rules=packs.shipped("india") if rules is None else rules
    )


def draft_holdout(**fields: Any) -> HoldoutDesign:
    """A draft of the next version."""
    known = HoldoutDesign.objects.aggregate(last=Max("version"))
    given: dict[str, Any] = {
        "share": 0.1,
        "salt": f"salt-{next(_numbers)}",
        "hardships": ["NONE", "OVERSPENDING"],
        "levels": ["MEDIUM"],
        "purpose": "to learn whether reminders help",
        "ends_on": dt.date(2100, 1, 1),
        **fields,
    }
    return HoldoutDesign.objects.create(version=(known["last"] or 0) + 1, **given)


def approved(subject: S) -> S:
    """Submitted by one officer and approved by another."""
    submitted = governing.submit(subject=subject, by=subject.author or officer())
    return governing.approve(subject=submitted, by=officer(), reason="fit for use")


def active(subject: S) -> S:
    """Submitted, approved and activated."""
    return governing.activate(subject=approved(subject), by=officer())


def active_policy(**fields: Any) -> PolicyTemplate:
    """A policy that stands; fields as `draft_policy`."""
    return active(draft_policy(**fields))


def active_pack(**fields: Any) -> ContactPack:
    """A pack that stands; fields as `draft_pack`."""
    return active(draft_pack(**fields))


def active_holdout(**fields: Any) -> HoldoutDesign:
    """A design that stands; fields as `draft_holdout`."""
    return active(draft_holdout(**fields))
