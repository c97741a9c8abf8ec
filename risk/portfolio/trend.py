"""Levels over time: the whole bank's from its trend points, a relationship manager's from the receipts."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from django.contrib.auth.models import User
from django.db import connection

from customers import roles
from risk.levels import Hardship, Level
from risk.portfolio.counting import LEVEL_CHANGED
from risk.portfolio.selectors import OwnCounts


@dataclass(frozen=True)
class Window:
    """A stretch of the wall clock until now, in steps."""

    length: dt.timedelta
    step: dt.timedelta

    def ends(self, now: dt.datetime) -> list[dt.datetime]:
        """The ends of its steps, the last one now."""
        count = self.length // self.step
        return [now - self.step * number for number in range(count, -1, -1)]


HALF_HOUR = Window(dt.timedelta(minutes=30), dt.timedelta(minutes=1))
DAY = Window(dt.timedelta(hours=24), dt.timedelta(minutes=15))
QUARTER = Window(dt.timedelta(days=90), dt.timedelta(days=1))


@dataclass(frozen=True)
class Point:
    """How many customers stood at each level at a moment; None where nobody counted, or was assessed, by then."""

    at: dt.datetime
    customers: dict[Level, int] | None


@dataclass(frozen=True)
class OwnTrend:
    """A relationship manager's customers: as they stand now, and their levels over time."""

    now: OwnCounts
    points: list[Point]


def trend(*, user: User, window: Window, now: dt.datetime) -> list[Point]:
    """The levels of whom a user sees, at the end of each step of a window. One query.

    Of the bank they are what was counted last within the step, at the moment of the count. Of a relationship manager's
    customers of now they are what the receipts say of that moment.

    Args:
        user: Who reads.
        window: Which stretch.
        now: The wall clock.
    """
    if (own := own_trend(user=user, window=window, now=now)) is not None:
        return own.points
    ends = window.ends(now)
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, {"ends": ends, "step_seconds": window.step.total_seconds()})
        rows = cursor.fetchall()
    return _begun([_point(list(of_step)) for _until, of_step in groupby(rows, key=itemgetter(0))])


def own_trend(*, user: User, window: Window, now: dt.datetime) -> OwnTrend | None:
    """A relationship manager's customers now and over time, in one look at each of them.

    Args:
        user: Who reads.
        window: Which stretch.
        now: The wall clock.

    Returns:
        None for whoever sees the whole bank, without a query.
    """
    return None if roles.sees_everybody(user) else _from_receipts(user.pk, window.ends(now))


def _point(rows: list[tuple[dt.datetime, dt.datetime | None, int, int]]) -> Point:
    """One step's rows: a level in each, or nothing but its end."""
    until, counted_at = rows[0][:2]
    if counted_at is None:
        return Point(until, None)
    return Point(counted_at, dict.fromkeys(Level, 0) | {Level(row[2]): row[3] for row in rows})


def _from_receipts(manager_id: int, ends: Sequence[dt.datetime]) -> OwnTrend:
    """From now backwards: before a change, the customer stood at the level it went away from."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, {"manager": manager_id, "ends": list(ends)})
        rows = cursor.fetchall()
    standing = dict.fromkeys(Level, 0)
    points: list[Point] = []
    by_end: dict[int, list[tuple[int, int]]] = {}
    now: dict[tuple[Level, Hardship], int] = {}
    for behind, level, hardship, customers in rows:
        by_end.setdefault(behind, []).append((level, customers))
        if hardship is not None:
            now[Level(level), Hardship(hardship)] = customers
    for number in range(len(ends), 0, -1):
        for level, customers in by_end.get(number, []):
            standing[Level(level)] += customers
        points.append(Point(ends[number - 1], dict(standing)))
    return OwnTrend(OwnCounts(now), _begun(points[::-1]))


def _begun(points: list[Point]) -> list[Point]:
    """Without the noughts from before anybody was assessed: they would say that all of them came at once.

    Of whom nobody ever is assessed in the window, nothing is said but the last point: they are none, now.
    """
    first = next(
        (number for number, point in enumerate(points) if any((point.customers or {}).values())), None
    )
    kept = len(points) - 1 if first is None else first
    return [Point(point.at, None) if number < kept else point for number, point in enumerate(points)]


# For each step its newest minute, by an index on (at, level), instead of a scan over every minute of 90 days.
_POINTS = """
SELECT step.until, newest.at, point.level, point.customers
FROM unnest(%(ends)s::timestamptz[]) AS step(until)
LEFT JOIN LATERAL (
    SELECT at FROM risk_risktrendpoint
    WHERE at > step.until - make_interval(secs => %(step_seconds)s) AND at <= step.until ORDER BY at DESC LIMIT 1
) newest ON true
LEFT JOIN risk_risktrendpoint point ON point.at = newest.at
ORDER BY step.until
"""
# Under the number of ends and with a hardship: what stands now. Under k, without one: the changes from end k on and
# before end k + 1, undone.
_CHANGES = f"""
WITH own AS MATERIALIZED (
    SELECT customer_id AS id, level, hardship, changed_at FROM risk_currentrisk WHERE customer_id IN (
        SELECT id FROM customers_customer WHERE assigned_rm_id = %(manager)s
        UNION ALL SELECT id FROM customers_customer WHERE covering_rm_id = %(manager)s
    )
), changes AS MATERIALIZED (
    -- The risk knows when the newest receipt was written: of whom nothing changed since, none is read.
    SELECT receipt.* FROM own CROSS JOIN LATERAL (
        SELECT assessed_at, level, previous_level FROM risk_assessment
        WHERE customer_id = own.id AND assessed_at >= (%(ends)s::timestamptz[])[1]
            AND {LEVEL_CHANGED}
    ) receipt
    WHERE own.changed_at >= (%(ends)s::timestamptz[])[1]
), steps AS (
    SELECT width_bucket(assessed_at, %(ends)s::timestamptz[]) AS behind, level, previous_level FROM changes
)
SELECT cardinality(%(ends)s::timestamptz[]), level, hardship, count(*) FROM own GROUP BY level, hardship
UNION ALL SELECT behind, level, NULL, -count(*) FROM steps GROUP BY behind, level
UNION ALL SELECT behind, previous_level, NULL, count(*) FROM steps WHERE previous_level IS NOT NULL
GROUP BY behind, previous_level
"""  # noqa: S608 - our own words
