"""What the page of alerts shows, as its address says it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from django.urls import reverse
from django.utils.http import urlencode

from interventions.alerting import feed

LONGEST_ID = 19


@dataclass(frozen=True, kw_only=True)
class AlertAddress:
    """A page of alerts; what cannot be understood is left out."""

    kind: str = ""
    is_unread: bool = False
    before: int = 0

    @classmethod
    def read(cls, values: Mapping[str, str], offered: Collection[str]) -> Self:
        """From a request's parameters; only kinds that the reader may be told of."""
        kind, before = values.get("kind", ""), values.get("before", "")
        is_id = before.isascii() and before.isdecimal() and len(before) <= LONGEST_ID
        return cls(
            kind=kind if kind in offered else "",
            is_unread=values.get("show") == "unread",
            before=min(int(before), feed.LARGEST_ID) if is_id else 0,
        )

    def wanted(self) -> feed.Wanted:
        """Which notices that are."""
        return feed.Wanted(
            kinds=[self.kind] if self.kind else None,
            is_unread=self.is_unread,
            before=self.before or feed.LARGEST_ID,
        )

    @property
    def is_filtered(self) -> bool:
        """Whether something may be hidden by a filter."""
        return bool(self.kind or self.is_unread)

    def before_query(self, pk: int) -> str:
        """The query of the next older page."""
        return "?" + urlencode({**self._filters(), "before": pk})

    def path(self) -> str:
        """The address of the page."""
        values = {**self._filters(), **({"before": self.before} if self.before else {})}
        return reverse("alerts") + (f"?{urlencode(values)}" if values else "")

    def _filters(self) -> dict[str, str | int]:
        kind: dict[str, str | int] = {"kind": self.kind} if self.kind else {}
        return {**kind, **({"show": "unread"} if self.is_unread else {})}
