"""What a rulebook would have concluded on each of many days, of some customers: for a what-if. Reads, never writes.

Tiles are today's knowledge: what arrived late counts from its own day on. The model is not asked again; the bands that
assessments hold stand in for it.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from risk.arrays import array_of, read_columns
from risk.evaluation import NO_BAND, evaluate
from risk.features import NO_DAY, Ints, Tiles, salary_days, tile_days
from risk.reading import day_number, read_tiles
from risk.rulebook import RulebookContent

SEED = 5
Grid = NDArray[np.int8]


@dataclass(frozen=True)
class Drawn:
    """Customers drawn evenly from the portfolio, and how many there are in all."""

    ids: list[int]
    portfolio: int


@dataclass(frozen=True)
class OverDays:
    """Level and primary hardship by day (rows) and customer (columns)."""

    level: Grid
    hardship: Grid


def draw(*, most: int, seed: int = SEED) -> Drawn:
    """Up to so many customers; the same of the same portfolio each time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customers_customer")
        (portfolio,) = cursor.fetchone()
        cursor.execute(_DRAWN, [seed, most])
        return Drawn(sorted(each for (each,) in cursor.fetchall()), portfolio)


@dataclass(frozen=True)
class History:
    """What is read once of some customers, for any number of days and rulebooks."""

    tiles: Tiles
    flagged_before: Ints
    bands: Grid
    first: int
    days: int


def read_history(*, ids: list[int], until: dt.date, days: int, rulebooks: list[RulebookContent]) -> History:
    """Read tiles, salaries and bands.

    Args:
        ids: The customers, sorted.
        until: The last day.
        days: How many days, the last one among them.
        rulebooks: Whose windows must be covered.
    """
    first = until - dt.timedelta(days=days - 1)
    longest = max(rulebooks, key=lambda rules: (salary_days(rules), tile_days(rules)))
    widest = max(rulebooks, key=tile_days)
    begin = first - dt.timedelta(days=max(0, tile_days(widest) - tile_days(longest)))
    return History(
        tiles=read_tiles(ids=ids, as_of=until, rules=longest, first=begin),
        flagged_before=_last_salary(ids, begin - dt.timedelta(days=salary_days(longest))),
        bands=_bands(ids, first, days),
        first=day_number(first),
        days=days,
    )


def conclude_over_days(history: History, *, rules: RulebookContent) -> OverDays:
    """Evaluate every customer as of each day."""
    count = len(history.flagged_before)
    level = np.zeros((history.days, count), dtype=np.int8)
    primary = np.zeros((history.days, count), dtype=np.int8)
    for index in range(history.days):
        as_of = history.first + index
        tiles = _between(history.tiles, as_of - salary_days(rules), as_of)
        found = evaluate(
            tiles=tiles, customers=count, as_of=as_of, last_salary_day=_known(history, as_of), rules=rules
        )
        level[index] = np.maximum(found.score.level, history.bands[index])
        primary[index] = found.hardships
    return OverDays(level, primary)


def _between(tiles: Tiles, after: int, until: int) -> Tiles:
    wanted = (tiles.day > after) & (tiles.day <= until)
    columns: dict[str, Any] = {name: values[wanted] for name, values in vars(tiles).items()}
    return Tiles(**columns)


def _known(history: History, as_of: int) -> Ints:
    """The last flagged salary known on a day, however long ago."""
    last = history.flagged_before.copy()
    tiles = history.tiles
    paid = (tiles.salary_count > 0) & (tiles.day <= as_of)
    np.maximum.at(last, tiles.customer[paid], tiles.day[paid])
    return last


def _last_salary(ids: list[int], until: dt.date) -> Ints:
    read = read_columns(_SALARY_COLUMNS, _SALARY, {"ids": array_of(ids), "until": until})
    found = np.full(len(ids), NO_DAY, dtype=np.int64)
    found[np.searchsorted(np.asarray(ids), read["customer_id"])] = read["day"]
    return found


def _bands(ids: list[int], first: dt.date, days: int) -> Grid:
    """The model's band as receipts hold it: each from its day on, until the next."""
    found = np.full((days, len(ids)), NO_BAND, dtype=np.int8)
    until = first + dt.timedelta(days=days - 1)
    read = read_columns(_BAND_COLUMNS, _BANDS, {"ids": array_of(ids), "first": first, "until": until})
    order = np.lexsort((read["revision"], read["customer_id"]))
    places = np.searchsorted(np.asarray(ids), read["customer_id"][order])
    since = np.maximum(read["day"][order] - day_number(first), 0)
    for place, day, band in zip(places.tolist(), since.tolist(), read["band"][order].tolist(), strict=True):
        found[day:, place] = band
    return found


_DRAWN = "SELECT id FROM customers_customer ORDER BY hashint8extended(id, %s), id LIMIT %s"
_SALARY_COLUMNS = {
    "customer_id": ("i8", "wanted.id"),
    "day": ("i4", "paid.day_on - date '2000-01-01'"),
}
_SALARY = """
unnest(%(ids)s::bigint[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT day_on FROM customers_activitytile
    WHERE customer_id = wanted.id AND salary_count > 0 AND day_on <= %(until)s
    ORDER BY day_on DESC LIMIT 1
) paid
"""
_BAND_COLUMNS = {
    "customer_id": ("i8", "wanted.id"),
    "revision": ("i8", "told.revision"),
    "day": ("i4", "told.as_of_on - date '2000-01-01'"),
    "band": ("i2", "coalesce(told.band, 0::smallint)"),
}
_BANDS = """
unnest(%(ids)s::bigint[]) AS wanted(id)
CROSS JOIN LATERAL (
    (
        SELECT revision, as_of_on, band FROM risk_assessment
        WHERE customer_id = wanted.id AND as_of_on < %(first)s ORDER BY revision DESC LIMIT 1
    )
    UNION ALL
    SELECT revision, as_of_on, band FROM risk_assessment
    WHERE customer_id = wanted.id AND as_of_on BETWEEN %(first)s AND %(until)s
) told
"""
