"""The portfolio's charts, made of what was counted."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers import formats, roles
from interventions import preferences
from interventions.console import words
from interventions.console.charts import Chart, Kind, Series, Unit
from interventions.console.filters import QueueFilters
from interventions.console.portfolio.address import By, Over, PortfolioAddress
from interventions.console.portfolio.links import queue_url
from interventions.console.portfolio.matrix import Matrix
from risk.levels import Hardship, Level, Segment
from risk.portfolio import selectors, trend
from risk.portfolio.cohorts import DueCohort, Was
from risk.portfolio.cuts import Dimension
from risk.portfolio.selectors import Group, Groups, Portfolio

WORST_FIRST = tuple(reversed(Level))
TONES = {Level.HIGH: "high", Level.MEDIUM: "medium", Level.LOW: "low"}
WINDOWS = {Over.DAY: trend.DAY, Over.QUARTER: trend.QUARTER}


@dataclasses.dataclass(frozen=True)
class _Bar:
    """One category: its words, what was counted of it, and the filters that find it; None where none do."""

    name: str
    levels: Mapping[Level, Group]
    filters: QueueFilters | None

    @property
    def customers(self) -> int:
        return sum(group.customers for group in self.levels.values())

    def at(self, level: Level) -> int:
        return self.levels.get(level, Group()).customers

    def link(self, level: Level | None = None) -> str:
        if self.filters is None:
            return ""
        levels = frozenset() if level is None else frozenset({level})
        return queue_url(dataclasses.replace(self.filters, levels=levels))


def page_context(*, user: User, address: PortfolioAddress) -> dict[str, Any]:
    """Everything the page shows of what is counted; `counted` is None where nothing has been counted yet."""
    counted = selectors.portfolio(user)
    context = {"counted": counted, "address": address, "sees_everybody": roles.sees_everybody(user)}
    if counted is None:
        return context
    levels, matrix, *charts = charts_of(counted, user=user, address=address)
    return {
        **context,
        "as_of": levels.as_of,
        "number": formats.grouped(counted.customers, settings.BANK_CURRENCY),
        "levels": levels,
        "matrix": Matrix(matrix),
        "trend": charts[0],
        "charts": charts[1:-1],
        "losses": charts[-1],
    }


def chart_of(key: str, *, user: User, address: PortfolioAddress) -> Chart | None:
    """One chart by its key; None where there is none of the kind, or nothing to show in it."""
    counted = selectors.portfolio(user)
    made = charts_of(counted, user=user, address=address) if counted else []
    return next((chart for chart in made if chart.key == key and not chart.is_empty), None)


def charts_of(counted: Portfolio, *, user: User, address: PortfolioAddress) -> list[Chart]:
    """All charts in the order of the page; the second one is the matrix, as a file has it."""
    made = [
        _hardship_levels(counted),
        _moves(counted),
        _trend(user, address),
        _hardships(counted),
        _segments(counted),
        _dues(counted),
        _losses(counted, address.by),
    ]
    as_of = counted.counted_at or timezone.now()
    return [
        dataclasses.replace(chart, as_of=chart.as_of or as_of, csv_url=address.query(csv=chart.key))
        for chart in made
    ]


def _moves(counted: Portfolio) -> Chart:
    """From the level of a week ago to that of now."""
    groups = counted.groups.get(Dimension.WAS, {})
    bars = [_Bar(str(was.label), groups.get(was.value, {}), QueueFilters(was=was)) for was in Was]
    return _stacked(
        "moves",
        _("Who moved between levels within a week?"),
        bars,
        category_name=_("A week ago"),
        subtitle=_("From the level of seven bank days ago to that of now."),
    )


def _hardship_levels(counted: Portfolio) -> Chart:
    return _stacked(
        "hardship-levels",
        _("Which hardship puts how many customers at risk?"),
        _sorted(_of_hardships(counted)),
        category_name=_("Hardship"),
        subtitle=_("Customers by primary hardship and level, now."),
        height=320,
    )


def _hardships(counted: Portfolio) -> Chart:
    bars = _sorted(_of_hardships(counted))
    return Chart(
        key="hardships",
        title=_("How are hardships distributed?"),
        subtitle=_("Share of all customers by primary hardship, now."),
        kind=Kind.DONUT,
        categories=[bar.name for bar in bars],
        series=[_customers(bars, tone="each")] if counted.customers else [],
        category_name=_("Hardship"),
        noun=_("customers"),
        height=320,
    )


def _segments(counted: Portfolio) -> Chart:
    groups = counted.groups.get(Dimension.SEGMENT, {})
    bars = [
        _Bar(str(words.SEGMENTS[segment]), groups.get(str(int(segment)), {}), QueueFilters(segment=segment))
        for segment in Segment
    ]
    return _stacked(
        "segments",
        _("How do customers behave?"),
        _sorted(bars),
        category_name=_("Segment"),
        subtitle=_("Customers by segment, inferred from transactions, and level, now."),
        height=280,
    )


def _dues(counted: Portfolio) -> Chart:
    groups = counted.groups.get(Dimension.DUE, {})
    bars = [
        _Bar(str(cohort.label), groups.get(cohort.value, {}), QueueFilters(due=cohort))
        for cohort in DueCohort
    ]
    return _stacked(
        "dues",
        _("How soon is the next instalment due?"),
        # In the order of time, which says more than the order of size.
        bars,
        category_name=_("Next instalment due"),
        subtitle=_("Customers by bank days to the oldest uncovered instalment, and level."),
        height=320,
    )


def _losses(counted: Portfolio, by: By) -> Chart:
    bars = _parts_of(counted.groups.get(by.dimension, {}), by)
    spoken_of = [sum(group.spoken_of for group in bar.levels.values()) for bar in bars]
    amounts = [float(sum(group.expected_loss_amount for group in bar.levels.values())) for bar in bars]
    all_spoken_of, titles = (
        sum(spoken_of),
        {
            By.CITY: _("In which cities is how much likely to be lost?"),
            By.EMPLOYMENT: _("In which employments is how much likely to be lost?"),
            By.MANAGER: _("With which relationship managers is how much likely to be lost?"),
        },
    )
    links = [bar.link() for bar in bars]
    return Chart(
        key=f"loss-by-{by.value}",
        title=titles[by],
        subtitle=_(
            "Expected loss: probability × outstanding × loss given default, of the %(spoken)s of %(all)s customers"
            " the model speaks of."
        )
        % {
            "spoken": formats.grouped(all_spoken_of, settings.BANK_CURRENCY),
            "all": formats.grouped(counted.customers, settings.BANK_CURRENCY),
        },
        kind=Kind.BARS,
        categories=[bar.name for bar in bars],
        series=[
            Series(name=_("Expected loss"), values=amounts, tone="accent", links=links),
            Series(
                name=_("Customers"), values=[bar.customers for bar in bars], links=links, unit=Unit.NUMBER
            ),
            Series(name=_("Of whom the model speaks"), values=spoken_of, unit=Unit.NUMBER),
        ]
        if all_spoken_of
        else [],
        unit=Unit.MONEY,
        category_name=str(by.label),
        empty=_("No model says a probability of any of these customers, so no expected loss can be stated."),
        height=480 if len(bars) > 8 else 280,
    )


def _trend(user: User, address: PortfolioAddress) -> Chart:
    window = WINDOWS[address.over]
    points = trend.trend(user=user, window=window, now=timezone.now())
    form = "j M" if address.over is Over.QUARTER else "H:i"
    subtitle = (
        _("Customers at HIGH and MEDIUM over %(window)s.")
        if roles.sees_everybody(user)
        else _("Your customers of today, where they stood over %(window)s by their receipts.")
    )
    return Chart(
        key=f"trend-{address.over.value}",
        title=_("Where does risk move?"),
        subtitle=subtitle % {"window": address.over.label},
        kind=Kind.LINE,
        categories=[date_format(preferences.local(point.at), form) for point in points],
        series=[
            Series(
                name=_level_name(level),
                values=[None if point.customers is None else point.customers[level] for point in points],
                tone=TONES[level],
            )
            for level in (Level.HIGH, Level.MEDIUM)
        ],
        category_name=_("Time"),
        # Levels are noted by themselves, also while nobody counts everything else.
        as_of=next((point.at for point in reversed(points) if point.customers is not None), None),
        empty=_("Nothing has been counted within this time yet; a worker counts every minute."),
        height=320,
    )


def _of_hardships(counted: Portfolio) -> list[_Bar]:
    groups = counted.groups.get(Dimension.HARDSHIP, {})
    return [
        _Bar(
            str(words.HARDSHIPS[hardship]),
            groups.get(str(int(hardship)), {}),
            QueueFilters(hardship=hardship),
        )
        for hardship in Hardship
    ]


def _parts_of(groups: Groups, by: By) -> list[_Bar]:
    """In the order of their places, the greatest loss first; what is not shown by itself last."""
    names = _manager_names(groups) if by is By.MANAGER else {}
    return [_part(value, levels, by, names) for value, levels in groups.items()]


def _part(value: str | None, levels: Mapping[Level, Group], by: By, names: Mapping[str, str]) -> _Bar:
    if value is None:
        return _Bar(_("All others"), levels, None)
    if by is By.MANAGER:
        if not value:
            return _Bar(_("Nobody"), levels, None)
        return _Bar(names.get(value, _("No longer known")), levels, QueueFilters(manager_id=int(value)))
    if not value:
        return _Bar(_("Not known"), levels, None)
    if by is By.CITY:
        return _Bar(value, levels, QueueFilters(city=value))
    return _Bar(formats.sentence_case(value), levels, QueueFilters(employment=value))


def _manager_names(groups: Groups) -> dict[str, str]:
    ids = [int(value) for value in groups if value]
    return {str(user.pk): user.get_full_name() or user.username for user in User.objects.filter(pk__in=ids)}


def _stacked(
    key: str, title: str, bars: Sequence[_Bar], *, category_name: str, subtitle: str, height: int = 280
) -> Chart:
    is_counted = any(bar.customers for bar in bars)
    return Chart(
        key=key,
        title=title,
        subtitle=subtitle,
        kind=Kind.STACKED,
        categories=[bar.name for bar in bars],
        series=[
            Series(
                name=_level_name(level),
                values=[bar.at(level) for bar in bars],
                tone=TONES[level],
                links=[bar.link(level) for bar in bars],
            )
            for level in WORST_FIRST
        ]
        if is_counted
        else [],
        category_name=category_name,
        noun=_("customers"),
        height=height,
    )


def _customers(bars: Sequence[_Bar], *, tone: str) -> Series:
    return Series(
        name=_("Customers"),
        values=[bar.customers for bar in bars],
        tone=tone,
        links=[bar.link() for bar in bars],
    )


def _sorted(bars: Sequence[_Bar]) -> list[_Bar]:
    return sorted(bars, key=lambda bar: -bar.customers)


def _level_name(level: Level) -> str:
    return f"{words.LEVEL_SHAPES[level]} {level.label}"
