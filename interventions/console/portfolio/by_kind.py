"""Customers by what they are: by hardship and by segment."""

from django.utils.translation import gettext as _

from interventions.console import words
from interventions.console.charts import Chart, Kind, Series
from interventions.console.filters import QueueFilters
from interventions.console.portfolio.bars import Bar, by_size, stacked
from risk.levels import Hardship, Segment
from risk.portfolio.cuts import Dimension
from risk.portfolio.selectors import Portfolio


def hardship_levels(counted: Portfolio) -> Chart:
    """Hardship × level."""
    return stacked(
        "hardship-levels",
        _("Which hardship puts how many customers at risk?"),
        by_size(_of_hardships(counted)),
        category_name=_("Hardship"),
        subtitle=_("Customers by primary hardship and level, now."),
        height=320,
    )


def hardships(counted: Portfolio) -> Chart:
    """Each hardship's share of everybody."""
    bars = by_size(_of_hardships(counted))
    customers = Series(
        name=_("Customers"),
        values=[bar.customers for bar in bars],
        tone="each",
        links=[bar.link() for bar in bars],
    )
    return Chart(
        key="hardships",
        title=_("How are hardships distributed?"),
        subtitle=_("Share of all customers by primary hardship, now."),
        kind=Kind.DONUT,
        categories=[bar.name for bar in bars],
        series=[customers] if counted.customers else [],
        category_name=_("Hardship"),
        height=320,
    )


def segments(counted: Portfolio) -> Chart:
    """Segment × level."""
    groups = counted.groups.get(Dimension.SEGMENT, {})
    bars = [
        Bar(str(words.SEGMENTS[segment]), groups.get(str(int(segment)), {}), QueueFilters(segment=segment))
        for segment in Segment
    ]
    return stacked(
        "segments",
        _("How do customers behave?"),
        by_size(bars),
        category_name=_("Segment"),
        subtitle=_("Customers by segment, inferred from transactions, and level, now."),
    )


def _of_hardships(counted: Portfolio) -> list[Bar]:
    groups = counted.groups.get(Dimension.HARDSHIP, {})
    return [
        Bar(
            str(words.HARDSHIPS[hardship]),
            groups.get(str(int(hardship)), {}),
            QueueFilters(hardship=hardship),
        )
        for hardship in Hardship
    ]
