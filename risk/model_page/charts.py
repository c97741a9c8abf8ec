"""Small charts, drawn on the server: where each mark lies, in the units of an SVG's view box."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from risk.model_page.figures import interval, share

WIDTH = 100.0
THINNEST = 0.6
# The calibration chart's view box, with room for its numbers at the left and below.
PLOT = 200.0
LEFT, TOP = 34.0, 8.0
TICKS = 4
SMALLEST_LIMIT = 0.001


@dataclass(frozen=True)
class IntervalMark:
    """One line of a chart of intervals: from x, so wide, with the value's place; in percent of the width, as SVG."""

    label: str
    text: str
    x: str
    width: str
    at: str
    is_first: bool


@dataclass(frozen=True)
class Point:
    """One dot, as SVG; `title` says its numbers."""

    x: str
    y: str
    title: str


@dataclass(frozen=True)
class Tick:
    """A number on both axes: how far to the right, and how far down."""

    x: str
    y: str
    text: str


@dataclass(frozen=True)
class Scatter:
    """Dots over a square whose diagonal is where prediction and outcome agree."""

    points: tuple[Point, ...]
    ticks: tuple[Tick, ...]


def interval_marks(named: Sequence[tuple[str, Mapping[str, Any]]]) -> list[IntervalMark]:
    """Figures with their intervals on one scale from 0; those that are missing are left out.

    Args:
        named: label and figure (`value`, and `low` and `high` where there is an interval), between 0 and 1.
    """
    known = [(label, found) for label, found in named if found["value"] is not None]
    limit = nice_limit(_ends(found)[1] for _label, found in known)
    return [_mark(label, found, limit, is_first=index == 0) for index, (label, found) in enumerate(known)]


def _mark(label: str, found: Mapping[str, Any], limit: float, *, is_first: bool) -> IntervalMark:
    low, high = _ends(found)
    return IntervalMark(
        label=label,
        text=interval(found),
        x=_svg(WIDTH * low / limit),
        width=_svg(max(THINNEST, WIDTH * (high - low) / limit)),
        at=_svg(WIDTH * found["value"] / limit),
        is_first=is_first,
    )


def _ends(found: Mapping[str, Any]) -> tuple[float, float]:
    low, high = found.get("low"), found.get("high")
    return found["value"] if low is None else low, found["value"] if high is None else high


def scatter(pairs: Sequence[tuple[float, float]]) -> Scatter:
    """Predicted against observed shares.

    Args:
        pairs: (predicted, observed), 0 to 1.
    """
    limit = nice_limit(each for pair in pairs for each in pair)

    def right(share_of: float) -> str:
        return _svg(LEFT + PLOT * share_of / limit)

    def down(share_of: float) -> str:
        return _svg(TOP + PLOT * (1 - share_of / limit))

    points = tuple(
        Point(right(said), down(came_true), f"{share(said)} → {share(came_true)}")
        for said, came_true in pairs
    )
    steps = [limit * step / TICKS for step in range(TICKS + 1)]
    return Scatter(points, tuple(Tick(right(at), down(at), f"{100 * at:.3g}\u00a0%") for at in steps))


def _svg(number: float) -> str:
    """A number as SVG reads it, whatever the language."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def nice_limit(values: Iterable[float]) -> float:
    """A round number at or above the largest value: 1, 2, 4 or 5 times a power of ten; from 0.001 to 1."""
    largest = max(SMALLEST_LIMIT, max(values, default=1.0))
    power = 10.0 ** math.floor(math.log10(largest))
    return min(1.0, next(step * power for step in (1, 2, 4, 5, 10) if step * power >= largest * (1 - 1e-9)))
