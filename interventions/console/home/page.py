"""What Home shows a reader, put together. The number of queries depends on their roles alone."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from customers import roles
from interventions.console import once, status
from interventions.console.charts import Chart
from interventions.console.home import charts, redis_look, system, work
from interventions.console.home.address import STRETCHES, HomeAddress, Window
from interventions.console.home.attention import most_urgent
from interventions.console.home.overview import last_counted_at, overview
from risk.portfolio.selectors import own_counts
from risk.portfolio.trend import own_trend

CHARTS = ("levels", "hardships", "trend")


def home_context(*, user: User, address: HomeAddress) -> dict[str, Any]:
    """Everything the region needs."""
    window = STRETCHES[address.window]
    own = own_trend(user=user, window=window, now=timezone.now())
    shown = overview(user=user, window=window, own=own)
    probes = status.read_probes()
    return {
        "address": address,
        "probes": probes,
        "windows": list(Window),
        "overview": shown,
        "sees_everybody": roles.sees_everybody(user),
        "urgent": most_urgent(user=user),
        "work": work.work_of(user),
        "takes_cases": work.takes_cases(user),
        "once": once.new_key(),
        "level_chart": charts.level_chart(shown),
        "hardship_chart": charts.hardship_chart(charts.hardship_counts(user, own.now if own else None)),
        "trend_chart": charts.trend_chart(shown, address=address),
        "system": system.system_parts(probes=probes, redis=redis_look.look(), counted_at=last_counted_at()),
        "currency": settings.BANK_CURRENCY,
    }


def chart_of(key: str, *, user: User, address: HomeAddress) -> Chart:
    """One of the charts alone, for its file.

    Args:
        key: One of `CHARTS`.
    """
    if key == "hardships":
        return charts.hardship_chart(charts.hardship_counts(user, own_counts(user)))
    window = STRETCHES[address.window]
    own = own_trend(user=user, window=window, now=timezone.now())
    shown = overview(user=user, window=window, own=own)
    if key == "levels":
        return charts.level_chart(shown)
    return charts.trend_chart(shown, address=address)
