"""Home's charts: by level, by hardship, and over time."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from interventions.console import words
from interventions.console.charts import Chart, Kind, Series
from interventions.console.home.address import IN_WORDS, STRETCHES, HomeAddress
from interventions.console.home.links import queue_url
from interventions.console.home.overview import Overview
from interventions.console.levels_over_time import TONES, level_name, levels_over_time
from risk.levels import Hardship, Level
from risk.portfolio.cuts import Dimension
from risk.portfolio.selectors import OwnCounts, portfolio

HEIGHT = 240
IN_DIFFICULTY: tuple[Hardship, ...] = tuple(each for each in Hardship if each != Hardship.NONE)


@dataclass(frozen=True)
class HardshipCounts:
    """Customers by primary hardship, those in none left out, and when they were counted (None: now)."""

    by_hardship: dict[Hardship, int]
    counted_at: dt.datetime | None


def hardship_counts(user: User, own: OwnCounts | None) -> HardshipCounts | None:
    """Bank-wide as counted beforehand, own customers as they are now; None where nobody has counted. One query.

    Args:
        user: Who reads.
        own: What `own_counts` says of them.
    """
    if own is not None:
        return HardshipCounts({each: own.by_hardship[each] for each in IN_DIFFICULTY}, None)
    found = portfolio(user)
    if found is None:
        return None
    groups = found.groups.get(Dimension.HARDSHIP, {})
    by_hardship = {
        each: sum(group.customers for group in groups.get(str(int(each)), {}).values())
        for each in IN_DIFFICULTY
    }
    return HardshipCounts(by_hardship, found.counted_at)


def level_chart(shown: Overview) -> Chart:
    """The donut: everybody by level."""
    now, levels = shown.now, list(reversed(Level))
    is_empty = now is None or not shown.customers
    values = [None if now is None or is_empty else now[level] for level in levels]
    return Chart(
        key="levels",
        title=_("How many customers stand at each level?"),
        kind=Kind.DONUT,
        categories=[level_name(level) for level in levels],
        category_name=_("Level"),
        series=[
            Series(name=_("Customers"), values=values, links=[queue_url(level=level) for level in levels])
        ],
        tones=[TONES[level] for level in levels],
        as_of=shown.counted_at,
        empty=_("Nobody has been assessed yet."),
        csv_url="?csv=levels",
        height=HEIGHT,
    )


def hardship_chart(counted: HardshipCounts | None) -> Chart:
    """The bars: customers in difficulty by its kind, the most first."""
    ordered = sorted(counted.by_hardship.items(), key=lambda item: (-item[1], item[0])) if counted else []
    is_nobody = not any(customers for _hardship, customers in ordered)
    return Chart(
        key="hardships",
        title=_("What are customers in difficulty with?"),
        subtitle=_("By primary hardship, at any level."),
        kind=Kind.BARS,
        categories=[str(words.HARDSHIPS[hardship]) for hardship, _customers in ordered],
        category_name=_("Hardship"),
        series=[
            Series(
                name=_("Customers"),
                values=[None if is_nobody else customers for _hardship, customers in ordered],
                links=[queue_url(hardship=hardship) for hardship, _customers in ordered],
            )
        ],
        as_of=counted.counted_at if counted else None,
        empty=_("Nobody is known to be in difficulty.") if counted else _("Nobody has counted yet."),
        csv_url="?csv=hardships",
        height=HEIGHT,
    )


def trend_chart(shown: Overview, *, address: HomeAddress) -> Chart:
    """The lines: HIGH and MEDIUM over time."""
    return levels_over_time(
        shown.trend,
        window=STRETCHES[address.window],
        key="trend",
        title=_("Are more customers in difficulty than before?"),
        subtitle=_("HIGH and MEDIUM in %(window)s.") % {"window": IN_WORDS[address.window]},
        csv_url=f"?csv=trend&trend={address.window.value}",
        height=HEIGHT,
    )
