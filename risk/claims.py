"""Claiming work: customers with news first, then those a new bank day asks for. Locks in sorted order."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import connection

CHUNK = 2_000


@dataclass(frozen=True)
class Claim:
    """Customers that this transaction alone may refresh, sorted."""

    ids: list[int]
    appended_at: list[dt.datetime] = field(default_factory=list)
    with_repayments: list[int] = field(default_factory=list)


@dataclass
class Cursor:
    """Where the last claim of marks ended, so that under load no customer is always behind the others."""

    after: int = 0


def take_marked(cursor: Cursor, *, most: int = CHUNK) -> Claim | None:
    """Claim up to `most` marked customers after the cursor, wrapping round once; None when there are none.

    The marks are deleted here, at the start of the refresh's transaction. An event that commits meanwhile waits for
    this transaction with its own mark and leaves a new one (DO UPDATE), so it is never lost.
    """
    rows = _delete_marks(cursor.after, most)
    if not rows and cursor.after:
        rows = _delete_marks(0, most)
    if not rows:
        cursor.after = 0
        return None
    rows.sort()
    cursor.after = rows[-1][0] if len(rows) == most else 0
    return Claim(
        ids=[customer_id for customer_id, _, _ in rows],
        appended_at=[appended_at for _, appended_at, _ in rows if appended_at is not None],
        with_repayments=[customer_id for customer_id, _, has_repayment in rows if has_repayment],
    )


def take_range() -> Claim | None:
    """Claim one range of the running day evaluation; None when no range is left."""
    rows: list[tuple[int, dt.datetime | None, bool]] = []
    with connection.cursor() as cursor:
        while not rows:
            cursor.execute(_TAKE_RANGE)
            taken = cursor.fetchone()
            if taken is None:
                return None
            # Marking and deleting takes the same lock as an event's mark: nobody else refreshes these meanwhile.
            cursor.execute(_MARK_RANGE, taken)
            cursor.execute(_DELETE_RANGE_MARKS, taken)
            rows = sorted(cursor.fetchall())
    return Claim(
        ids=[customer_id for customer_id, _, _ in rows],
        appended_at=[appended_at for _, appended_at, _ in rows if appended_at is not None],
        with_repayments=[customer_id for customer_id, _, has_repayment in rows if has_repayment],
    )


def _delete_marks(after: int, most: int) -> list[tuple[int, dt.datetime | None, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_MARKS, [after, most])
        return list(cursor.fetchall())


_DELETE_MARKS = """
WITH claimed AS (
    SELECT customer_id FROM risk_dirtycustomer WHERE customer_id > %s
    ORDER BY customer_id LIMIT %s FOR UPDATE SKIP LOCKED
)
DELETE FROM risk_dirtycustomer mark USING claimed WHERE mark.customer_id = claimed.customer_id
RETURNING mark.customer_id, mark.appended_at, mark.has_repayment
"""
_TAKE_RANGE = """
DELETE FROM risk_dayrange WHERE id = (
    SELECT id FROM risk_dayrange ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING first_customer_id, last_customer_id
"""
_MARK_RANGE = """
INSERT INTO risk_dirtycustomer AS mark (customer_id)
SELECT id FROM customers_customer WHERE id BETWEEN %s AND %s ORDER BY id
ON CONFLICT (customer_id) DO UPDATE SET marked_at = mark.marked_at
"""
_DELETE_RANGE_MARKS = """
DELETE FROM risk_dirtycustomer WHERE customer_id BETWEEN %s AND %s
RETURNING customer_id, appended_at, has_repayment
"""
