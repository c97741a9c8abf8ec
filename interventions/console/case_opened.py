"""What of a case's page its reader has open, as it stands in the address: reload and shared links give the same."""

from dataclasses import dataclass
from typing import Self

from django.http import QueryDict

from interventions.console import case_history
from interventions.models import Channel


@dataclass(frozen=True, kw_only=True)
class Opened:
    """One view of a case's page.

    Args:
        channel: A `Channel`; "": the one the policy recommends.
        is_choice: Whether the reader chose that channel.
        kind: Of the history, a `case_history.Kind`; "": everything.
        is_whole: Whether all of the history is shown.
    """

    channel: str = ""
    is_choice: bool = True
    kind: str = ""
    is_whole: bool = False

    @classmethod
    def read(cls, query: QueryDict, *, channel: str, is_choice: bool = True) -> Self:
        """Read an address; what cannot be understood is left out.

        Args:
            query: Of the page, or of what its parts are asked for by.
            channel: As the request names it.
            is_choice: Whether the reader chose it.
        """
        kind = query.get("history", "")
        return cls(
            channel=channel if channel in Channel.values else "",
            is_choice=is_choice,
            kind=kind if kind in case_history.Kind.values else "",
            is_whole=query.get("all", "") == "1",
        )

    @classmethod
    def of_page(cls, said: QueryDict) -> Self:
        """What the page's address says, or a form of the page (`form_hidden.html`)."""
        return cls.read(said, channel=said.get("channel", ""))

    @property
    def query(self) -> QueryDict:
        """The address of this view; links of the page change one part of it."""
        found = QueryDict(mutable=True)
        if self.channel and self.is_choice:
            found["channel"] = self.channel
        if self.kind:
            found["history"] = self.kind
        if self.is_whole:
            found["all"] = "1"
        return found
