"""A customer's transactions, page by page. Bounded by customer and days: the table has a part for each month."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleLessThan

from customers import bank_clock
from customers.models import Customer, Transaction
from interventions.console.profile.address import Place, TransactionFilters

PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class TransactionPage:
    """One page, the newest first.

    Args:
        next_query: the address of what is behind it; "" where nothing is.
        earlier_query: the address of as many days before these.
    """

    rows: list[Transaction]
    next_query: str
    earlier_query: str


def transaction_page(customer: Customer, filters: TransactionFilters) -> TransactionPage:
    """The page an address names. One query."""
    taken = list(_matching(customer, filters)[: PAGE_SIZE + 1])
    rows = taken[:PAGE_SIZE]
    last = Place(rows[-1].occurred_at, rows[-1].transaction_id) if len(taken) > PAGE_SIZE else None
    length = filters.last_on - filters.first_on
    before = {
        "from": (filters.first_on - length - dt.timedelta(days=1)).isoformat(),
        "to": (filters.first_on - dt.timedelta(days=1)).isoformat(),
    }
    return TransactionPage(
        rows=rows,
        next_query=filters.query(after=last.encode()) if last else "",
        earlier_query=filters.query(**before),
    )


def _matching(customer: Customer, filters: TransactionFilters) -> QuerySet[Transaction]:
    found = Transaction.objects.filter(
        customer_id=customer.pk,
        occurred_at__gte=bank_clock.start_of(filters.first_on),
        occurred_at__lt=bank_clock.start_of(filters.last_on + dt.timedelta(days=1)),
    )
    for name, value in (
        ("kind", filters.kind),
        ("transaction_type", filters.direction),
        ("status", filters.status),
        ("amount__gte", filters.least),
        ("amount__lte", filters.most),
    ):
        if value not in ("", None):
            found = found.filter(**{name: value})
    if filters.text:
        found = found.filter(_contains(filters.text))
    if filters.after:
        key = (filters.after.occurred_at, filters.after.transaction_id)
        # The moment by itself too, so that parts of later months are not looked at.
        found = found.filter(
            TupleLessThan(("occurred_at", "transaction_id"), key), occurred_at__lte=filters.after.occurred_at
        )
    return found.order_by("-occurred_at", "-transaction_id")


def _contains(text: str) -> Q:
    return (
        Q(merchant__icontains=text)
        | Q(merchant_category__icontains=text.replace(" ", "_"))
        | Q(channel__icontains=text)
        | Q(transaction_id=text)
    )
