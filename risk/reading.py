"""What a refresh reads: tiles, the previous risk, identities, due dates. Always for a sorted list of customers."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.db import connection

from customers import bank_clock
from risk.arrays import array_of, read_columns
from risk.features import NO_DAY, Floats, Ints, Tiles, salary_days, tile_days
from risk.levels import Signal
from risk.log_positions import LogPositions
from risk.rulebook import RulebookContent

# A salary that is no longer ago than this is not late by any rule of ours (a test compares it with the rulebook).
NOT_LATE_DAYS = 30
# Beyond it, nobody knows of a salary, and no statement makes one.
SALARY_KNOWN_DAYS = 90
POSTGRES_DAY_ZERO = dt.date(2000, 1, 1)
NEVER = 0


def day_number(day: dt.date) -> int:
    """A bank day as PostgreSQL counts dates."""
    return (day - POSTGRES_DAY_ZERO).days


@dataclass(frozen=True)
class Previous:
    """The risk before this refresh, one element per customer; revision 0 where there was none.

    Where no model spoke, `model_id` and `band` are 0 and `probability` is NaN.
    """

    revision: Ints
    level: Ints
    model_id: Ints
    probability: Floats
    band: Ints
    hardship: Ints
    half_points: dict[Signal, Ints]
    last_salary_day: Ints
    changed_us: Ints
    log_positions: LogPositions


class Identity(NamedTuple):
    """What names a customer outside the database, and who looks after them."""

    source: str
    bank_id: str
    assigned_rm_id: int | None
    covering_rm_id: int | None = None


class Due(NamedTuple):
    """The oldest instalment that payments do not cover."""

    due_on: dt.date
    amount: int


def plan_for_chunks() -> None:
    """Tell the planner what it cannot know: a chunk's rows lie in memory, and a chunk is one core's work.

    Without it, a chunk of two thousand customers was answered by a parallel scan of everybody's tiles. Lasts for the
    present transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 1.1; SET LOCAL max_parallel_workers_per_gather = 0")


def read_tiles(
    *, ids: list[int], as_of: dt.date, rules: RulebookContent, first: dt.date | None = None
) -> Tiles:
    """The tiles that the features need; `customer` is the index into `ids`.

    Args:
        ids: The customers, sorted.
        as_of: The day at which windows end.
        rules: The rulebook.
        first: Read so that windows may also end at any day from this one on.
    """
    begin = first or as_of
    read = read_columns(
        _TILE_COLUMNS,
        _TILES,
        {
            "ids": array_of(ids),
            "as_of": as_of,
            "full_from": begin - dt.timedelta(days=tile_days(rules)),
            "salaries_from": begin - dt.timedelta(days=salary_days(rules)),
        },
    )
    facts = {name: read[name].astype(np.float64) for name in _TILE_FACTS}
    return Tiles(
        customer=np.searchsorted(np.asarray(ids, dtype=np.int64), read["customer_id"]),
        day=read["day"],
        **facts,
    )


def read_previous(*, ids: list[int], as_of: dt.date) -> Previous:
    """The risk as it stands, and the last flagged salary ever known, in the order of `ids`.

    While a pay day lies ahead that the customer stated and a colleague confirmed, the last salary counts as no longer
    ago than one that is not late. It takes a salary among the last 90 days.
    """
    read = read_columns(_PREVIOUS_COLUMNS, _PREVIOUS, {"ids": array_of(ids), "as_of": as_of})
    order = np.argsort(read["id"])
    read = {name: column[order] for name, column in read.items()}
    return Previous(
        revision=read["revision"],
        level=read["level"],
        model_id=read["model_id"],
        probability=read["probability"],
        band=read["band"],
        hardship=read["hardship"],
        half_points={signal: read[signal.value] for signal in Signal},
        last_salary_day=np.where(read["last_salary"] == NEVER, NO_DAY, read["last_salary"]),
        changed_us=read["changed_us"],
        log_positions=LogPositions(read["log_id"], read["log_position"]),
    )


def read_identities(ids: list[int]) -> list[Identity]:
    """Who the customers are, in the order of `ids`."""
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITIES, [array_of(ids)])
        return [Identity(*row) for row in cursor.fetchall()]


def read_dues(*, ids: list[int], as_of: dt.date) -> dict[int, Due]:
    """The next instalment to be paid of each customer with a loan, by customer id.

    Payments cover the schedule oldest first; those after the day `as_of` do not count yet. Where not a single payment
    of a loan is known, its history is unknown rather than unpaid, and the next instalment is the next by the calendar.
    A loan is left out from the day on which it is closed.
    """
    until = bank_clock.start_of(as_of + dt.timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(_DUES, {"ids": array_of(ids), "as_of": as_of, "until": until})
        return {customer_id: Due(due_on, int(amount)) for customer_id, due_on, amount in cursor.fetchall()}


_TILE_FACTS = {
    "txn_count": "i4",
    "debit_amount": "i8",
    "credit_amount": "i8",
    "essential_amount": "i8",
    "discretionary_amount": "i8",
    "cash_count": "i4",
    "salary_count": "i4",
    "largest_unflagged_credit_amount": "i8",
}
_TILE_COLUMNS = {
    "customer_id": ("i8", "customer_id"),
    "day": ("i4", "day_on - date '2000-01-01'"),
    **{name: (kind, name) for name, kind in _TILE_FACTS.items()},
}
_TILES = """
unnest(%(ids)s::bigint[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT * FROM customers_activitytile
    WHERE customer_id = wanted.id AND day_on > %(salaries_from)s AND day_on <= %(as_of)s
        AND (day_on > %(full_from)s OR salary_count > 0 OR largest_unflagged_credit_amount > 0)
) tile
"""

_PREVIOUS_COLUMNS = {
    "id": ("i8", "wanted.id"),
    "revision": ("i8", "coalesce(risk.revision, 0)"),
    "level": ("i2", "coalesce(risk.level, 0::smallint)"),
    "model_id": ("i8", "coalesce(risk.model_id, 0)"),
    "probability": ("f8", "coalesce(risk.probability, 'NaN')"),
    "band": ("i2", "coalesce(risk.band, 0::smallint)"),
    "hardship": ("i2", "coalesce(risk.hardship, -1::smallint)"),
    "last_salary": ("i4", "coalesce(greatest(paid.day_on, stated.day_on) - date '2000-01-01', 0)"),
    "changed_us": ("i8", "coalesce((extract(epoch FROM risk.changed_at) * 1000000)::bigint, 0)"),
    "log_id": ("i4", "coalesce(risk.log_id, 0)"),
    "log_position": ("i8", "coalesce(risk.log_position, 0)"),
    **{
        signal.value: ("i2", f"(2 * coalesce(risk.{signal.value}_points, -1))::smallint") for signal in Signal
    },
}
_PREVIOUS = f"""
unnest(%(ids)s::bigint[]) AS wanted(id)
LEFT JOIN risk_currentrisk risk ON risk.customer_id = wanted.id
LEFT JOIN LATERAL (
    SELECT day_on FROM customers_activitytile
    WHERE customer_id = wanted.id AND salary_count > 0 AND day_on <= %(as_of)s
    ORDER BY day_on DESC LIMIT 1
) paid ON true
LEFT JOIN LATERAL (
    SELECT %(as_of)s::date - {NOT_LATE_DAYS} AS day_on FROM customers_statedpayday pay
    WHERE pay.customer_id = wanted.id AND pay.pay_on >= %(as_of)s
        AND paid.day_on > %(as_of)s::date - {SALARY_KNOWN_DAYS}
) stated ON true
"""

_IDENTITIES = """
SELECT source, bank_id, assigned_rm_id, covering_rm_id FROM customers_customer WHERE id = ANY(%s::bigint[]) ORDER BY id
"""

_DUES = """
SELECT DISTINCT ON (loan.customer_id) loan.customer_id, next.due_on, next.amount
FROM customers_loan loan
CROSS JOIN LATERAL (
    SELECT sum(amount) AS amount FROM customers_instalmentpayment payment
    WHERE payment.customer_id = loan.customer_id AND payment.loan_id = loan.id
        AND payment.occurred_at < %(until)s
) paid
CROSS JOIN LATERAL (
    SELECT due_on, least(amount, cumulative_amount - coalesce(paid.amount, 0)) AS amount
    FROM customers_instalment instalment
    WHERE instalment.customer_id = loan.customer_id AND instalment.loan_id = loan.id
        AND instalment.version = loan.schedule_version
        AND CASE WHEN paid.amount IS NULL THEN due_on >= %(as_of)s ELSE cumulative_amount > paid.amount END
    ORDER BY number LIMIT 1
) next
WHERE loan.customer_id = ANY(%(ids)s::bigint[]) AND (loan.closed_on IS NULL OR loan.closed_on > %(as_of)s)
ORDER BY loan.customer_id, next.due_on, loan.id
"""
