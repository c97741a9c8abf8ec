"""What the reader of Home asked for, as it stands in the URL."""

from dataclasses import dataclass
from typing import Self

from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from risk.portfolio import trend


class Window(TextChoices):
    """How far back the trend goes."""

    HALF_HOUR = "30m", _("30 minutes")
    DAY = "day", _("Day")
    QUARTER = "90d", _("90 days")


STRETCHES = {Window.HALF_HOUR: trend.HALF_HOUR, Window.DAY: trend.DAY, Window.QUARTER: trend.QUARTER}
IN_WORDS: dict[Window, str | Promise] = {
    Window.HALF_HOUR: _("the last 30 minutes"),
    Window.DAY: _("the last day"),
    Window.QUARTER: _("the last 90 days"),
}


@dataclass(frozen=True)
class HomeAddress:
    """One view of Home."""

    window: Window = Window.DAY

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Read an address; what cannot be understood is left out."""
        asked = query.get("trend", "")
        return cls(Window(asked)) if asked in Window.values else cls()

    def query(self) -> str:
        """The canonical query string with its question mark, or an empty one."""
        return "" if self == HomeAddress() else f"?trend={self.window.value}"
