"""The portfolio's page: its charts in their order, and when they were counted."""

import dataclasses
import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from customers import bank_clock, formats, roles
from interventions.console.charts import Chart
from interventions.console.portfolio import by_day, by_kind, losses, over_time
from interventions.console.portfolio.address import PortfolioAddress
from interventions.console.portfolio.matrix import Matrix
from risk.portfolio import selectors
from risk.portfolio.selectors import Portfolio


def page_context(*, user: User, address: PortfolioAddress) -> dict[str, Any]:
    """Everything the page shows of what is counted; `counted` is None where nothing has been counted yet."""
    counted = selectors.portfolio(user)
    context = {"counted": counted, "address": address, "sees_everybody": roles.sees_everybody(user)}
    if counted is None:
        return context
    levels, matrix, *charts = charts_of(counted, user=user, address=address, until=timezone.now())
    return {
        **context,
        "as_of": levels.as_of,
        "today": bank_clock.today(),
        "number": formats.grouped(counted.customers, settings.BANK_CURRENCY),
        "levels": levels,
        "matrix": Matrix(matrix),
        "trend": charts[0],
        "charts": charts[1:-1],
        "losses": charts[-1],
    }


def chart_of(key: str, *, user: User, address: PortfolioAddress, until: dt.datetime) -> Chart | None:
    """One chart by its key; None where there is none of the kind, or nothing to show in it."""
    counted = selectors.portfolio(user)
    made = charts_of(counted, user=user, address=address, until=until) if counted else []
    return next((chart for chart in made if chart.key == key and not chart.is_empty), None)


def charts_of(
    counted: Portfolio, *, user: User, address: PortfolioAddress, until: dt.datetime
) -> list[Chart]:
    """All charts in the order of the page; the second one is the matrix, as a file has it.

    Args:
        counted: What they show.
        user: Who reads.
        address: Which view.
        until: The wall clock's moment at which the levels over time end. Their file's address holds it: a file that is
            fetched a minute later has the numbers that stand on the page.
    """
    made = [
        by_kind.hardship_levels(counted),
        by_day.moves(counted),
        over_time.over_time(user, address.over, until=until),
        by_kind.hardships(counted),
        by_kind.segments(counted),
        by_day.dues(counted),
        losses.losses(counted, address.by),
    ]
    as_of = counted.counted_at or timezone.now()
    return [
        dataclasses.replace(
            chart, as_of=chart.as_of or as_of, csv_url=address.query(csv=chart.key, until=until.isoformat())
        )
        for chart in made
    ]
