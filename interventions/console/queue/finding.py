"""Whom the filters leave, and the way to find them in the queue that suits their number."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThanOrEqual, In, LessThan, LessThanOrEqual

from customers import bank_clock, roles
from customers.models import Customer
from customers.models.customer import CustomerQuerySet
from interventions.console import paging
from interventions.console.filters import QueueFilters
from interventions.console.names import named
from interventions.console.paging import Sort, Stretch
from risk.models import CurrentRisk
from risk.models.assessment import NEVER_DUE_ON
from risk.portfolio import selectors as portfolio
from risk.portfolio.cohorts import DueCohort, due_between

# Up to so many customers are looked up and sorted; more are met soon enough by walking the queue in order.
FEW = 5_000
# Up to so many are named to the database by their numbers.
NAMED_ONE_BY_ONE = 500


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
        return _called(named(found, filters.text))
    return People(found, are_few=found[: FEW + 1].count() <= FEW)


def _called(found: CustomerQuerySet) -> People:
    """Those found by a text, looked for once: their words are compared for whoever has no index to be found by."""
    ids = list(found.values_list("pk", flat=True)[: FEW + 1])
    if len(ids) <= NAMED_ONE_BY_ONE:
        return People(Customer.objects.filter(pk__in=ids), are_few=True)
    return People(found, are_few=len(ids) <= FEW)


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
