"""Levels over time, as Home and the portfolio draw them: by the wall clock, which they say."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interventions import preferences
from interventions.console import words
from interventions.console.charts import Chart, Kind, Series
from risk.levels import Level
from risk.portfolio import trend
from risk.portfolio.trend import Point, Window

TONES = {Level.HIGH: "high", Level.MEDIUM: "medium", Level.LOW: "low"}
# LOW is nearly everybody: its line would flatten the others.
IN_TREND = (Level.HIGH, Level.MEDIUM)
MOMENT_FORMATS = {trend.HALF_HOUR: "H:i", trend.DAY: "D H:i", trend.QUARTER: "j M"}


def levels_over_time(
    points: Sequence[Point],
    *,
    window: Window,
    key: str,
    title: str,
    subtitle: str,
    csv_url: str = "",
    height: int = 240,
) -> Chart:
    """HIGH and MEDIUM at each point, in the reader's zone.

    Args:
        points: Of the window, the oldest first.
        window: Which stretch.
        key: Of the chart.
        title: The question.
        subtitle: A sentence that says of whom, and over which time.
        csv_url: Where the file is fetched.
        height: In pixels.
    """
    form = MOMENT_FORMATS[window]
    return Chart(
        key=key,
        title=title,
        subtitle=_by_the_wall_clock(subtitle),
        kind=Kind.LINE,
        categories=[date_format(preferences.local(point.at), form) for point in points],
        series=[
            Series(
                name=level_name(level),
                values=[None if point.customers is None else point.customers[level] for point in points],
                tone=TONES[level],
            )
            for level in IN_TREND
        ],
        category_name=_("Time"),
        # Levels are noted by themselves, also while nobody counts everything else.
        as_of=next((point.at for point in reversed(points) if point.customers is not None), None),
        empty=_("Nothing has been counted within this time yet; a worker counts every minute."),
        csv_url=csv_url,
        height=height,
    )


def level_name(level: Level) -> str:
    """A level as a line or a part is called: its sign and its word."""
    return f"{words.LEVEL_SHAPES[level]} {level.label}"


def _by_the_wall_clock(sentence: str) -> str:
    said = {"sentence": sentence, "zone": preferences.zone()}
    if settings.BANK_CLOCK_SPEED:
        return (
            _(
                "%(sentence)s Times are real time in %(zone)s; in this demonstration the bank's own clock runs by"
                " itself."
            )
            % said
        )
    return _("%(sentence)s Times are of %(zone)s.") % said
