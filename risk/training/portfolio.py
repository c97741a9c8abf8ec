"""Whom a training set asks about, and when, chunk by chunk: everybody with a loan, or those of a label file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection

from customers.payments import payments_book
from risk.features import Ints, salary_days
from risk.model.as_of import Wanted
from risk.models import DirtyCustomer
from risk.rulebook import RulebookContent
from risk.training.dataset import place_of
from risk.training.label_file import LabelTable

# What a chunk reads grows with its customers times the days of each: so many are a few hundred megabytes.
CHUNK_DAYS = 600_000
MOST_CUSTOMERS = 2_000
EVERYBODY = 1.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A chunk of customers at their moments.

    Args:
        wanted: the customers and moments.
        buckets: of each element, the customer's bucket.
        labels: of each element, the label given; None where payments tell.
        customers: how many customers were passed to make it, those outside a sample among them.
    """

    wanted: Wanted
    buckets: Ints
    labels: Ints | None
    customers: int


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Everybody with a loan, at the same moments.

    Args:
        days: the bank days of the moments, as PostgreSQL counts dates.
        moments_us: the moments, in microseconds since 2000.
        share: which share of the customers, 0 to 1.
    """

    days: Ints
    moments_us: Ints
    share: float = EVERYBODY

    def count(self) -> int:
        """How many customers there are to pass."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT customer_id) FROM customers_loan")
            return int(cursor.fetchone()[0])

    def chunks(self, rules: RulebookContent) -> Iterator[Asked]:
        """Ask about everybody, in the order of ids."""
        most = customers_in_chunk(days=int(np.ptp(self.days)), rules=rules)
        after = 0
        while borrowers := _rows(_BORROWERS, after=after, most=most):
            after = borrowers[-1][0]
            places = [place_of(source=source, bank_id=bank_id) for _, source, bank_id in borrowers]
            chosen = np.array([place.share < self.share for place in places])
            ids = np.array([row[0] for row in borrowers], dtype=np.int64)[chosen]
            buckets = np.array([place.bucket for place in places], dtype=np.int64)[chosen]
            yield Asked(
                wanted=Wanted(
                    customer_id=np.repeat(ids, self.days.size),
                    as_of=np.tile(self.days, ids.size),
                    known_us=np.tile(self.moments_us, ids.size),
                ),
                buckets=np.repeat(buckets, self.days.size),
                labels=None,
                customers=len(borrowers),
            )


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """The customers and moments of a label file."""

    table: LabelTable

    def count(self) -> int:
        """How many customers there are to pass."""
        return self.table.customers()

    def chunks(self, rules: RulebookContent) -> Iterator[Asked]:
        """Ask about everybody in the file, in the order of ids."""
        most = customers_in_chunk(days=self.table.span_days(), rules=rules)
        after = 0
        while rows := _rows(self.table.chunk_sql(), after=after, most=most):
            customer_id, as_of, known_us, labels = np.array([row[:4] for row in rows], dtype=np.int64).T
            buckets = np.array([place_of(source=row[4], bank_id=row[5]).bucket for row in rows])
            after = int(customer_id[-1])
            yield Asked(
                wanted=Wanted(customer_id=customer_id, as_of=as_of, known_us=known_us),
                buckets=buckets,
                labels=labels,
                customers=np.unique(customer_id).size,
            )


def customers_in_chunk(*, days: int, rules: RulebookContent) -> int:
    """How many customers fit into a chunk whose moments span so many days."""
    return max(1, min(MOST_CUSTOMERS, CHUNK_DAYS // (days + salary_days(rules))))


def book_payments(ids: Sequence[int]) -> int:
    """Book the repayments of customers whose refresh has not done it yet; returns how many were new.

    Their marks say from when on there are some. They stay: a refresh finds nothing left to book, and evaluates them.
    """
    marks = DirtyCustomer.objects.filter(pk__in=ids, repayment_from__isnull=False)
    waiting = marks.values_list("pk", "repayment_from")
    return payments_book(since={customer_id: since for customer_id, since in waiting if since})


def _rows(statement: str, *, after: int, most: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"after": after, "most": most})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


# The bound stands in both halves, or a merge of the two would begin at the first loan of all every time.
_BORROWERS = """
SELECT id, source, bank_id FROM customers_customer customer
WHERE id > %(after)s AND EXISTS (
    SELECT FROM customers_loan WHERE customer_id = customer.id AND customer_id > %(after)s
)
ORDER BY id LIMIT %(most)s
"""
