"""Staff and customers in trouble, for the console's tests."""

from typing import Any

from django.contrib.auth.models import Group, User

from customers import roles
from customers.models import Customer
from customers.tests.factories import CustomerFactory
from interventions.tests.factories import QUIET_INPUTS, AssessmentFactory, CurrentRiskFactory
from risk.levels import Hardship, Level, Segment, Signal


def user(username: str, role: str | None = None) -> User:
    """A user of a role, with no password: hashing one would take longer than the test."""
    made = User.objects.create(username=username)
    if role:
        made.groups.add(Group.objects.get(name=role))
    return made


def supervisor() -> User:
    """Somebody who sees every customer."""
    return user("supervisor", roles.SUPERVISORS)


def manager(username: str = "rm1") -> User:
    """Somebody who sees their own customers."""
    return user(username, roles.RELATIONSHIP_MANAGERS)


def assessed(name: str = "Asha Rao", **fields: Any) -> Customer:
    """A customer with a current risk and its receipt; fields of Customer, CurrentRisk and Assessment by name."""
    in_both = {"level", "score", "segment", "hardship", "score_level", "probability", "band", "model_id"}
    of_risk = in_both | {"next_due_on", "next_due_amount", "evaluated_at", "model_reasons", "model_failed"}
    of_receipt = in_both | {"reasons"}
    person = {key: value for key, value in fields.items() if key not in of_risk | of_receipt}
    customer = CustomerFactory.create(full_name=name, **person)
    CurrentRiskFactory.create(customer=customer, **{key: fields[key] for key in fields.keys() & of_risk})
    AssessmentFactory.create(customer=customer, **{key: fields[key] for key in fields.keys() & of_receipt})
    return customer


def in_shock(name: str = "Asha Rao", **fields: Any) -> Customer:
    """A customer whose salary stopped: HIGH with reasons."""
    customer = CustomerFactory.create(full_name=name, **fields)
    state = {
        "level": Level.HIGH,
        "score": 5.5,
        "segment": Segment.INCOME_SHOCK,
        "hardship": Hardship.INCOME_SHOCK,
    }
    CurrentRiskFactory.create(customer=customer, **state)
    AssessmentFactory.create(
        customer=customer,
        inputs={**QUIET_INPUTS, "salary_count": 0, "days_since_salary": 43, "atm_withdrawals_7d": 8},
        points={Signal.SALARY_GAP: 3.0, Signal.WITHDRAWAL_SPIKE: 1.5, Signal.SEGMENT: 1.0},
        hardships={"INCOME_SHOCK": {"salary_count": 0}},
        **state,
    )
    return customer
