"""Cohorts: by days until the next instalment, and by the level of a week ago. Pure."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from risk.levels import Level

WEEK_DAYS = 7


class DueCohort(models.TextChoices):
    """How soon the oldest instalment that payments do not cover is due; the values stand in addresses."""

    OVERDUE = "overdue", _("Overdue")
    DAYS_0_3 = "0-3", _("In 0–3 days")
    DAYS_4_7 = "4-7", _("In 4–7 days")
    DAYS_8_14 = "8-14", _("In 8–14 days")
    DAYS_15_30 = "15-30", _("In 15–30 days")
    LATER = "later", _("Later than in 30 days")
    NONE = "none", _("Nothing due")


class Was(models.TextChoices):
    """The level of a week ago; the values stand in addresses."""

    HIGH = "HIGH", _("HIGH")
    MEDIUM = "MEDIUM", _("MEDIUM")
    LOW = "LOW", _("LOW")
    NEW = "NEW", _("Not known yet")

    @property
    def level(self) -> Level | None:
        """None of customers who were not known yet."""
        return None if self is Was.NEW else Level[self.name]


# The last day of each cohort that ends, in days from today.
LAST_DAYS: dict[DueCohort, int] = {
    DueCohort.OVERDUE: -1,
    DueCohort.DAYS_0_3: 3,
    DueCohort.DAYS_4_7: 7,
    DueCohort.DAYS_8_14: 14,
    DueCohort.DAYS_15_30: 30,
}


def due_between(cohort: DueCohort, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The first and the last due date of a cohort, both within it; None where it has no bound.

    Args:
        cohort: Any but NONE, whose customers have no due date.
        today: The bank's day.
    """
    ends = list(LAST_DAYS)
    place = ends.index(cohort) if cohort in LAST_DAYS else len(ends)
    first = today + dt.timedelta(days=LAST_DAYS[ends[place - 1]] + 1) if place else None
    last = today + dt.timedelta(days=LAST_DAYS[cohort]) if cohort in LAST_DAYS else None
    return first, last


def week_before(today: dt.date) -> dt.date:
    """The bank day at whose end the level of a week ago stood."""
    return today - dt.timedelta(days=WEEK_DAYS)
