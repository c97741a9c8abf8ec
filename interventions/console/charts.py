"""Charts: the same numbers as marks, as a table, and as a file (`chart_files`).

A page makes a `Chart` of numbers and includes `interventions/chart.html`; static/js/charts.js draws what stands there
as JSON. What marks and tables say of a number is written once, here.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from django.conf import settings

from customers import formats
from interventions.console import axes, chart_words

# Heights that static/css/charts.css knows, in pixels: a chart takes the next one.
HEIGHTS = (160, 200, 240, 280, 320, 400, 480, 560)
NO_VALUE = "–"


class Kind(StrEnum):
    """How a chart is drawn.

    bars: horizontal bars of one series. stacked: horizontal bars of several, one upon the other. line: over time, one
    line for each series. donut: parts of a whole, of the first series. path: one line with a threshold and a marked
    point, such as a projected balance; its values may be negative.
    """

    BARS = "bars"
    STACKED = "stacked"
    LINE = "line"
    DONUT = "donut"
    PATH = "path"


class Unit(StrEnum):
    """What is counted: whole numbers, or money in the bank's currency."""

    NUMBER = "number"
    MONEY = "money"


@dataclass(frozen=True, kw_only=True)
class Series:
    """Numbers of one kind, one for each category.

    Args:
        name: as people read it, with its shape where it is a level.
        values: None where there is none.
        tone: of which colour: high, medium, low, accent, muted or 1 to 6 (`--eq-chart-…` in static/css/tokens.css).
            "each" gives every category of a donut one of the six.
        links: for each value where a click leads, "" for nowhere; empty where none leads anywhere.
        unit: where it is another than the chart's; such a series stands in the table, and is not drawn.
    """

    name: str
    values: Sequence[float | None]
    tone: str = "accent"
    links: Sequence[str] = ()
    unit: Unit | None = None


@dataclass(frozen=True)
class Threshold:
    """A level line across a path, such as an instalment."""

    label: str
    value: float


@dataclass(frozen=True)
class Mark:
    """A point of a path that is pointed out, by the number of its category."""

    label: str
    index: int


@dataclass(frozen=True)
class Cell:
    """One number of the table."""

    text: str
    link: str


@dataclass(frozen=True)
class Row:
    """One category of the table."""

    header: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One question, and the numbers that answer it.

    Args:
        key: of its own on the page: letters, digits and hyphens.
        title: the question.
        subtitle: the window, and what is to be minded.
        kind: how it is drawn.
        categories: what the numbers are of, in the order shown.
        series: the numbers.
        tones: of a donut's parts, as of a series; empty: all are of its series' tone.
        unit: what the numbers are.
        category_name: what the categories are, above the table's first column.
        as_of: when it was counted, by the wall clock; None leaves it out.
        height: in pixels.
        summary: the sentence that people hear in place of the picture; empty for one that says the most and the least.
        empty: what is said in place of the picture where there is no number.
        csv_url: where the file is fetched; empty for none.
        threshold: of a path.
        mark: of a path.
    """

    key: str
    title: str
    kind: Kind
    categories: Sequence[str]
    series: Sequence[Series]
    subtitle: str = ""
    tones: Sequence[str] = ()
    unit: Unit = Unit.NUMBER
    category_name: str = ""
    as_of: dt.datetime | None = None
    height: int = 280
    summary: str = ""
    empty: str = ""
    csv_url: str = ""
    threshold: Threshold | None = None
    mark: Mark | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is no number to show."""
        return not any(value is not None for each in self.drawn for value in each.values)

    @property
    def drawn(self) -> list[Series]:
        """The series of the picture."""
        return [each for each in self.series if each.unit is None]

    @property
    def is_course(self) -> bool:
        """Whether its categories follow each other in time."""
        return self.kind in (Kind.LINE, Kind.PATH)

    def said(self, value: float | None) -> str:
        """A number of what it draws, in words."""
        return written(value, self.unit)

    @property
    def data_id(self) -> str:
        """Of the element that holds the JSON."""
        return f"chart-{self.key}-data"

    @property
    def height_class(self) -> int:
        """The next height that the style sheet knows."""
        return next((each for each in HEIGHTS if each >= self.height), HEIGHTS[-1])

    @property
    def headers(self) -> list[str]:
        """Above the table's columns after the first."""
        return [each.name for each in self.series]

    @property
    def rows(self) -> Iterator[Row]:
        """The table's lines."""
        for number, category in enumerate(self.categories):
            cells = (
                Cell(
                    written(each.values[number], each.unit or self.unit),
                    each.links[number] if each.links else "",
                )
                for each in self.series
            )
            yield Row(category, tuple(cells))

    @property
    def spoken(self) -> str:
        """The sentence in place of the picture."""
        return self.summary or chart_words.spoken(self)

    @property
    def drawing(self) -> dict[str, object]:
        """What static/js/charts.js draws."""
        return {
            "kind": self.kind,
            "name": self.title,
            "categories": [str(each) for each in self.categories],
            "series": [self._drawn(each) for each in self.drawn],
            "tones": list(self.tones),
            "axes": {"many": self._axis(axes.MANY), "few": self._axis(axes.FEW)},
            "threshold": self.threshold
            and {
                "label": self.threshold.label,
                "value": self.threshold.value,
                "text": written(self.threshold.value, self.unit),
            },
            "mark": self.mark and {"label": self.mark.label, "index": self.mark.index},
        }

    def _axis(self, steps: int) -> dict[str, object]:
        """The axis of the numbers, and what it says; where bars stand upon each other, it is as long as all of them."""
        values = [[value or 0 for value in each.values] for each in self.drawn]
        if self.kind == Kind.STACKED:
            values = [[sum(of_category) for of_category in zip(*values, strict=True)]]
        if self.threshold:
            values.append([self.threshold.value])
        axis = axes.axis_of(chain.from_iterable(values), steps=steps)
        return {
            "least": axis.least,
            "most": axis.most,
            "step": axis.step,
            "texts": [self._at_axis(tick) for tick in axis.ticks],
        }

    def _at_axis(self, tick: int) -> str:
        """A round number: money as short as people say it, customers in full."""
        if self.unit == Unit.MONEY:
            return axes.short_money(tick, settings.BANK_CURRENCY)
        return written(tick, self.unit)

    def _drawn(self, series: Series) -> dict[str, object]:
        return {
            "name": series.name,
            "tone": series.tone,
            "values": [None if value is None else float(value) for value in series.values],
            "texts": [written(value, self.unit) for value in series.values],
            "links": list(series.links),
        }


def written(value: float | None, unit: Unit) -> str:
    """A number as marks and tables say it."""
    if value is None:
        return NO_VALUE
    currency = settings.BANK_CURRENCY
    if unit == Unit.MONEY:
        return formats.money(value, currency)
    return f"{'−' if value < 0 else ''}{formats.grouped(abs(round(value)), currency)}"
