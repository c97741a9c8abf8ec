"""The four cards: how many customers stand at each level, since yesterday, and how bad the share of HIGH is."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from interventions.console import words
from interventions.console.filters import QueueFilters
from interventions.console.home.links import queue_url
from interventions.console.home.severity import Rate, rate_of
from interventions.console.queue.counts import level_counts
from risk.levels import Level
from risk.models import PortfolioCounting, RiskTrendPoint
from risk.portfolio import trend
from risk.portfolio.selectors import is_stale
from risk.portfolio.trend import OwnTrend, Point, Window

Counts = dict[Level, int]


@dataclass(frozen=True, kw_only=True)
class Card:
    """One number with its change.

    Args:
        key: Of its own on the page.
        level: None of all customers.
        customers: None where nobody has counted yet.
        change: Since the same time yesterday; None where nobody counted then, or nobody was assessed yet.
        url: The queue with exactly these.
    """

    key: str
    name: str | Promise
    level: Level | None
    shape: str
    customers: int | None
    change: int | None
    url: str

    @property
    def distance(self) -> int:
        """How large the change is, either way."""
        return abs(self.change or 0)


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The counts of now, of yesterday, and of the trend's moments.

    Args:
        now: None where nobody has ever counted.
        counted_at: When; None of customers counted in this very request.
        is_stale: Whether the counts are of a while ago.
        yesterday: None where nobody counted then.
        trend: As far back as was asked for.
    """

    now: Counts | None
    counted_at: dt.datetime | None
    is_stale: bool
    yesterday: Counts | None
    trend: list[Point]

    @property
    def customers(self) -> int:
        """At any level."""
        return sum(self.now.values()) if self.now else 0

    @property
    def rate(self) -> Rate | None:
        """Of HIGH customers."""
        return rate_of(high=self.now[Level.HIGH], customers=self.customers) if self.now else None

    @property
    def cards(self) -> list[Card]:
        """Everybody first, then the worst level."""
        return [self._card(None), *(self._card(level) for level in reversed(Level))]

    def _card(self, level: Level | None) -> Card:
        now, before = _at(self.now, level), _at(self.yesterday, level)
        return Card(
            key=level.label.lower() if level else "customers",
            name=level.label if level else _("Customers"),
            level=level,
            shape=words.LEVEL_SHAPES[level] if level else "",
            customers=now,
            change=now - before if now is not None and before is not None else None,
            url=queue_url(level=level),
        )


def overview(*, user: User, window: Window, own: OwnTrend | None) -> Overview:
    """What the cards and the trend show of the customers a user sees; the queue counts them by the same selector.

    Bank-wide they are counted once a minute; where that has stopped, the newest count stands, and is called stale.

    Args:
        user: Who reads.
        window: How far back the trend goes.
        own: What `own_trend` says of the reader: None for whoever sees the whole bank.
    """
    counted_at, now = (None, own.now.by_level) if own else _of_the_bank(user)
    points = own.points if own else trend.trend(user=user, window=window, now=counted_at or timezone.now())
    return Overview(
        now=now,
        counted_at=counted_at,
        is_stale=now is not None and is_stale(counted_at),
        yesterday=_yesterday(user, points, window, counted_at),
        trend=points,
    )


def _of_the_bank(user: User) -> tuple[dt.datetime | None, Counts | None]:
    counts = level_counts(user=user, filters=QueueFilters())
    if counts is None:
        return newest_counts() or (None, None)
    return counts.counted_at, counts.by_level


def last_counted_at() -> dt.datetime | None:
    """When the bank was last counted, as its cards say it; None: never. One query, two before the first count."""
    stored = PortfolioCounting.objects.values_list("counted_at", flat=True).first()
    newest = None if stored else newest_counts()
    return newest[0] if newest else stored


def newest_counts() -> tuple[dt.datetime, Counts] | None:
    """The newest bank-wide counts, however old, and when they were made; None where nobody has ever counted."""
    points = list(RiskTrendPoint.objects.order_by("-at", "level")[: len(Level)])
    if not points:
        return None
    counted = {Level(point.level): point.customers for point in points if point.at == points[0].at}
    return points[0].at, {level: counted.get(level, 0) for level in Level}


def _yesterday(
    user: User, points: list[Point], window: Window, counted_at: dt.datetime | None
) -> Counts | None:
    """At the same time yesterday, where the trend of a day begins."""
    if window != trend.DAY:
        points = trend.trend(user=user, window=trend.DAY, now=counted_at or timezone.now())
    return points[0].customers


def _at(counts: Counts | None, level: Level | None) -> int | None:
    if counts is None:
        return None
    return sum(counts.values()) if level is None else counts[level]
