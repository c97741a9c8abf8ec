"""Bars of the portfolio: each with its words, what was counted of it, and the queue behind it."""

import dataclasses
from collections.abc import Mapping, Sequence

from interventions.console.charts import Chart, Kind, Series
from interventions.console.filters import QueueFilters
from interventions.console.levels_over_time import TONES, level_name
from interventions.console.portfolio.links import queue_url
from risk.levels import Level
from risk.portfolio.selectors import Group

WORST_FIRST = tuple(reversed(Level))


@dataclasses.dataclass(frozen=True)
class Bar:
    """One category: its words, what was counted of it, and the filters that find it; None where none do."""

    name: str
    levels: Mapping[Level, Group]
    filters: QueueFilters | None

    @property
    def customers(self) -> int:
        """At any level."""
        return sum(group.customers for group in self.levels.values())

    def at(self, level: Level) -> int:
        """Customers at one level."""
        return self.levels.get(level, Group()).customers

    def link(self, level: Level | None = None) -> str:
        """The queue with exactly these, at any level or one; empty where no address says them."""
        if self.filters is None:
            return ""
        levels = frozenset() if level is None else frozenset({level})
        return queue_url(dataclasses.replace(self.filters, levels=levels))


def by_size(bars: Sequence[Bar]) -> list[Bar]:
    """The most customers first."""
    return sorted(bars, key=lambda bar: -bar.customers)


def stacked(
    key: str, title: str, bars: Sequence[Bar], *, category_name: str, subtitle: str, height: int = 280
) -> Chart:
    """Customers of each bar by level."""
    is_counted = any(bar.customers for bar in bars)
    return Chart(
        key=key,
        title=title,
        subtitle=subtitle,
        kind=Kind.STACKED,
        categories=[bar.name for bar in bars],
        series=[
            Series(
                name=level_name(level),
                values=[bar.at(level) for bar in bars],
                tone=TONES[level],
                links=[bar.link(level) for bar in bars],
            )
            for level in WORST_FIRST
        ]
        if is_counted
        else [],
        category_name=category_name,
        height=height,
    )
