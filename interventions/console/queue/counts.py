"""How many customers the filters leave: of the bank the stored numbers of the charts, else counted now."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils import timezone

from customers import roles
from interventions.console.filters import QueueFilters
from interventions.console.queue import finding
from interventions.console.queue.finding import People
from risk.levels import Level
from risk.models import RiskTrendPoint
from risk.portfolio import selectors as portfolio

COUNT_CAP = 1_000
# Trend points come once a minute; older than this they are history, not counts.
TREND_FRESH = dt.timedelta(minutes=3)


@dataclass(frozen=True, kw_only=True)
class LevelCounts:
    """How many customers stand at each level, as of a moment (None: now)."""

    by_level: dict[Level, int]
    counted_at: dt.datetime | None

    @property
    def total(self) -> int:
        """Customers at any level."""
        return sum(self.by_level.values())

    @property
    def is_stale(self) -> bool:
        """Whether they were counted a while ago."""
        return portfolio.is_stale(self.counted_at)


@dataclass(frozen=True)
class Matched:
    """How many customers the filters leave.

    Args:
        customers: so many, or more than so many.
        is_more: whether there are more.
        counted_at: as of when, by the wall clock; None: now.
    """

    customers: int
    is_more: bool = False
    counted_at: dt.datetime | None = None

    @property
    def is_stale(self) -> bool:
        """Whether they were counted a while ago."""
        return portfolio.is_stale(self.counted_at)


def level_counts(*, user: User, filters: QueueFilters) -> LevelCounts | None:
    """Customers per level where counting is cheap, else None.

    Bank-wide they are the stored ones of the charts, or the newest trend point's where there are none; for a
    relationship manager they are counted now.
    """
    if not filters.is_level_only:
        return None
    found = portfolio.levels_of(user)
    if found is None:
        return _trend_counts()
    by_level, counted_at = found
    return LevelCounts(by_level=by_level, counted_at=counted_at)


def matched(*, user: User, people: People, filters: QueueFilters) -> Matched:
    """How many customers the filters leave: of the bank the very number of the charts, else counted now.

    At most two queries.
    """
    cut = filters.cut
    if cut is not None and roles.sees_everybody(user):
        stored = portfolio.count_of(user=user, cut=cut)
        if stored is not None:
            return Matched(stored.customers, counted_at=stored.counted_at)
    most = finding.FEW if people.are_few else COUNT_CAP
    found = people.in_queue(filters)[: most + 1].count()
    return Matched(min(found, most), is_more=found > most)


def _trend_counts() -> LevelCounts | None:
    points = RiskTrendPoint.objects.filter(at__gte=timezone.now() - TREND_FRESH).order_by("-at", "level")[
        : len(Level)
    ]
    newest = [point for point in points if point.at == points[0].at]
    if not newest:
        return None
    counted = {point.level: point.customers for point in newest}
    return LevelCounts(by_level={level: counted.get(level, 0) for level in Level}, counted_at=newest[0].at)
