"""Claiming work: customers with news and ranges of a new bank day, by turns. Locks in sorted order."""

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection

from risk.log_positions import LogPosition

CHUNK = 2_000


@dataclass(frozen=True)
class Claim:
    """Customers that this transaction alone may refresh, sorted.

    Attributes:
        ids: the customers.
        appended_at: when the first event of each that has any was appended to the event log.
        repayments_from: from which moment on there may be repayments to book, by customer.
        day_on: the bank day that asks for it, None where news do.
        log_positions: up to where in the event log the news of each that has any go, by customer.
    """

    ids: list[int]
    appended_at: list[dt.datetime] = field(default_factory=list)
    repayments_from: dict[int, dt.datetime] = field(default_factory=dict)
    day_on: dt.date | None = None
    log_positions: dict[int, LogPosition] = field(default_factory=dict)

    def halves(self) -> list["Claim"]:
        """Two claims of half the customers each. When their events arrived is left out: it is measured once."""
        middle = len(self.ids) // 2
        return [
            Claim(
                ids=ids,
                repayments_from={
                    each: self.repayments_from[each] for each in ids if each in self.repayments_from
                },
                day_on=self.day_on,
                log_positions={each: self.log_positions[each] for each in ids if each in self.log_positions},
            )
            for ids in (self.ids[:middle], self.ids[middle:])
        ]


class Mark(NamedTuple):
    """What waits for one customer (`risk.models.DirtyCustomer`)."""

    customer_id: int
    appended_at: dt.datetime | None
    repayment_from: dt.datetime | None
    log_id: int | None
    log_position: int | None


@dataclass
class Cursor:
    """Where the last claim of marks ended, so that under load no customer is always behind the others."""

    after: int = 0


def take_marked(cursor: Cursor, *, most: int = CHUNK) -> Claim | None:
    """Claim up to `most` marked customers after the cursor, wrapping round once; None when there are none.

    The marks are deleted here, at the start of the refresh's transaction. An event that commits meanwhile waits for
    this transaction with its own mark and leaves a new one (DO UPDATE), so it is never lost.
    """
    marks = _delete_marks(cursor.after, most)
    if not marks and cursor.after:
        marks = _delete_marks(0, most)
    if not marks:
        cursor.after = 0
        return None
    marks.sort()
    cursor.after = marks[-1].customer_id if len(marks) == most else 0
    return _claim_of(marks, day_on=None)


def take_range() -> Claim | None:
    """Claim one range of the running day evaluation; None when no range is left."""
    marks: list[Mark] = []
    with connection.cursor() as cursor:
        while not marks:
            cursor.execute(_TAKE_RANGE)
            taken = cursor.fetchone()
            if taken is None:
                return None
            # Marking and deleting takes the same lock as an event's mark: nobody else refreshes these meanwhile.
            day_on, *extent = taken
            cursor.execute(_MARK_RANGE, extent)
            cursor.execute(_DELETE_RANGE_MARKS, extent)
            marks = sorted(map(Mark._make, cursor.fetchall()))
    return _claim_of(marks, day_on=day_on)


def set_aside(claim: Claim, *, error: str) -> None:
    """Give a claim's marks back, to be passed over until news come or the next bank day; with why."""
    repayments_from = [claim.repayments_from.get(each) for each in claim.ids]
    known_to = [claim.log_positions.get(each) for each in claim.ids]
    with connection.cursor() as cursor:
        cursor.execute(
            _SET_ASIDE,
            {
                "ids": claim.ids,
                "repayments_from": repayments_from,
                "log_ids": [known[0] if known else None for known in known_to],
                "log_positions": [known[1] if known else None for known in known_to],
                "error": error,
            },
        )


def mark_failed_by_model(*, most: int = CHUNK) -> None:
    """Mark up to `most` customers whom the model could not score, to be evaluated again."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK_FAILED, [most])


def _claim_of(marks: list[Mark], *, day_on: dt.date | None) -> Claim:
    return Claim(
        ids=[mark.customer_id for mark in marks],
        appended_at=[mark.appended_at for mark in marks if mark.appended_at],
        repayments_from={mark.customer_id: mark.repayment_from for mark in marks if mark.repayment_from},
        day_on=day_on,
        log_positions={
            mark.customer_id: LogPosition(mark.log_id, mark.log_position)
            for mark in marks
            if mark.log_id is not None and mark.log_position is not None
        },
    )


def _delete_marks(after: int, most: int) -> list[Mark]:
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_MARKS, [after, most])
        return [Mark(*row) for row in cursor.fetchall()]


_DELETE_MARKS = """
WITH claimed AS (
    SELECT customer_id FROM risk_dirtycustomer WHERE customer_id > %s AND failed_at IS NULL
    ORDER BY customer_id LIMIT %s FOR UPDATE SKIP LOCKED
)
DELETE FROM risk_dirtycustomer mark USING claimed WHERE mark.customer_id = claimed.customer_id
RETURNING mark.customer_id, mark.appended_at, mark.repayment_from, mark.log_id, mark.log_position
"""
_TAKE_RANGE = """
DELETE FROM risk_dayrange WHERE id = (
    SELECT id FROM risk_dayrange ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING evaluation_id, first_customer_id, last_customer_id
"""
_MARK_RANGE = """
INSERT INTO risk_dirtycustomer AS mark (customer_id)
SELECT id FROM customers_customer WHERE id BETWEEN %s AND %s ORDER BY id
ON CONFLICT (customer_id) DO UPDATE SET marked_at = mark.marked_at
"""
_DELETE_RANGE_MARKS = """
DELETE FROM risk_dirtycustomer WHERE customer_id BETWEEN %s AND %s
RETURNING customer_id, appended_at, repayment_from, log_id, log_position
"""
# Those evaluated least recently first: the same few are not tried again and again in place of the others.
_MARK_FAILED = """
INSERT INTO risk_dirtycustomer AS mark (customer_id)
SELECT customer_id FROM (
    SELECT customer_id FROM risk_currentrisk WHERE model_failed ORDER BY evaluated_at LIMIT %s
) failed ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET marked_at = mark.marked_at
"""
_SET_ASIDE = """
INSERT INTO risk_dirtycustomer AS mark (customer_id, repayment_from, log_id, log_position, failed_at, error)
SELECT customer_id, repayment_from, log_id, log_position, clock_timestamp(), %(error)s
FROM unnest(
    %(ids)s::bigint[], %(repayments_from)s::timestamptz[], %(log_ids)s::int[], %(log_positions)s::bigint[]
) AS failed(customer_id, repayment_from, log_id, log_position)
ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET failed_at = excluded.failed_at, error = excluded.error
"""
