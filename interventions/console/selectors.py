"""Reads of the risk queue. The number of queries never depends on the number of rows."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThanOrEqual, In, LessThan, LessThanOrEqual
from django.utils import timezone

from customers import bank_clock, roles
from customers.models import Customer
from customers.models.customer import CustomerQuerySet
from interventions.answering import asks
from interventions.console import paging
from interventions.console.case_conditions import IS_HELD_OUT
from interventions.console.case_words import Sla, sla_of
from interventions.console.filters import QueueAddress, QueueFilters
from interventions.console.names import named
from interventions.console.paging import ORDERS, Position, Sort, Stretch
from interventions.console.queue_rows import QueueRow, queue_row
from interventions.models import Case, PolicyTemplate
from risk.levels import Level
from risk.model.on_reading import process_reader
from risk.models import Assessment, CurrentRisk, RiskTrendPoint
from risk.models.assessment import NEVER_DUE_ON
from risk.portfolio import selectors as portfolio
from risk.portfolio.cohorts import DueCohort, due_between

PAGE_SIZE = 50
COUNT_CAP = 1_000
# Up to so many customers are looked up and sorted; more are met soon enough by walking the queue in order.
FEW = 5_000
# Trend points come once a minute; older than this they are history, not counts.
TREND_FRESH = dt.timedelta(minutes=3)


@dataclass(frozen=True, kw_only=True)
class QueuePage:
    """One page of the queue."""

    rows: list[QueueRow]
    has_previous: bool
    has_next: bool

    @property
    def has_drafts(self) -> bool:
        """Whether an action shown has not been approved."""
        return any(row.action and row.action.state == PolicyTemplate.State.DRAFT for row in self.rows)


@dataclass(frozen=True)
class People:
    """Customers found by who they are, and the way to find them in the queue that suits their number."""

    customers: CustomerQuerySet
    are_few: bool

    def order(self, stretch: Stretch) -> paging.Key:
        """A stretch's order, as expressions."""
        return paging.fenced(stretch.expressions) if self.are_few else stretch.expressions

    def in_queue(self, filters: QueueFilters) -> CustomerQuerySet:
        """Those of them whose risk the filters let through, in no order."""
        found = self.customers
        if self.are_few:
            # The limit is a fence: PostgreSQL finds them first and joins then.
            found = Customer.objects.filter(pk__in=found.values("pk")[: FEW + 1])
        return _at_risk(found, filters)


@dataclass(frozen=True, kw_only=True)
class LevelCounts:
    """How many customers stand at each level, as of a moment (None: now)."""

    by_level: dict[Level, int]
    counted_at: dt.datetime | None

    @property
    def total(self) -> int:
        """Customers at any level."""
        return sum(self.by_level.values())


def queue_page(*, people: People, address: QueueAddress) -> QueuePage:
    """The page of the queue an address names."""
    customers, has_previous, has_next = _customers_of_page(people, address)
    rows = queue_rows(customers, open_id=address.open_id)
    return QueuePage(rows=rows, has_previous=has_previous, has_next=has_next)


def queue_rows(customers: list[Customer], *, open_id: int | None = None) -> list[QueueRow]:
    """The rows of customers with `risk` and `assigned_rm` at hand. Three queries."""
    findings = newest_assessments(customer.pk for customer in customers)
    actions = recommended_actions()
    cases = open_cases(customer.pk for customer in customers)
    now = bank_clock.now()
    today_on = bank_clock.day_of(now)
    return [
        queue_row(
            customer=customer,
            assessment=findings.get(customer.pk),
            is_open=customer.pk == open_id,
            reading=process_reader().read(customer.risk) if customer.pk == open_id else None,
            action=actions.get((customer.risk.hardship, customer.risk.level)),
            today_on=today_on,
            case=cases.get(customer.pk),
            sla=_sla(cases.get(customer.pk), now),
        )
        for customer in customers
    ]


def matching_customers(*, user: User, filters: QueueFilters, sort: Sort = Sort.WORST) -> People:
    """The customers a user may see whom the filters about the person let through, whatever their risk."""
    found = Customer.objects.visible_to(user)
    if roles.sees_everybody(user) and filters.is_about_risk_only:
        if not _is_worth_counting(filters, sort):
            return People(found, are_few=False)
        are_few = _are_few(filters)
        return People(_at_risk(found, filters) if are_few else found, are_few=are_few)
    if filters.city:
        found = found.filter(city=filters.city)
    if filters.employment:
        found = found.filter(employment=filters.employment)
    if filters.manager_id is not None:
        found = found.filter(assigned_rm_id=filters.manager_id)
    if filters.text:
        found = named(found, filters.text)
    return People(found, are_few=found[: FEW + 1].count() <= FEW)


def level_counts(*, user: User, filters: QueueFilters) -> LevelCounts | None:
    """Customers per level where counting is cheap, else None.

    Bank-wide they are the stored ones of the charts, or the newest trend point's where there are none; for a
    relationship manager they are counted now.
    """
    if not filters.is_level_only:
        return None
    found = portfolio.levels_of(user)
    if found is None:
        return _trend_counts()
    by_level, counted_at = found
    return LevelCounts(by_level=by_level, counted_at=counted_at)


@dataclass(frozen=True)
class Matched:
    """How many customers the filters leave.

    Args:
        customers: so many, or more than so many.
        is_more: whether there are more.
        counted_at: as of when, by the wall clock; None: now.
    """

    customers: int
    is_more: bool = False
    counted_at: dt.datetime | None = None


def matched(*, user: User, people: People, filters: QueueFilters) -> Matched:
    """How many customers the filters leave: of the bank the very number of the charts, else counted now.

    At most two queries.
    """
    cut = filters.cut
    if cut is not None and roles.sees_everybody(user):
        stored = portfolio.count_of(user=user, cut=cut)
        if stored is not None:
            return Matched(stored.customers, counted_at=stored.counted_at)
    most = FEW if people.are_few else COUNT_CAP
    found = people.in_queue(filters)[: most + 1].count()
    return Matched(min(found, most), is_more=found > most)


def matching_ids(*, people: People, address: QueueAddress, most: int) -> list[int]:
    """The customers of an address from the first page on, in its order, at most so many."""
    found: list[int] = []
    for stretch in ORDERS[address.sort]:
        order = people.order(stretch)
        ordered = _ordered(_in_stretch(people.in_queue(address.filters), stretch), stretch, order)
        found += ordered.values_list("pk", flat=True)[: most - len(found)]
        if len(found) >= most:
            break
    return found


def recommended_actions() -> dict[tuple[int, int], PolicyTemplate]:
    """The policy for each hardship × level: the active one, else the newest draft."""
    templates = PolicyTemplate.objects.filter(
        state__in=[PolicyTemplate.State.ACTIVE, PolicyTemplate.State.DRAFT]
    ).order_by("version")
    found: dict[tuple[int, int], PolicyTemplate] = {}
    for template in templates:
        known = found.get((template.hardship, template.level))
        if known is None or known.state != PolicyTemplate.State.ACTIVE:
            found[template.hardship, template.level] = template
    return found


def open_cases(customer_ids: Iterable[int]) -> dict[int, Case]:
    """The open case of each customer who has one, with `is_held_out`, and what they asked for on their page."""
    found = Case.objects.open().filter(customer_id__in=list(customer_ids)).select_related("assigned_to")
    found = found.annotate(
        is_held_out=IS_HELD_OUT,
        wants_talk=asks.WANTS_TALK,
        has_to_confirm=asks.HAS_TO_CONFIRM,
    )
    return {case.customer_id: case for case in found}


def newest_assessment(customer: Customer) -> Assessment | None:
    """The last receipt of a customer, without what only a replay needs."""
    return newest_assessments([customer.pk]).get(customer.pk)


def newest_assessments(customer_ids: Iterable[int]) -> dict[int, Assessment]:
    """The last receipt of each of these customers, without what only a replay needs."""
    newest = (
        Assessment.objects.filter(customer_id__in=list(customer_ids))
        .defer("model_inputs")
        .order_by("customer_id", "-revision")
        .distinct("customer_id")
    )
    return {assessment.customer_id: assessment for assessment in newest}


def _sla(case: Case | None, now: dt.datetime) -> Sla | None:
    return sla_of(case, now=now, is_held_out=case.is_held_out) if case else None  # type: ignore[attr-defined]


def _at_risk(found: CustomerQuerySet, filters: QueueFilters) -> CustomerQuerySet:
    """Those whose risk the filters let through."""
    found = found.filter(_conditions(filters, "risk__"), risk__isnull=False)
    if filters.was is not None:
        found = found.filter(portfolio.was_condition(filters.was, bank_clock.today(), filters.levels))
    return found


def _are_few(filters: QueueFilters) -> bool:
    """Whether few of the whole bank are left; customers themselves are read only where a filter asks about them."""
    if filters.was is None:
        return CurrentRisk.objects.filter(_conditions(filters, ""))[: FEW + 1].count() <= FEW
    return _at_risk(Customer.objects.all(), filters)[: FEW + 1].count() <= FEW


def _conditions(filters: QueueFilters, prefix: str) -> Q:
    """What is asked of a risk that is reached by this prefix, in the expressions of the orders and their indexes."""
    found = Q()
    if len(filters.levels) == 1:
        [level] = filters.levels
        found &= Q(Exact(-F(f"{prefix}level"), -level))
    elif filters.levels:
        found &= Q(In(-F(f"{prefix}level"), [-level for level in filters.levels]))
    if filters.hardship is not None:
        found &= Q(**{f"{prefix}hardship": filters.hardship})
    if filters.segment is not None:
        found &= Q(**{f"{prefix}segment": filters.segment})
    if filters.due is not None:
        found &= _due(filters.due, bank_clock.today(), paging.due_on(prefix))
    return found


def _due(cohort: DueCohort, today: dt.date, due_on: Coalesce) -> Q:
    """The cohort's due dates."""
    if cohort is DueCohort.NONE:
        return Q(Exact(due_on, NEVER_DUE_ON))
    first, last = due_between(cohort, today)
    ends = Q(LessThanOrEqual(due_on, last)) if last else Q(LessThan(due_on, NEVER_DUE_ON))
    return ends & Q(GreaterThanOrEqual(due_on, first)) if first else ends


def _is_worth_counting(filters: QueueFilters, sort: Sort) -> bool:
    """Whether so few may be left that walking the queue in this order would not meet them soon."""
    is_rare = filters.due is not None or filters.was is not None
    return is_rare or (sort != Sort.WORST and not filters.is_empty)


def _customers_of_page(people: People, address: QueueAddress) -> tuple[list[Customer], bool, bool]:
    """The customers of a page, whether there is one before it, and whether there is one after it."""
    found = people.in_queue(address.filters).select_related("risk", "assigned_rm")
    before, after = _named(address.before), _named(address.after)
    if before:
        taken = _taken(people, found, ORDERS[address.sort][::-1], before, is_backwards=True)
        return taken[:PAGE_SIZE][::-1], len(taken) > PAGE_SIZE, True
    taken = _taken(people, found, ORDERS[address.sort], after, is_backwards=False)
    return taken[:PAGE_SIZE], after is not None, len(taken) > PAGE_SIZE


def _taken(
    people: People,
    found: CustomerQuerySet,
    stretches: tuple[Stretch, ...],
    position: Position | None,
    *,
    is_backwards: bool,
) -> list[Customer]:
    """A page of customers and one more, from a position on. One query a stretch at most."""
    taken: list[Customer] = []
    own = ORDERS[position.sort][position.stretch] if position else stretches[0]
    for stretch in stretches[stretches.index(own) :]:
        order = people.order(stretch)
        within = _in_stretch(found, stretch)
        if position and stretch is own:
            beyond = paging.ahead_of if is_backwards else paging.behind
            within = within.filter(beyond(stretch, position, order))
        ordered = _ordered(within, stretch, order)
        page = (ordered.reverse() if is_backwards else ordered)[: PAGE_SIZE + 1 - len(taken)]
        taken += _by_number(page) if stretch.is_sorted_anew else page
        if len(taken) > PAGE_SIZE:
            break
    return taken


def _by_number(page: CustomerQuerySet) -> list[Customer]:
    """The same customers, in the same order: numbers alone are sorted, and only a page of customers is read."""
    numbers = list(page.values_list("pk", flat=True))
    found = Customer.objects.select_related("risk", "assigned_rm").in_bulk(numbers)
    return [found[number] for number in numbers]


def _in_stretch(found: CustomerQuerySet, stretch: Stretch) -> CustomerQuerySet:
    return found.filter(stretch.condition) if stretch.condition else found


def _ordered(found: CustomerQuerySet, stretch: Stretch, order: paging.Key) -> CustomerQuerySet:
    return found.order_by(*(part.desc() if stretch.is_descending else part.asc() for part in order))


def _named(position: Position | None) -> Position | None:
    """A position with the name that is in no URL; None where there is no such customer."""
    if position is None or not position.wants_name:
        return position
    name = Customer.objects.filter(pk=position.customer_id).values_list("full_name", flat=True).first()
    return None if name is None else position.with_name(name)


def _trend_counts() -> LevelCounts | None:
    points = RiskTrendPoint.objects.filter(at__gte=timezone.now() - TREND_FRESH).order_by("-at", "level")[
        : len(Level)
    ]
    newest = [point for point in points if point.at == points[0].at]
    if not newest:
        return None
    counted = {point.level: point.customers for point in newest}
    return LevelCounts(by_level={level: counted.get(level, 0) for level in Level}, counted_at=newest[0].at)
