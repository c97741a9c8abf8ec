"""Reading raw rows for moments of the past: pieces of days, schedules and payments, each with since when it was known.

A row is known from the later of when it happened and when the bank recorded it. Every customer has a sorted list of
moments; `width_bucket` finds by binary search how many of them lie before a row was known, which is the index of the
first at which it was. So one pass over the rows serves any number of moments.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings

from customers import tile_sql
from risk.arrays import Column, read_columns
from risk.features import Floats, Ints
from risk.model.as_of_merge import FACTS, Pieces

FOREVER = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Looks:
    """At whom to look, and when.

    Args:
        ids: the customers, sorted, each once.
        first_day, last_day: of each customer, the bank days of the first and the last moment.
        customer: of each moment, the index of its customer; moments are sorted by customer and time, each once.
        known_us: of each moment, the time in microseconds since 2000.
    """

    ids: Ints
    first_day: Ints
    last_day: Ints
    customer: Ints
    known_us: Ints

    def parameters(self) -> dict[str, Any]:
        """What the statements below need."""
        return {
            "ids": self.ids.tolist(),
            "first_days": self.first_day.tolist(),
            "last_days": self.last_day.tolist(),
            "moment_ids": self.ids[self.customer].tolist(),
            "moments": self.known_us.tolist(),
            "first_day": int(self.first_day.min()),
            "last_day": int(self.last_day.max()),
            "zone": settings.BANK_TIME_ZONE,
            "currency": settings.BANK_CURRENCY,
        }


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Instalments of all versions of the customers' schedules, one element each.

    Args:
        known_from, known_until: at which of the customer's moments its version was the latest known; the second is
            exclusive.
        started_day, closed_day: of the loan; `FOREVER` where it is not closed.
        closed_from: the first of the customer's moments after its closing day. Nothing says at what hour of it a loan
            was closed, nor when that was recorded: it is known when the day is over.
        Everything else is as in `Schedules`.
    """

    customer: Ints
    loan: Ints
    due_day: Ints
    amount: Floats
    cumulative_amount: Floats
    known_from: Ints
    known_until: Ints
    started_day: Ints
    closed_day: Ints
    closed_from: Ints


@dataclass(frozen=True, kw_only=True)
class Receipts:
    """Payments towards the customers' loans, one element each; names as in `Lines` and `Payments`."""

    customer: Ints
    loan: Ints
    day: Ints
    amount: Floats
    known_from: Ints
    started_day: Ints
    closed_day: Ints
    closed_from: Ints


def read_pieces(looks: Looks, *, days_back: int) -> Pieces:
    """Read the customers' days in pieces: all from so many days before the first moment on, and of older ones, however
    old, those with a flagged salary.
    """
    read = read_columns(_PIECE_COLUMNS, _PIECES, looks.parameters() | {"days_back": days_back})
    customer = np.searchsorted(looks.ids, read["customer_id"])
    order = np.lexsort((read["place"], read["day"], customer))
    return Pieces(
        customer=customer[order],
        day=read["day"][order],
        known_from=read["known_from"][order],
        facts={name: read[name][order] for name in FACTS},
    )


def read_lines(looks: Looks, *, days_back: int, days_ahead: int) -> Lines:
    """Read the instalments due from so many days before each customer's first moment to so many after the last."""
    parameters = looks.parameters() | {"days_back": days_back, "days_ahead": days_ahead}
    return Lines(**_indexed(looks, read_columns(_LINE_COLUMNS, _LINES, parameters)))


def read_receipts(looks: Looks) -> Receipts:
    """Read all payments that became known by the customers' last moments."""
    return Receipts(**_indexed(looks, read_columns(_RECEIPT_COLUMNS, _RECEIPTS, looks.parameters())))


def _indexed(looks: Looks, read: dict[str, Column]) -> dict[str, Column]:
    return {"customer": np.searchsorted(looks.ids, read.pop("customer_id")), **read}


# OFFSET 0, here and below: probes for the customers asked for, never a join that reads everybody's rows. The parameters
# `first_day` and `last_day` say once more what `wanted` says, so that the planner leaves out other months. Moments are
# a microsecond later here: width_bucket counts bounds that are equal, but what became known at a moment is known at it.
_DAY = "(date '2000-01-01' + {})"
_START = f"({_DAY}::timestamp AT TIME ZONE %(zone)s)"
_WANTED = f"""
WITH wanted AS MATERIALIZED (
    SELECT customer.id, first_day, last_day, after, {_START.format("last_day + 1")} AS until_at
    FROM unnest(%(ids)s::bigint[], %(first_days)s::int[], %(last_days)s::int[])
        AS customer(id, first_day, last_day)
    JOIN (
        SELECT id, array_agg(timestamptz '2000-01-01 00:00:00+00' + (at_us + 1) * interval '1 microsecond'
            ORDER BY at_us) AS after
        FROM unnest(%(moment_ids)s::bigint[], %(moments)s::bigint[]) AS moment(id, at_us) GROUP BY id
    ) moments USING (id)
)
"""  # noqa: S608 - our own words
_KNOWN_FROM = "width_bucket(greatest(entry.occurred_at, entry.recorded_at), wanted.after)"

_CLOSED_FROM = f"""coalesce(
    width_bucket((loan.closed_on + 1)::timestamp AT TIME ZONE %(zone)s, wanted.after), {FOREVER})"""

# Amounts of loans in other currencies cannot be compared with anything here.
_LOANS = """CROSS JOIN LATERAL (
    SELECT * FROM customers_loan WHERE customer_id = wanted.id AND currency = %(currency)s OFFSET 0
) loan
"""

_FACTS = ", ".join(f"entry.{name}" for name in tile_sql.FACTS)
# Where days of flagged salaries lie before the window, tiles only say where to look; what was known of them is found in
# their rows.
_ENTRIES = f"""
wanted CROSS JOIN LATERAL (
    SELECT {_FACTS}, {_KNOWN_FROM} AS known_from
    FROM customers_transaction entry
    WHERE entry.customer_id = wanted.id
        AND entry.occurred_at >= {_START.format("wanted.first_day - %(days_back)s")}
        AND entry.occurred_at < wanted.until_at
        AND entry.occurred_at >= {_START.format("%(first_day)s - %(days_back)s")}
        AND entry.occurred_at < {_START.format("%(last_day)s + 1")}
    UNION ALL
    SELECT {_FACTS}, {_KNOWN_FROM}
    FROM (
        SELECT day_on FROM customers_activitytile
        WHERE customer_id = wanted.id AND salary_count > 0
            AND day_on < {_DAY.format("wanted.first_day - %(days_back)s")}
        OFFSET 0
    ) paid
    CROSS JOIN LATERAL (
        SELECT * FROM customers_transaction
        WHERE customer_id = wanted.id AND occurred_at >= paid.day_on::timestamp AT TIME ZONE %(zone)s
            AND occurred_at < (paid.day_on + 1)::timestamp AT TIME ZONE %(zone)s
        OFFSET 0
    ) entry
) entry
WHERE known_from < cardinality(after)
"""  # noqa: S608 - our own words
# Pieces of one day by the balance they state last; ties as in tiles.
_PIECES = f"""(
{_WANTED}
SELECT *, row_number() OVER (
    PARTITION BY customer_id, day_on
    ORDER BY last_balance_at NULLS FIRST, last_balance_transaction_id COLLATE "C"
)::int AS place
FROM ({tile_sql.tile_select(_ENTRIES, ["known_from"])}) piece
) piece"""  # noqa: S608 - our own words
_OPTIONAL = {"last_balance_amount", "lowest_balance_amount"}
_PIECE_COLUMNS = {
    "customer_id": ("i8", "customer_id"),
    "day": ("i4", "day_on - date '2000-01-01'"),
    "known_from": ("i4", "known_from"),
    "place": ("i4", "place"),
    **{
        name: ("f8", f"coalesce({name}::float8, 'NaN')" if name in _OPTIONAL else f"{name}::float8")
        for name in FACTS
    },
}

# A version is known from its first line on, which is when the whole of it is: its lines are written together.
_LINES = f"""(
{_WANTED}
SELECT loan.customer_id, loan.id AS loan, line.due_on - date '2000-01-01' AS due_day, line.amount,
    line.cumulative_amount, version.known_from, version.known_until,
    loan.started_on - date '2000-01-01' AS started_day,
    coalesce(loan.closed_on - date '2000-01-01', {FOREVER}) AS closed_day, {_CLOSED_FROM} AS closed_from
FROM wanted
{_LOANS}CROSS JOIN LATERAL (
    SELECT version, known_from, coalesce(min(known_from) OVER (
        ORDER BY version ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), {FOREVER}) AS known_until
    FROM (
        SELECT version, width_bucket(min(recorded_at), wanted.after) AS known_from
        FROM customers_instalment WHERE customer_id = wanted.id AND loan_id = loan.id GROUP BY version
    ) known
) version
CROSS JOIN LATERAL (
    SELECT due_on, amount, cumulative_amount FROM customers_instalment
    WHERE customer_id = wanted.id AND loan_id = loan.id AND version = version.version
        AND due_on >= {_DAY.format("wanted.first_day - %(days_back)s")}
        AND due_on <= {_DAY.format("wanted.last_day + %(days_ahead)s")}
) line
WHERE version.known_from < least(version.known_until, cardinality(after))
) line"""  # noqa: S608 - our own words
_LINE_COLUMNS = {
    "customer_id": ("i8", "customer_id"),
    "loan": ("i8", "loan"),
    "due_day": ("i4", "due_day"),
    "amount": ("f8", "amount::float8"),
    "cumulative_amount": ("f8", "cumulative_amount::float8"),
    **{
        name: ("i4", name)
        for name in ("known_from", "known_until", "started_day", "closed_day", "closed_from")
    },
}

_RECEIPTS = f"""(
{_WANTED}
SELECT loan.customer_id, loan.id AS loan,
    (entry.occurred_at AT TIME ZONE %(zone)s)::date - date '2000-01-01' AS day, entry.amount,
    {_KNOWN_FROM} AS known_from, loan.started_on - date '2000-01-01' AS started_day,
    coalesce(loan.closed_on - date '2000-01-01', {FOREVER}) AS closed_day, {_CLOSED_FROM} AS closed_from
FROM wanted
{_LOANS}CROSS JOIN LATERAL (
    SELECT * FROM customers_instalmentpayment
    WHERE customer_id = wanted.id AND loan_id = loan.id AND occurred_at < wanted.until_at
    OFFSET 0
) entry
WHERE {_KNOWN_FROM} < cardinality(after)
) receipt"""  # noqa: S608 - our own words
_RECEIPT_COLUMNS = {
    "customer_id": ("i8", "customer_id"),
    "loan": ("i8", "loan"),
    "day": ("i4", "day"),
    "amount": ("f8", "amount::float8"),
    **{name: ("i4", name) for name in ("known_from", "started_day", "closed_day", "closed_from")},
}
