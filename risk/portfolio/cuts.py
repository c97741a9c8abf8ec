"""What is counted together: the dimensions of the portfolio, and a choice within one of them. Pure."""

from dataclasses import dataclass

from django.db import models

from risk.levels import Hardship, Level, Segment
from risk.portfolio.cohorts import DueCohort, Was


class Dimension(models.TextChoices):
    """By what customers are counted, each by level as well."""

    HARDSHIP = "hardship"
    SEGMENT = "segment"
    CITY = "city"
    EMPLOYMENT = "employment"
    MANAGER = "manager"
    DUE = "due"
    WAS = "was"


# By the bank's day: what is counted of them holds on that day alone.
BY_DAY = frozenset({Dimension.DUE, Dimension.WAS})


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Whom somebody asks for; None, "" and no level mean any.

    Args:
        manager_id: the relationship manager to whom customers are assigned.
        was: the level of a week ago.
    """

    levels: frozenset[Level] = frozenset()
    hardship: Hardship | None = None
    segment: Segment | None = None
    city: str = ""
    employment: str = ""
    manager_id: int | None = None
    due: DueCohort | None = None
    was: Was | None = None

    @property
    def chosen(self) -> dict[Dimension, str]:
        """The values asked for, as they are stored, by dimension."""
        found: dict[Dimension, object] = {
            Dimension.HARDSHIP: None if self.hardship is None else int(self.hardship),
            Dimension.SEGMENT: None if self.segment is None else int(self.segment),
            Dimension.CITY: self.city or None,
            Dimension.EMPLOYMENT: self.employment or None,
            Dimension.MANAGER: self.manager_id,
            Dimension.DUE: self.due and self.due.value,
            Dimension.WAS: self.was and self.was.value,
        }
        return {dimension: str(value) for dimension, value in found.items() if value is not None}
