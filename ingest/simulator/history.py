"""Writing a portfolio with its history into the database, whole or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from customers import bank_clock, partitions
from customers.payments import payments_book
from customers.services import customers_assign_unassigned
from customers.tile_sql import TILE_COLUMNS, tile_select
from ingest import categories
from ingest.models import SimulatedPortfolio
from ingest.simulator.arrays import Events, Ints, joined
from ingest.simulator.codes import EVENT_DTYPE, Category, Channel, Status
from ingest.simulator.events import (
    CATEGORY_NAMES,
    CHANNEL_NAMES,
    STATUS_NAMES,
    account_reference,
    merchant_names,
    transaction_ids,
)
from ingest.simulator.master_data import (
    US_TO_POSTGRES,
    customers_write,
    earlier_payments_write,
    loans_write,
)
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.portfolio import Recipe, start_of_stream

CHUNK = 5_000
SORT_MEMORY = "256MB"

Report = Callable[[str, float], None]


@dataclass(frozen=True)
class Written:
    """How much was written."""

    customers: int
    loans: int
    transactions: int
    tiles: int
    payments: int


def portfolio_write(*, recipe: Recipe, report: Report) -> Written:
    """Write customers, loans, payments, transactions, tiles and personas in one database transaction.

    Args:
        recipe: what to make.
        report: told what is being done, and which share of the whole is done (0 to 1).

    Returns:
        How much was written.

    Raises:
        PortfolioRefused: a bank id is taken.
    """
    zone = bank_clock.zone()
    _make_partitions(recipe)
    parts: list[Written] = []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('work_mem', %s, true)", [SORT_MEMORY])
        for first in range(0, recipe.customers, CHUNK):
            count = min(CHUNK, recipe.customers - first)
            share = (first / recipe.customers, count / recipe.customers)
            parts.append(_write_chunk(recipe, first=first, count=count, report=_within(report, *share)))
        SimulatedPortfolio.objects.create(
            seed=recipe.seed,
            customers=recipe.customers,
            history_on=recipe.history_on,
            live_on=recipe.live_on,
            parameters=PARAMETERS.fingerprint(),
            produced_until=start_of_stream(recipe, zone=zone),
        )
    customers_assign_unassigned()
    report("Written", 1.0)
    names = ("customers", "loans", "transactions", "tiles", "payments")
    return Written(*(sum(getattr(part, name) for part in parts) for name in names))


def _make_partitions(recipe: Recipe) -> None:
    """Make the history's months beforehand: a transaction that makes a partition blocks all writers."""
    days = (recipe.history_on + timedelta(days=k) for k in range(-1, recipe.days + 1))
    months = {partitions.month_of(bank_clock.start_of(day)) for day in days}
    partitions.ensure_months(table=partitions.TRANSACTIONS, months=months)


def _within(report: Report, begin: float, width: float) -> Report:
    return lambda what, share: report(what, begin + width * share)


def _write_chunk(recipe: Recipe, *, first: int, count: int, report: Report) -> Written:
    """Write one range of customers; simulating takes about a third of the time, copying another."""
    world = recipe.world(first=first, count=count, zone=bank_clock.zone())
    population = world.population
    warm_up = [_repayments(day.entries) for day in world.days(until=recipe.history_on)]
    report("Simulating", 0.15)
    days = []
    for day in world.days(until=recipe.live_on):
        days.append(day.entries)
        report("Simulating", 0.15 + 0.2 * len(days) / recipe.days)
    ids = customers_write(population, as_of=recipe.history_on)
    report("Writing loans", 0.4)
    held = loans_write(world, ids=ids)
    earlier_payments_write(held, population=population, warm_up=joined(warm_up, EVENT_DTYPE), ids=ids)
    report("Writing transactions", 0.5)
    history = joined(days, EVENT_DTYPE)
    _copy_transactions(history, seed=recipe.seed, ids=ids, first=first)
    report("Summing up days", 0.8)
    tiles = _sum_up(ids)
    report("Booking payments", 0.95)
    begin = bank_clock.start_of(recipe.history_on)
    payments = payments_book(since=dict.fromkeys(ids.tolist(), begin))
    _mark_all(ids)
    return Written(count, len(held), history.size, tiles, payments)


def _repayments(entries: Events) -> Events:
    paid = (entries["category"] == Category.EMI) & (entries["status"] == Status.BOOKED)
    return np.asarray(entries[paid])


_COLUMNS = (
    "customer_id", "occurred_at", "recorded_at", "transaction_id", "amount", "currency", "transaction_type",
    "status", "channel", "merchant_category", "kind", "is_salary", "balance_after_amount", "merchant",
    "account_id",
)  # fmt: skip
_TYPES = (
    "int8", "int8", "int8", "text", "int8", "text", "text", "text",
    "text", "text", "text", "bool", "int8", "text", "text",
)  # fmt: skip
_COPY = f"COPY {partitions.TRANSACTIONS} ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)"


def _copy_transactions(entries: Events, *, seed: int, ids: Ints, first: int) -> None:
    """COPY a history, sorted by the table's key; what is known of an entry was known when it happened."""
    entries = entries[np.lexsort((entries["at_us"], entries["number"]))]
    numbers, loans = entries["number"].tolist(), entries["loan"].tolist()
    occurred = (entries["at_us"] + US_TO_POSTGRES).tolist()
    columns = (
        ids[entries["number"] - first - 1].tolist(),
        occurred,
        occurred,
        transaction_ids(entries, seed=seed),
        entries["amount"].tolist(),
        [settings.BANK_CURRENCY] * entries.size,
        np.where(entries["is_credit"], "CREDIT", "DEBIT").tolist(),
        np.asarray(STATUS_NAMES)[entries["status"]].tolist(),
        np.asarray(CHANNEL_NAMES)[entries["channel"]].tolist(),
        np.asarray(CATEGORY_NAMES)[entries["category"]].tolist(),
        _kinds(entries),
        entries["is_salary"].tolist(),
        entries["balance_after"].tolist(),
        merchant_names(entries["merchant"]),
        [account_reference(number, loan) for number, loan in zip(numbers, loans, strict=True)],
    )
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for row in zip(*columns, strict=True):
            copy.write_row(row)


def _kinds(entries: Events) -> list[str]:
    """What each entry means for a household, by the table that every door uses."""
    table = np.empty((len(Category), len(Channel), 2), dtype=object)
    for category, channel, credit in product(Category, Channel, (False, True)):
        kind = categories.kind_of(category=category.name, channel=channel.name, is_debit=not credit)
        table[category, channel, int(credit)] = kind.value
    kinds: list[str] = table[
        entries["category"], entries["channel"], entries["is_credit"].astype(np.int64)
    ].tolist()
    return kinds


_HISTORY = f"(SELECT * FROM {partitions.TRANSACTIONS} WHERE customer_id = ANY(%(ids)s)) history"  # noqa: S608 - our table
_TILES = f"""
INSERT INTO customers_activitytile ({", ".join(TILE_COLUMNS)})
{tile_select(_HISTORY)}
ORDER BY customer_id, day_on
"""

# DO UPDATE, never DO NOTHING: see risk.models.DirtyCustomer.
_MARKS = """
INSERT INTO risk_dirtycustomer (customer_id, marked_at)
SELECT id, clock_timestamp() FROM unnest(%(ids)s::bigint[]) id ORDER BY id
ON CONFLICT (customer_id) DO UPDATE SET marked_at = excluded.marked_at, failed_at = NULL, error = ''
"""


def _sum_up(ids: Ints) -> int:
    """Sum the history into tiles; return how many there are."""
    with connection.cursor() as cursor:
        parameters = {
            "ids": ids.tolist(),
            "zone": settings.BANK_TIME_ZONE,
            "currency": settings.BANK_CURRENCY,
        }
        cursor.execute(_TILES, parameters)
        return int(cursor.rowcount)


def _mark_all(ids: Ints) -> None:
    """Mark the customers for their first evaluation."""
    with connection.cursor() as cursor:
        cursor.execute(_MARKS, {"ids": ids.tolist()})
