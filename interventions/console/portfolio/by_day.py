"""What holds on one bank day alone: how soon customers' instalments are due, and from which level they came.

Counted on an earlier day than the queue counts by, the marks lead nowhere: it would say another number.
"""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interventions.console.charts import Chart
from interventions.console.filters import QueueFilters
from interventions.console.portfolio.bars import Bar, stacked
from risk.portfolio.cohorts import DueCohort, Was
from risk.portfolio.cuts import Dimension
from risk.portfolio.selectors import Portfolio


def moves(counted: Portfolio) -> Chart:
    """From the level of a week ago to that of now."""
    groups = counted.groups.get(Dimension.WAS, {})
    is_linked = counted.is_of_today
    subtitle = _("From the level of seven bank days ago to that of now.")
    if not is_linked:
        subtitle = _("From the level of seven bank days before %(day)s to that of when it was counted.")
    return stacked(
        "moves",
        _("Who moved between levels within a week?"),
        [
            Bar(str(was.label), groups.get(was.value, {}), QueueFilters(was=was) if is_linked else None)
            for was in Was
        ],
        category_name=_("A week ago"),
        subtitle=subtitle % _day(counted),
    )


def dues(counted: Portfolio) -> Chart:
    """Cohort by days to the due date × level, in the order of time, which says more than the order of size."""
    groups = counted.groups.get(Dimension.DUE, {})
    is_linked = counted.is_of_today
    subtitle = _("Customers by bank days to the oldest uncovered instalment, and level.")
    if not is_linked:
        subtitle = _(
            "Customers by bank days from %(day)s to the oldest uncovered instalment, and level: not of today."
        )
    return stacked(
        "dues",
        _("How soon is the next instalment due?"),
        [
            Bar(
                str(cohort.label),
                groups.get(cohort.value, {}),
                QueueFilters(due=cohort) if is_linked else None,
            )
            for cohort in DueCohort
        ],
        category_name=_("Next instalment due"),
        subtitle=subtitle % _day(counted),
        height=320,
    )


def _day(counted: Portfolio) -> dict[str, str]:
    return {"day": date_format(counted.day_on, "j M")}
