"""What the reader asked for, as it stands in the URL."""

import dataclasses
from dataclasses import dataclass
from typing import Self, TypeVar
from urllib.parse import urlencode

from django.db.models import IntegerChoices
from django.http import QueryDict

from interventions.console.paging import Position
from risk.levels import Hardship, Level, Segment

Choice = TypeVar("Choice", bound=IntegerChoices)
LONGEST_TEXT = 100
LONGEST_ID = len(str(2**63))


@dataclass(frozen=True, kw_only=True)
class QueueFilters:
    """Which customers are wanted; None and "" mean any."""

    level: Level | None = None
    hardship: Hardship | None = None
    segment: Segment | None = None
    city: str = ""
    employment: str = ""
    manager_id: int | None = None
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether everybody visible is wanted."""
        return self == QueueFilters()

    @property
    def is_about_risk_only(self) -> bool:
        """Whether nothing is asked about the person, only about the risk."""
        return not (self.city or self.employment or self.manager_id is not None or self.text)

    @property
    def is_level_only(self) -> bool:
        """Whether nothing but the level is restricted."""
        return dataclasses.replace(self, level=None).is_empty

    def parameters(self) -> dict[str, str]:
        """The filters as URL parameters, only those that are set."""
        named = {
            "q": self.text,
            "level": self.level.name if self.level is not None else "",
            "hardship": self.hardship.name if self.hardship is not None else "",
            "segment": self.segment.name if self.segment is not None else "",
            "city": self.city,
            "employment": self.employment,
            "rm": str(self.manager_id) if self.manager_id is not None else "",
        }
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, kw_only=True)
class QueueAddress:
    """One view of the queue: the same URL always shows the same filters, place and open row."""

    filters: QueueFilters = QueueFilters()
    after: Position | None = None
    before: Position | None = None
    open_id: int | None = None

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Read an address; what cannot be understood is left out."""
        filters = QueueFilters(
            level=_choice(Level, query.get("level", "")),
            hardship=_choice(Hardship, query.get("hardship", "")),
            segment=_choice(Segment, query.get("segment", "")),
            city=_text(query, "city"),
            employment=_text(query, "employment"),
            manager_id=id_of(query.get("rm", "")),
            text=" ".join(_text(query, "q").split()),
        )
        after = Position.decode(query.get("after", ""))
        before = None if after else Position.decode(query.get("before", ""))
        return cls(filters=filters, after=after, before=before, open_id=id_of(query.get("open", "")))

    def query(self) -> str:
        """The canonical query string, with its question mark, or "?" alone."""
        parameters = self.filters.parameters()
        if self.after:
            parameters["after"] = self.after.encode()
        if self.before:
            parameters["before"] = self.before.encode()
        if self.open_id:
            parameters["open"] = str(self.open_id)
        return "?" + urlencode(parameters)

    def with_filters(self, **changes: object) -> "QueueAddress":
        """The first page of the same view with filters changed."""
        return QueueAddress(filters=dataclasses.replace(self.filters, **changes))  # type: ignore[arg-type]

    def with_open(self, customer_id: int | None) -> "QueueAddress":
        """The same page with another row open, or none."""
        return dataclasses.replace(self, open_id=customer_id)


def _choice(choices: type[Choice], name: str) -> Choice | None:
    return choices[name] if name in choices.names else None


def _text(query: QueryDict, name: str) -> str:
    return query.get(name, "").replace("\x00", "").strip()[:LONGEST_TEXT]


def id_of(text: str) -> int | None:
    """A positive number that may be a primary key, else None."""
    # The length first: Python refuses to read thousands of digits at all.
    is_number = len(text) <= LONGEST_ID and text.isascii() and text.isdigit()
    return int(text) if is_number and 0 < int(text) < 2**63 else None
