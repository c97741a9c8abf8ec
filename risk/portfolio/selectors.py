"""Reads of the counts: the whole bank's as they were last stored, a relationship manager's as they are now."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from customers import bank_clock, roles
from customers.models import Customer
from customers.models.customer import CustomerQuerySet
from risk.levels import Hardship, Level
from risk.models import Assessment, CurrentRisk
from risk.models.assessment import LEVEL_CHANGED
from risk.portfolio import counting
from risk.portfolio.cohorts import DueCohort, Was, due_between, week_before
from risk.portfolio.cuts import BY_DAY, Cut, Dimension

# Of cities, employments and managers so many are shown by themselves; the rest together.
MOST_SHOWN = 12
LONG = frozenset({Dimension.CITY, Dimension.EMPLOYMENT, Dimension.MANAGER})
# Counts come once a minute; older than this, nobody may be counting any more.
STALE_AFTER = dt.timedelta(minutes=3)


@dataclass(frozen=True)
class Counted:
    """How many customers, as of a moment of the wall clock; None: now."""

    customers: int
    counted_at: dt.datetime | None


class Group(NamedTuple):
    """The customers of one value at one level."""

    customers: int = 0
    spoken_of: int = 0
    expected_loss_amount: Decimal = Decimal(0)

    def plus(self, other: "Group") -> "Group":
        """Both together."""
        return Group(
            self.customers + other.customers,
            self.spoken_of + other.spoken_of,
            self.expected_loss_amount + other.expected_loss_amount,
        )


# By value, None being all beyond those that are shown by themselves; by level.
Groups = Mapping[str | None, Mapping[Level, Group]]


@dataclass(frozen=True)
class Portfolio:
    """Everybody whom a reader sees, counted by every dimension.

    Args:
        groups: by dimension; values in the order of their place.
        counted_at: by the wall clock; None: now.
        day_on: the bank day by which days were counted.
    """

    groups: Mapping[Dimension, Groups]
    counted_at: dt.datetime | None
    day_on: dt.date

    @property
    def customers(self) -> int:
        """All of them."""
        of_hardships = self.groups.get(Dimension.HARDSHIP, {}).values()
        return sum(group.customers for levels in of_hardships for group in levels.values())

    @property
    def is_stale(self) -> bool:
        """Whether it was counted a while ago."""
        return is_stale(self.counted_at)

    @property
    def is_of_today(self) -> bool:
        """Whether the bank's day is still the one by which days were counted."""
        return self.day_on == bank_clock.today()


def is_stale(counted_at: dt.datetime | None) -> bool:
    """Whether counts are of a while ago; None: of now."""
    return counted_at is not None and timezone.now() - counted_at > STALE_AFTER


def portfolio(user: User) -> Portfolio | None:
    """The portfolio that a user sees; None where the bank has not been counted yet. One query."""
    if not roles.sees_everybody(user):
        today = bank_clock.today()
        return Portfolio(_grouped(_shortened(counting.count_of_manager(user.pk, today))), None, today)
    with connection.cursor() as cursor:
        cursor.execute(_STORED, {"long": [each.value for each in LONG], "most": MOST_SHOWN})
        rows = cursor.fetchall()
    if not rows:
        return None
    found = _grouped(
        (Dimension(dimension), value, Level(level), Group(customers, spoken, Decimal(loss).scaleb(-2)))
        for _at, _on, dimension, value, level, customers, spoken, loss in rows
        if dimension is not None
    )
    return Portfolio(found, *rows[0][:2])


def count_of(*, user: User, cut: Cut) -> Counted | None:
    """How many customers whom a user sees a cut leaves; None where that is not stored. At most one query.

    What was counted by another bank's day is not stored of this one.
    """
    if not roles.sees_everybody(user):
        return Counted(_own(user, cut).count(), None)
    chosen = cut.chosen
    if len(chosen) > 1:
        return None
    # Everybody has one hardship, if only none: all of them together are everybody.
    dimension, value = next(iter(chosen.items()), (Dimension.HARDSHIP, None))
    levels = [int(level) for level in cut.levels or Level]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"dimension": dimension.value, "value": value, "levels": levels})
        row = cursor.fetchone()
    if row is None or (dimension in BY_DAY and row[1] != bank_clock.today()):
        return None
    return Counted(row[2], row[0])


@dataclass(frozen=True)
class OwnCounts:
    """A relationship manager's customers as they are now: how many stand at a level with a hardship."""

    customers: Mapping[tuple[Level, Hardship], int]

    @property
    def by_level(self) -> dict[Level, int]:
        return {
            level: sum(self.customers.get((level, hardship), 0) for hardship in Hardship) for level in Level
        }

    @property
    def by_hardship(self) -> dict[Hardship, int]:
        return {
            hardship: sum(self.customers.get((level, hardship), 0) for level in Level)
            for hardship in Hardship
        }


def own_counts(user: User) -> OwnCounts | None:
    """One look at each customer a relationship manager has; None for whoever sees the whole bank, without a query."""
    if roles.sees_everybody(user):
        return None
    if not roles.is_relationship_manager(user):
        return OwnCounts({})
    own = CurrentRisk.objects.filter(customer_id__in=Customer.objects.ids_visible_to(user))
    found = own.values_list("level", "hardship").annotate(Count("pk")).order_by()
    return OwnCounts({(Level(level), Hardship(hardship)): number for level, hardship, number in found})


def levels_of(user: User) -> tuple[dict[Level, int], dt.datetime | None] | None:
    """How many customers whom a user sees stand at each level, and as of when; None: now. One query.

    Returns:
        None where the bank has not been counted yet.
    """
    none = dict.fromkeys(Level, 0)
    if (own := own_counts(user)) is not None:
        return own.by_level, None
    with connection.cursor() as cursor:
        cursor.execute(_LEVELS, {"dimension": Dimension.HARDSHIP.value})
        rows = cursor.fetchall()
    if not rows:
        return None
    return none | {Level(level): customers for _at, level, customers in rows if level}, rows[0][0]


def _own(user: User, cut: Cut) -> CustomerQuerySet:
    """A relationship manager's customers whom a cut leaves."""
    today, found = bank_clock.today(), Customer.objects.visible_to(user).filter(risk__isnull=False)
    equal = {
        "risk__level__in": list(cut.levels) or None,
        "risk__hardship": cut.hardship,
        "risk__segment": cut.segment,
        "city": cut.city or None,
        "employment": cut.employment or None,
        "assigned_rm_id": cut.manager_id,
    }
    found = found.filter(**{name: value for name, value in equal.items() if value is not None})
    if cut.due:
        found = found.filter(due_condition(cut.due, today))
    if cut.was:
        found = found.filter(was_condition(cut.was, today, cut.levels))
    return found


def due_condition(cohort: DueCohort, today: dt.date) -> Q:
    """The customers of a cohort by due date, as a condition on customers."""
    if cohort is DueCohort.NONE:
        return Q(risk__next_due_on__isnull=True)
    first, last = due_between(cohort, today)
    begun = Q(risk__next_due_on__gte=first) if first else Q()
    return begun & (Q(risk__next_due_on__lte=last) if last else Q(risk__next_due_on__isnull=False))


def was_condition(was: Was, today: dt.date, levels: frozenset[Level] = frozenset()) -> Q:
    """The customers who stood at a level a week ago, or were not known yet, as a condition on customers.

    Args:
        was: The level of a week ago.
        today: The bank's day.
        levels: The levels of now that are asked for besides; empty for any. It leaves out what cannot be.
    """
    changes = Assessment.objects.filter(LEVEL_CHANGED, as_of_on__gt=week_before(today))
    earlier = changes.filter(customer_id=OuterRef("customer_id"), revision__lt=OuterRef("revision"))
    first = changes.filter(~Exists(earlier))
    if was.level is None:
        # The first receipt of all is the first of the week.
        return Q(pk__in=first.filter(previous_level__isnull=True).values("customer_id"))
    moved = Q(pk__in=first.filter(previous_level=was.level).values("customer_id"))
    if levels and was.level not in levels:
        return moved
    stayed = Q(~Exists(changes.filter(customer_id=OuterRef("pk"))), risk__level=was.level)
    return moved | stayed


_STORED = """
SELECT counting.counted_at, counting.day_on, stored.dimension, stored.value, stored.level, stored.customers,
    stored.spoken_of, stored.expected_loss
FROM risk_portfoliocounting counting LEFT JOIN (
    SELECT dimension, CASE WHEN dimension <> ALL (%(long)s) OR place <= %(most)s THEN value END AS value, level,
        min(place) AS place, sum(customers)::bigint AS customers, sum(spoken_of)::bigint AS spoken_of,
        sum(expected_loss_amount)::bigint AS expected_loss
    FROM risk_portfoliocount GROUP BY 1, 2, 3
) stored ON true
ORDER BY stored.dimension, stored.place, stored.value, stored.level
"""
_COUNT = """
SELECT counting.counted_at, counting.day_on, (
    SELECT coalesce(sum(customers), 0)::bigint FROM risk_portfoliocount
    WHERE dimension = %(dimension)s AND (%(value)s::text IS NULL OR value = %(value)s) AND level = ANY(%(levels)s)
)
FROM risk_portfoliocounting counting
"""


_LEVELS = """
SELECT counting.counted_at, stored.level, sum(stored.customers)::bigint
FROM risk_portfoliocounting counting LEFT JOIN risk_portfoliocount stored ON stored.dimension = %(dimension)s
GROUP BY 1, 2
"""


Line = tuple[Dimension, str | None, Level, Group]


def _shortened(tallies: Iterable[counting.Tally]) -> Iterator[Line]:
    """Each count, under None where its value is beyond those that are shown by themselves; in the order of places."""
    for each in sorted(tallies, key=lambda tally: (tally.dimension, tally.place)):
        is_shown = each.dimension not in LONG or each.place <= MOST_SHOWN
        group = Group(each.customers, each.spoken_of, each.amount)
        yield each.dimension, each.value if is_shown else None, each.level, group


def _grouped(lines: Iterable[Line]) -> dict[Dimension, dict[str | None, dict[Level, Group]]]:
    found: dict[Dimension, dict[str | None, dict[Level, Group]]] = {}
    for dimension, value, level, group in lines:
        levels = found.setdefault(dimension, {}).setdefault(value, {})
        levels[level] = levels.get(level, Group()).plus(group)
    return found
