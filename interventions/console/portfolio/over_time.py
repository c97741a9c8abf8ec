"""Where does risk move? The levels of whom a reader sees, over a day or 90 days."""

import datetime as dt

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from customers import roles
from interventions.console.charts import Chart
from interventions.console.levels_over_time import levels_over_time
from interventions.console.portfolio.address import Over
from risk.portfolio import trend

WINDOWS = {Over.DAY: trend.DAY, Over.QUARTER: trend.QUARTER}


def over_time(user: User, over: Over, *, until: dt.datetime) -> Chart:
    """HIGH and MEDIUM of everybody, or of the reader's own customers of now, up to a moment of the wall clock."""
    window = WINDOWS[over]
    subtitle = (
        _("Customers at HIGH and MEDIUM over %(window)s.")
        if roles.sees_everybody(user)
        else _("Your customers of today, where they stood over %(window)s by their receipts.")
    )
    return levels_over_time(
        trend.trend(user=user, window=window, now=until),
        window=window,
        key=f"trend-{over.value}",
        title=_("Where does risk move?"),
        subtitle=subtitle % {"window": over.label},
        height=320,
    )
