"""The migration matrix: each way from one level to another, with its share, its direction and its words. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from customers import formats
from interventions.console.charts import Chart, written
from risk.levels import Level
from risk.portfolio.cohorts import Was

# Of a cell's heat, which grows with its share of the row.
STEPS = 5


class Direction(StrEnum):
    """Where a way leads."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "same"
    NEW = "new"


SHAPES = {Direction.WORSE: "↑", Direction.BETTER: "↓", Direction.SAME: "=", Direction.NEW: "+"}


@dataclass(frozen=True)
class Way:
    """One cell."""

    level: Level
    text: str
    link: str
    share: str
    direction: Direction
    heat: int

    @property
    def shape(self) -> str:
        """The direction as a sign."""
        return SHAPES[self.direction]

    @property
    def words(self) -> str:
        """The direction in a word."""
        return {
            Direction.WORSE: _("worse"),
            Direction.BETTER: _("better"),
            Direction.SAME: _("same"),
            Direction.NEW: _("new"),
        }[self.direction]


@dataclass(frozen=True)
class Line:
    """One level of a week ago."""

    name: str
    customers: str
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Matrix:
    """The ways, made of the chart that holds their numbers: its categories are `Was`, its series the levels."""

    chart: Chart

    @property
    def levels(self) -> list[str]:
        """Above the columns."""
        return self.chart.headers

    @property
    def lines(self) -> Iterator[Line]:
        """From the worst level of a week ago on."""
        for number, was in enumerate(Was):
            values = [int(series.values[number] or 0) for series in self.chart.series]
            links = [series.links[number] for series in self.chart.series]
            total = sum(values)
            ways = tuple(
                _way(was, level, value, link, total, self.chart)
                for level, value, link in zip(reversed(Level), values, links, strict=True)
            )
            yield Line(str(was.label), written(total, self.chart.unit), ways)


def direction(was: Was, level: Level) -> Direction:
    """From a level of a week ago to one of now."""
    if was.level is None:
        return Direction.NEW
    if level == was.level:
        return Direction.SAME
    return Direction.WORSE if level > was.level else Direction.BETTER


def heat_of(value: int, total: int) -> int:
    """From 0, nobody, to STEPS, everybody of the row."""
    return -(-STEPS * value // total) if total else 0


def _way(was: Was, level: Level, value: int, link: str, total: int, chart: Chart) -> Way:
    return Way(
        level=level,
        text=written(value, chart.unit),
        link=link,
        share=formats.percent(value / total) if total else "",
        direction=direction(was, level),
        heat=heat_of(value, total),
    )
