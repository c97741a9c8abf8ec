"""Finding a customer: by id, name, city and employment, and those one has looked at lately."""

import datetime as dt
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from audit.models import AuditEvent
from customers import bank_clock
from customers.models import Customer
from interventions.console import selectors
from interventions.console.filters import QueueFilters, id_of
from interventions.console.profile.address import text_of
from interventions.console.queue import finding
from interventions.models import Case
from risk.models import CurrentRisk

PAGE_SIZE = 50
REMEMBERED = 10
# Views are many, but each is of one reader: so many of the newest are looked through, and no further back.
LOOKED_THROUGH = 300
LOOKED_BACK = dt.timedelta(days=30)
VIEWED = ("customer.viewed", "case.viewed")


@dataclass(frozen=True, kw_only=True)
class SearchAddress:
    """What is searched for; "" means any."""

    text: str = ""
    city: str = ""
    employment: str = ""
    after: int | None = None

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Read an address; what cannot be understood is left out."""
        return cls(
            text=text_of(query, "q"),
            city=text_of(query, "city"),
            employment=text_of(query, "employment"),
            after=id_of(query.get("after", "")),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is searched for."""
        return not (self.text or self.city or self.employment)

    def query(self, after: int | None = None) -> str:
        """The canonical query string, with its question mark."""
        named = {"q": self.text, "city": self.city, "employment": self.employment, "after": after or ""}
        return "?" + urlencode({name: value for name, value in named.items() if value})

    @property
    def first_page(self) -> str:
        """The same search from its beginning."""
        return self.query()


@dataclass(frozen=True, kw_only=True)
class Found:
    """One customer, ready to show; `risk` is None where nobody has been able to assess them yet."""

    customer: Customer
    risk: CurrentRisk | None
    case: Case | None
    due_days: int | None
    seen_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FoundPage:
    """One page of a search."""

    rows: list[Found]
    next_query: str


def search(*, user: User, address: SearchAddress) -> FoundPage:
    """The customers a search names, by our own number. Four queries, however many there are."""
    filters = QueueFilters(text=address.text, city=address.city, employment=address.employment)
    people = finding.matching_customers(user=user, filters=filters)
    found: QuerySet[Customer] = people.customers
    if people.are_few:
        # The limit is a fence: PostgreSQL finds them first and sorts then.
        found = Customer.objects.filter(pk__in=found.values("pk")[: finding.FEW + 1])
    if address.after:
        found = found.filter(pk__gt=address.after)
    taken = list(found.select_related("risk", "assigned_rm").order_by("pk")[: PAGE_SIZE + 1])
    rows = _rows(taken[:PAGE_SIZE])
    has_next = len(taken) > PAGE_SIZE
    return FoundPage(rows=rows, next_query=address.query(taken[PAGE_SIZE - 1].pk) if has_next else "")


def last_seen(user: User) -> list[Found]:
    """The customers a user has looked at lately and may still see, the last first. Three queries."""
    events = AuditEvent.objects.filter(actor=user, recorded_at__gte=timezone.now() - LOOKED_BACK)
    viewed = events.order_by("-recorded_at", "-id").values_list("customer_key", "action", "recorded_at")
    seen: dict[int, dt.datetime] = {}
    for key, action, at in viewed[:LOOKED_THROUGH]:
        if action in VIEWED and key.isdigit() and len(seen) < REMEMBERED:
            seen.setdefault(int(key), at)
    customers = Customer.objects.visible_to(user).select_related("risk", "assigned_rm").in_bulk(list(seen))
    return _rows([customers[pk] for pk in seen if pk in customers], seen)


def _rows(customers: list[Customer], seen: dict[int, dt.datetime] | None = None) -> list[Found]:
    cases = selectors.open_cases(customer.pk for customer in customers)
    today_on = bank_clock.today()
    return [
        Found(
            customer=customer,
            risk=risk,
            case=cases.get(customer.pk),
            due_days=(risk.next_due_on - today_on).days if risk and risk.next_due_on else None,
            seen_at=(seen or {}).get(customer.pk),
        )
        for customer in customers
        for risk in [getattr(customer, "risk", None)]
    ]
