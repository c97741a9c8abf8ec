"""What of the portfolio is asked for, as it stands in the URL."""

from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from risk.portfolio.cuts import Dimension


class By(models.TextChoices):
    """By what the expected loss is split."""

    CITY = "city", _("City")
    EMPLOYMENT = "employment", _("Employment")
    MANAGER = "rm", _("Relationship manager")

    @property
    def dimension(self) -> Dimension:
        """The same as it is counted."""
        return Dimension.MANAGER if self is By.MANAGER else Dimension(self.value)


class Over(models.TextChoices):
    """Over which time the levels are shown."""

    DAY = "24h", _("24 hours")
    QUARTER = "90d", _("90 days")


@dataclass(frozen=True, kw_only=True)
class PortfolioAddress:
    """One view of the portfolio; what cannot be understood is the usual one."""

    by: By = By.CITY
    over: Over = Over.DAY

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Read an address."""
        by, over = query.get("by", ""), query.get("over", "")
        return cls(
            by=By(by) if by in By.values else By.CITY, over=Over(over) if over in Over.values else Over.DAY
        )

    def query(self, **extra: str) -> str:
        """The query string, with its question mark, or "?" alone."""
        usual = PortfolioAddress()
        named = [("by", self.by, usual.by), ("over", self.over, usual.over)]
        return "?" + urlencode(
            [(name, now.value) for name, now, then in named if now != then] + list(extra.items())
        )

    def by_each(self) -> list[tuple[By, str]]:
        """Where each other split stands."""
        return [(by, replace(self, by=by).query()) for by in By]

    def over_each(self) -> list[tuple[Over, str]]:
        """Where each other stretch of time stands."""
        return [(over, replace(self, over=over).query()) for over in Over]
