"""A small bank whose customers differ in everything that is counted, and what Python counts of them."""

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.contrib.auth.models import Group, User

from customers import bank_clock, roles
from customers.models import Customer
from customers.tests.factories import CustomerFactory, LoanFactory
from interventions.tests.factories import AssessmentFactory, CurrentRiskFactory
from risk.levels import Hardship, Level, Segment
from risk.models import Assessment, CurrentRisk
from risk.portfolio.cohorts import LAST_DAYS, DueCohort, Was
from risk.portfolio.cuts import Dimension

Key = tuple[Dimension, str, Level]
CITIES = ["", *(f"City {number:02d}" for number in range(16)), "=Formula"]
EMPLOYMENTS = ["", "SALARIED", "SELF_EMPLOYED", "GIG"]


def managers(count: int = 3) -> list[User]:
    """Relationship managers, made once."""
    group = Group.objects.get(name=roles.RELATIONSHIP_MANAGERS)
    made = []
    for number in range(count):
        user, is_new = User.objects.get_or_create(
            username=f"manager{number}", first_name="Meera", last_name=str(number)
        )
        if is_new:
            user.groups.add(group)
        made.append(user)
    return made


def bank(size: int, *, seed: int = 1, has_model: bool = True) -> list[User]:
    """Customers of every kind; the managers who look after some of them."""
    chance, today, people = random.Random(seed), bank_clock.today(), managers()  # noqa: S311 - no secret
    for _number in range(size):
        customer = CustomerFactory.create(
            city=chance.choice(CITIES),
            employment=chance.choice(EMPLOYMENTS),
            assigned_rm=chance.choice([None, *people]),
            covering_rm=chance.choice([None, None, None, *people]),
        )
        for _loan in range(chance.choice([0, 1, 1, 2])):
            LoanFactory.create(
                customer=customer,
                outstanding_amount=Decimal(chance.randrange(0, 50_000_000)) / 100,
                loss_given_default_prob=chance.choice([0.0, 0.3, 0.45, 1.0]),
                closed_on=chance.choice([None, None, today, today + dt.timedelta(days=1)]),
            )
        _history(customer, chance, today, is_spoken_of=has_model and chance.random() < 0.7)
    return people


def _history(customer: Customer, chance: random.Random, today: dt.date, *, is_spoken_of: bool) -> None:
    """Receipts over three weeks, and the risk that they end in."""
    days = sorted(chance.choices(range(21), k=chance.choice([1, 1, 2, 4])), reverse=True)
    before: Level | None = None
    for revision, days_ago in enumerate(days, start=1):
        level = chance.choice([Level.LOW, Level.LOW, Level.MEDIUM, Level.HIGH])
        AssessmentFactory.create(
            customer=customer,
            revision=revision,
            level=level,
            previous_level=before,
            as_of_on=today - dt.timedelta(days=days_ago),
        )
        before = level
    due_on = chance.choice([None, *(today + dt.timedelta(days=day) for day in range(-9, 40))])
    # A version is looked up by nobody here.
    scored = {"model_id": 1, "probability": chance.random(), "band": Level.LOW} if is_spoken_of else {}
    CurrentRiskFactory.create(
        customer=customer,
        revision=len(days),
        level=before,
        hardship=chance.choice(Hardship.values),
        segment=chance.choice(Segment.values),
        next_due_on=due_on,
        **scored,
    )


def cohort_of(*, due_on: dt.date | None, today: dt.date) -> DueCohort:
    """The cohort of a due date, one by one.

    Args:
        due_on: The oldest instalment that payments do not cover; None where nothing is due.
        today: The bank's day.
    """
    if due_on is None:
        return DueCohort.NONE
    days = (due_on - today).days
    return next((cohort for cohort, last in LAST_DAYS.items() if days <= last), DueCohort.LATER)


def counted(customers: Iterable[Customer]) -> dict[Key, tuple[int, int, float]]:
    """Customers, those the model speaks of, and their expected loss, as a loop in Python finds them."""
    today = bank_clock.today()
    people: Counter[Key] = Counter()
    spoken: Counter[Key] = Counter()
    loss: defaultdict[Key, float] = defaultdict(float)
    for customer in customers:
        risk = CurrentRisk.objects.get(customer=customer)
        values = {
            Dimension.HARDSHIP: risk.hardship,
            Dimension.SEGMENT: risk.segment,
            Dimension.CITY: customer.city,
            Dimension.EMPLOYMENT: customer.employment,
            Dimension.MANAGER: customer.assigned_rm_id or "",
            Dimension.DUE: cohort_of(due_on=risk.next_due_on, today=today).value,
            Dimension.WAS: was(customer, today).value,
        }
        for dimension, value in values.items():
            key = (dimension, str(value), Level(risk.level))
            people[key] += 1
            if risk.probability is not None:
                spoken[key] += 1
                loss[key] += risk.probability * _at_stake(customer, today)
    return {key: (people[key], spoken[key], loss[key]) for key in people}


def was(customer: Customer, today: dt.date) -> Was:
    """The level after the last receipt that a week has passed since."""
    old = Assessment.objects.filter(customer=customer, as_of_on__lte=today - dt.timedelta(days=7))
    last = old.order_by("-revision").first()
    return Was[Level(last.level).name] if last else Was.NEW


def _at_stake(customer: Customer, today: dt.date) -> float:
    return sum(
        float(loan.outstanding_amount) * loan.loss_given_default_prob
        for loan in customer.loans.all()
        if loan.closed_on is None or loan.closed_on > today
    )
