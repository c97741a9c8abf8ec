"""Keeping the counts of the whole bank, so that no request counts a million customers."""

import time

from django.db import connection, transaction
from django.utils import timezone

from customers import bank_clock
from risk.models import PortfolioCount, PortfolioCounting
from risk.portfolio import counting
from risk.selectors import day_is_underway

# Of a worker's time, counting takes at most one part in so many.
SHARE_OF_TIME = 5
LOCK = "risk.portfolio"


def counts_record() -> bool:
    """Count everybody and replace what was counted before; returns whether that was done.

    Not while everybody is being evaluated, which needs the workers and would be counted half; not while another worker
    counts; and not so soon after a count that took long that counting would keep a worker busy, unless a bank day has
    begun since.
    """
    if day_is_underway():
        return False
    with transaction.atomic():
        if not _is_alone() or _is_too_soon():
            return False
        _replace()
    return True


def _replace() -> None:
    counted_at, day_on, began = timezone.now(), bank_clock.today(), time.monotonic()
    with connection.cursor() as cursor:
        # Hash tables in memory rather than files on a disk, and one core's work; for this transaction alone.
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL max_parallel_workers_per_gather = 0")
    found = counting.count_everybody(day_on)
    PortfolioCount.objects.all().delete()
    PortfolioCount.objects.bulk_create([_stored(tally) for tally in found], batch_size=5_000)
    took_ms = round(1_000 * (time.monotonic() - began))
    PortfolioCounting.objects.update_or_create(
        id=1, defaults={"counted_at": counted_at, "day_on": day_on, "took_ms": took_ms}
    )


def _stored(tally: counting.Tally) -> PortfolioCount:
    return PortfolioCount(
        dimension=tally.dimension,
        value=tally.value,
        level=tally.level,
        place=tally.place,
        customers=tally.customers,
        spoken_of=tally.spoken_of,
        expected_loss_amount=tally.amount,  # type: ignore[misc]  # see MoneyField
    )


def _is_alone() -> bool:
    """Whether nobody else counts; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [LOCK])
        return bool(cursor.fetchone()[0])


def _is_too_soon() -> bool:
    last = PortfolioCounting.objects.first()
    if last is None:
        return False
    if last.day_on != bank_clock.today():
        return False
    passed_ms = 1_000 * (timezone.now() - last.counted_at).total_seconds()
    return 0 <= passed_ms < SHARE_OF_TIME * last.took_ms
