"""Months of the partitioned tables: made ahead of time, detached when retention allows."""

import datetime as dt
from collections.abc import Iterable

from django.db import connection
from psycopg import sql

TRANSACTIONS = "customers_transaction"
SNAPSHOTS = "risk_featuresnapshot"
MONTHS_AHEAD = 2


def month_of(moment: dt.datetime) -> dt.date:
    """The month, in UTC, whose partition holds a moment."""
    return moment.astimezone(dt.UTC).date().replace(day=1)


def ensure_months(*, table: str, months: Iterable[dt.date]) -> None:
    """Create the partitions of a table that do not exist yet; safe to repeat and to run at the same time twice.

    Holds up neither readers nor writers. Not inside a transaction that goes on: until it ends, nobody else can make
    or detach a month of the table.
    """
    wanted = sorted(set(months))
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT equilibrate_ensure_month(%s, month) FROM unnest(%s::date[]) month", [table, wanted]
            )


def ensure_ahead(*, now: dt.datetime) -> None:
    """Create the partitions of this month and the next ones, in every partitioned table."""
    months = [month_of(now)]
    for _ in range(MONTHS_AHEAD):
        months.append((months[-1] + dt.timedelta(days=32)).replace(day=1))
    for table in (TRANSACTIONS, SNAPSHOTS):
        ensure_months(table=table, months=months)


def expired(*, table: str, before: dt.date) -> list[str]:
    """The partitions of a table whose whole month lies before a day, oldest first.

    One whose detaching was interrupted stands before all: until it is finished, the table lets no other go.
    """
    last_kept = f"{table}_{before.replace(day=1):%Y%m}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"
            " ORDER BY inhdetachpending DESC, 1",
            [table],
        )
        return [name for (name,) in cursor.fetchall() if name < last_kept]


def detach(*, table: str, partition: str) -> None:
    """Take a month out of its table, waiting for nobody; its rows stay in a table of their own, to archive or drop.

    Finishes a detaching that was interrupted. Needs the owner's role, and must not run inside a transaction.
    """
    statement = sql.SQL("ALTER TABLE {} DETACH PARTITION {} {}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = %s::regclass", [partition])
        is_interrupted = cursor.fetchone() == (True,)
        how = sql.SQL("FINALIZE" if is_interrupted else "CONCURRENTLY")
        cursor.execute(statement.format(sql.Identifier(table), sql.Identifier(partition), how))
