"""Concluded risk as it is stored, for the console's tests."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone
from factory.declarations import LazyFunction, SelfAttribute, SubFactory
from factory.django import DjangoModelFactory

from customers.tests.factories import CustomerFactory
from risk.levels import Hardship, Level, Segment, Signal
from risk.models import Assessment, CurrentRisk, Rulebook
from risk.rulebook import EQUILIBRATE_1

AS_OF_ON = dt.date(2026, 2, 17)
QUIET_INPUTS = {
    "txn_count": 60,
    "salary_count": 3,
    "days_since_salary": 16,
    "atm_withdrawals_7d": 1,
    "total_spend": 42000.0,
    "essential_spend": 25000.0,
    "discretionary_spend": 17000.0,
    "spending_change_pct": -4.0,
}


class RulebookFactory(DjangoModelFactory[Rulebook]):
    """The rulebook in force, made once."""

    class Meta:
        model = Rulebook
        django_get_or_create = ("version",)

    version = EQUILIBRATE_1.version
    content_hash = EQUILIBRATE_1.content_hash()
    content = EQUILIBRATE_1.as_json()


class CurrentRiskFactory(DjangoModelFactory[CurrentRisk]):
    """Somebody without trouble, due in ten days after AS_OF_ON."""

    class Meta:
        model = CurrentRisk

    customer = SubFactory(CustomerFactory)
    revision = 1
    level = Level.LOW
    score = 0.0
    segment = Segment.STABLE
    hardship = Hardship.NONE
    salary_gap_points = 0.0
    withdrawal_spike_points = 0.0
    spending_drop_points = 0.0
    survival_mode_points = 0.0
    segment_points = 0.0
    next_due_on = AS_OF_ON + dt.timedelta(days=10)
    next_due_amount = Decimal("11000.00")
    as_of_on = AS_OF_ON
    rulebook = SubFactory(RulebookFactory)
    evaluated_at = LazyFunction(timezone.now)
    changed_at = SelfAttribute("evaluated_at")


class AssessmentFactory(DjangoModelFactory[Assessment]):
    """The receipt that belongs to `CurrentRiskFactory`'s row."""

    class Meta:
        model = Assessment

    customer = SubFactory(CustomerFactory)
    revision = 1
    level = Level.LOW
    score = 0.0
    segment = Segment.STABLE
    hardship = Hardship.NONE
    inputs = QUIET_INPUTS
    points = dict.fromkeys(Signal.values, 0.0)
    hardships: dict[str, dict[str, float]] = {}
    as_of_on = AS_OF_ON
    rulebook = SubFactory(RulebookFactory)
    code_version = "test"
    assessed_at = LazyFunction(timezone.now)
