"""Reads of the risk queue. The number of queries never depends on the number of rows."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, F, Q
from django.db.models.lookups import Exact
from django.utils import timezone

from customers import bank_clock, roles
from customers.models import Customer
from customers.models.customer import CustomerQuerySet
from interventions.console import paging
from interventions.console.filters import QueueAddress, QueueFilters
from interventions.console.queue_rows import QueueRow, queue_row
from interventions.models import Case, PolicyTemplate
from risk.levels import Level
from risk.model.on_reading import process_reader
from risk.models import Assessment, RiskTrendPoint

PAGE_SIZE = 50
COUNT_CAP = 1_000
# Up to so many customers are looked up and sorted; more are met soon enough by walking the queue in order.
FEW = 5_000
# What has a meaning of its own in a text search query.
NOT_IN_QUERIES = str.maketrans(dict.fromkeys("'\\&|!():*<>", " "))
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

    @property
    def order(self) -> paging.Key:
        """The queue's order, as expressions."""
        return paging.SORTED if self.are_few else paging.WALKED

    def in_queue(self, filters: QueueFilters) -> CustomerQuerySet:
        """Those of them whose risk the filters let through, in no order."""
        found = self.customers
        if self.are_few:
            # The limit is a fence: PostgreSQL finds them first and joins then.
            found = Customer.objects.filter(pk__in=found.values("pk")[: FEW + 1])
        found = found.filter(risk__isnull=False)
        if filters.level is not None:
            found = found.filter(Exact(-F("risk__level"), -filters.level))
        if filters.hardship is not None:
            found = found.filter(risk__hardship=filters.hardship)
        if filters.segment is not None:
            found = found.filter(risk__segment=filters.segment)
        return found


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
    """The page of the queue an address names, worst and soonest due first."""
    customers, has_previous, has_next = _customers_of_page(people, address)
    findings = _newest_assessments(customer.pk for customer in customers)
    actions = recommended_actions()
    cases = open_cases(customer.pk for customer in customers)
    today_on = bank_clock.today()
    rows = [
        queue_row(
            customer=customer,
            assessment=findings.get(customer.pk),
            is_open=customer.pk == address.open_id,
            reading=process_reader().read(customer.risk) if customer.pk == address.open_id else None,
            action=actions.get((customer.risk.hardship, customer.risk.level)),
            today_on=today_on,
            case=cases.get(customer.pk),
        )
        for customer in customers
    ]
    return QueuePage(rows=rows, has_previous=has_previous, has_next=has_next)


def matching_customers(*, user: User, filters: QueueFilters) -> People:
    """The customers a user may see whom the filters about the person let through, whatever their risk."""
    found = Customer.objects.visible_to(user)
    if roles.sees_everybody(user) and filters.is_about_risk_only:
        return People(found, are_few=False)
    if filters.city:
        found = found.filter(city=filters.city)
    if filters.employment:
        found = found.filter(employment=filters.employment)
    if filters.manager_id is not None:
        found = found.filter(assigned_rm_id=filters.manager_id)
    if filters.text:
        found = found.alias(words=SearchVector("full_name", config="simple")).filter(_matches(filters.text))
    return People(found, are_few=found[: FEW + 1].count() <= FEW)


def level_counts(*, user: User, filters: QueueFilters) -> LevelCounts | None:
    """Customers per level where counting is cheap, else None.

    Bank-wide they are the newest trend point's; for a relationship manager they are counted now.
    """
    if not filters.is_level_only:
        return None
    if roles.sees_everybody(user):
        return _trend_counts()
    own = matching_customers(user=user, filters=QueueFilters()).in_queue(QueueFilters())
    counted = dict(own.values_list("risk__level").annotate(customers=Count("pk")))
    return LevelCounts(by_level={level: counted.get(level, 0) for level in Level}, counted_at=None)


def capped_count(*, people: People, filters: QueueFilters) -> int:
    """How many of these people are in the queue the filters leave, but never more than COUNT_CAP + 1."""
    return people.in_queue(filters)[: COUNT_CAP + 1].count()


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
    """The open case of each customer who has one."""
    found = Case.objects.open().filter(customer_id__in=list(customer_ids)).select_related("assigned_to")
    return {case.customer_id: case for case in found}


def newest_assessment(customer: Customer) -> Assessment | None:
    """The last receipt of a customer, without what only a replay needs."""
    return _newest_assessments([customer.pk]).get(customer.pk)


def _customers_of_page(people: People, address: QueueAddress) -> tuple[list[Customer], bool, bool]:
    """The customers of a page, whether there is one before it, and whether there is one after it."""
    order = people.order
    found = people.in_queue(address.filters).select_related("risk", "assigned_rm")
    if address.before:
        backwards = found.filter(paging.ahead_of(address.before, order))
        taken = list(backwards.order_by(*(part.desc() for part in order))[: PAGE_SIZE + 1])
        return taken[:PAGE_SIZE][::-1], len(taken) > PAGE_SIZE, True
    if address.after:
        found = found.filter(paging.behind(address.after, order))
    taken = list(found.order_by(*order)[: PAGE_SIZE + 1])
    return taken[:PAGE_SIZE], address.after is not None, len(taken) > PAGE_SIZE


def _matches(text: str) -> Q:
    """A bank id by its beginning, or every word of the text as the beginning of a word of the name."""
    by_id = Q(bank_id__startswith=text)
    words = text.translate(NOT_IN_QUERIES).split()
    terms = " & ".join(f"'{word}':*" for word in words)
    return by_id | Q(words=SearchQuery(terms, config="simple", search_type="raw")) if terms else by_id


def _newest_assessments(customer_ids: Iterable[int]) -> dict[int, Assessment]:
    newest = (
        Assessment.objects.filter(customer_id__in=list(customer_ids))
        .defer("model_inputs")
        .order_by("customer_id", "-revision")
        .distinct("customer_id")
    )
    return {assessment.customer_id: assessment for assessment in newest}


def _trend_counts() -> LevelCounts | None:
    points = RiskTrendPoint.objects.filter(at__gte=timezone.now() - TREND_FRESH).order_by("-at", "level")[
        : len(Level)
    ]
    newest = [point for point in points if point.at == points[0].at]
    if not newest:
        return None
    counted = {point.level: point.customers for point in newest}
    return LevelCounts(by_level={level: counted.get(level, 0) for level in Level}, counted_at=newest[0].at)
