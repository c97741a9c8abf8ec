"""Writes of the risk app that others ask for."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max, Min
from django.utils import timezone

from customers import bank_clock
from customers.models import Customer
from risk.claims import CHUNK
from risk.levels import Level
from risk.models import CurrentRisk, DayEvaluation, DayRange, DirtyCustomer, RiskTrendPoint, Rulebook
from risk.rulebook import RulebookContent


class RulebookAltered(Exception):
    """A stored version has other numbers than the code's of the same name; give the new numbers a new version."""


def mark_dirty(customer_ids: Iterable[int]) -> int:
    """Ask for customers to be evaluated again, their repayments from the start of their first loan on.

    Returns:
        How many were marked.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"ids": sorted(set(customer_ids)), "zone": settings.BANK_TIME_ZONE})
        return int(cursor.rowcount)


def set_aside_retry() -> int:
    """Have everybody who was set aside evaluated once more; returns how many they are."""
    return DirtyCustomer.objects.filter(failed_at__isnull=False).update(failed_at=None, error="")


def rulebook_store(content: RulebookContent) -> Rulebook:
    """The stored form of a rulebook, made on first use.

    Raises:
        RulebookAltered: the version exists with other content.
    """
    stored, _ = Rulebook.objects.get_or_create(
        version=content.version,
        defaults={"content_hash": content.content_hash(), "content": content.as_json()},
    )
    if stored.content_hash != content.content_hash():
        raise RulebookAltered(f"rulebook {content.version} is stored with other numbers")
    return stored


def day_open(*, day: dt.date) -> DayEvaluation | None:
    """Begin the evaluation of a bank day, unless it has begun; earlier unfinished days are superseded.

    Days on which the system was down are not evaluated one by one: what is known now would then be taken for known
    then. Returns None when the day has begun already.
    """
    if DayEvaluation.objects.filter(day_on__gte=day).exists():
        return None
    with transaction.atomic():
        extent = _extent()
        evaluation, is_new = DayEvaluation.objects.get_or_create(
            day_on=day, defaults={"customers": extent["customers"]}
        )
        if not is_new:
            return None
        earlier = DayEvaluation.objects.filter(day_on__lt=day, state=DayEvaluation.State.RUNNING)
        DayRange.objects.filter(evaluation__day_on__lt=day).delete()
        earlier.update(state=DayEvaluation.State.SUPERSEDED, finished_at=timezone.now())
        if extent["customers"]:
            _make_ranges(evaluation, extent["first"], extent["last"])
    return evaluation


def day_evaluate_again() -> None:
    """Have everybody evaluated once more for the present bank day: something changed that concerns all.

    A refresh that holds a range keeps this waiting until it has committed; its customers are then in a range anew.
    """
    today = bank_clock.today()
    with transaction.atomic():
        latest = DayEvaluation.objects.select_for_update().order_by("-day_on").first()
        if latest is None or latest.day_on < today:
            day_open(day=today)
            return
        DayRange.objects.all().delete()
        extent = _extent()
        latest.state, latest.finished_at = DayEvaluation.State.RUNNING, None
        latest.started_at, latest.customers = timezone.now(), extent["customers"]
        latest.save()
        if extent["customers"]:
            _make_ranges(latest, extent["first"], extent["last"])


def day_close_finished() -> int:
    """Mark running day evaluations without remaining ranges as done; returns how many."""
    running = DayEvaluation.objects.filter(state=DayEvaluation.State.RUNNING)
    with transaction.atomic():
        # Locked first: an evaluation that is just being begun again has its ranges by the time we look.
        list(running.select_for_update())
        finished = running.filter(ranges__isnull=True)
        return finished.update(state=DayEvaluation.State.DONE, finished_at=timezone.now())


def trend_record() -> None:
    """Store how many customers stand at each level, once for this minute of the wall clock."""
    minute = timezone.now().replace(second=0, microsecond=0)
    counted = dict(CurrentRisk.objects.values_list("level").annotate(customers=Count("pk")))
    RiskTrendPoint.objects.bulk_create(
        [RiskTrendPoint(at=minute, level=level, customers=counted.get(level, 0)) for level in Level],
        ignore_conflicts=True,
    )


def bank_day_tick() -> None:
    """What a beat tick does about days: keep the clock running, open a new day, close finished ones."""
    bank_clock.tick()
    day_open(day=bank_clock.today())
    day_close_finished()


def _extent() -> dict[str, int]:
    return Customer.objects.aggregate(first=Min("id"), last=Max("id"), customers=Count("id"))


def _make_ranges(evaluation: DayEvaluation, first: int, last: int) -> None:
    DayRange.objects.bulk_create(
        [
            DayRange(evaluation=evaluation, first_customer_id=start, last_customer_id=start + CHUNK - 1)
            for start in range(first, last + 1, CHUNK)
        ],
        batch_size=5_000,
    )


# DO UPDATE, never DO NOTHING: see risk.models.DirtyCustomer.
_MARK = """
INSERT INTO risk_dirtycustomer AS mark (customer_id, repayment_from)
SELECT wanted.id, min(loan.started_on)::timestamp AT TIME ZONE %(zone)s
FROM unnest(%(ids)s::bigint[]) AS wanted(id) LEFT JOIN customers_loan loan ON loan.customer_id = wanted.id
GROUP BY wanted.id ORDER BY wanted.id
ON CONFLICT (customer_id) DO UPDATE SET
    repayment_from = least(mark.repayment_from, excluded.repayment_from), failed_at = NULL, error = ''
"""
