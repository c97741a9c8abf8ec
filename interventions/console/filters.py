"""What the reader asked for, as it stands in the URL."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self, TypeVar
from urllib.parse import urlencode

from django.db.models import IntegerChoices, TextChoices
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from interventions.console.paging import Position, Sort, position_of
from risk.levels import Hardship, Level, Segment
from risk.portfolio.cohorts import DueCohort, Was
from risk.portfolio.cuts import Cut

Choice = TypeVar("Choice", bound=IntegerChoices)
Named = TypeVar("Named", bound=TextChoices)
LONGEST_TEXT = 100
LARGEST_ID = 2**63 - 1
LONGEST_ID = len(str(LARGEST_ID))
# Says in so many words that nothing is restricted, where the bare address leads to the reader's own view.
EVERYBODY = "all"


class Column(TextChoices):
    """What a reader may leave out of the table; who it is and how urgent always stand there."""

    SCORE = "score", _("Score")
    PROBABILITY = "probability", _("Probability")
    HARDSHIP = "hardship", _("Hardship")
    CITY = "city", _("City")
    EMPLOYMENT = "employment", _("Employment")
    WHY = "why", _("Why")
    DUE = "due", _("Due")
    SLA = "sla", _("SLA")
    ACTION = "action", _("Recommended action")
    UPDATED = "updated", _("Last updated")


@dataclass(frozen=True, kw_only=True)
class QueueFilters:
    """Which customers are wanted; None, "" and no level mean any.

    Args:
        due: how soon the next instalment is due.
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
    text: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Read the filters; what cannot be understood is left out."""
        levels = frozenset(level for name in query.getlist("level") if (level := _choice(Level, name)))
        return cls(
            # All of them are any.
            levels=levels if len(levels) < len(Level) else frozenset(),
            hardship=_choice(Hardship, query.get("hardship", "")),
            segment=_choice(Segment, query.get("segment", "")),
            city=_text(query, "city"),
            employment=_text(query, "employment"),
            manager_id=id_of(query.get("rm", "")),
            due=_named(DueCohort, query.get("due", "")),
            was=_named(Was, query.get("was", "")),
            text=" ".join(_text(query, "q").split()),
        )

    @property
    def is_empty(self) -> bool:
        """Whether everybody visible is wanted."""
        return self == QueueFilters()

    @property
    def folded_count(self) -> int:
        """How many of those are set that a small screen folds away: all but levels and text."""
        return len({name for name, _value in self.parameters()} - {"q", "level"})

    @property
    def is_about_risk_only(self) -> bool:
        """Whether nothing is asked about the person, only about the risk."""
        return not (self.city or self.employment or self.manager_id is not None or self.text)

    @property
    def is_level_only(self) -> bool:
        """Whether nothing but the level is restricted."""
        return dataclasses.replace(self, levels=frozenset()).is_empty

    @property
    def cut(self) -> Cut | None:
        """The same as a cut of the portfolio; None where a text is searched for."""
        if self.text:
            return None
        return Cut(
            levels=self.levels,
            hardship=self.hardship,
            segment=self.segment,
            city=self.city,
            employment=self.employment,
            manager_id=self.manager_id,
            due=self.due,
            was=self.was,
        )

    def parameters(self) -> list[tuple[str, str]]:
        """The filters as URL parameters, only those that are set; the worst level first."""
        named = [
            ("q", self.text),
            *(("level", level.name) for level in sorted(self.levels, reverse=True)),
            ("hardship", self.hardship.name if self.hardship is not None else ""),
            ("segment", self.segment.name if self.segment is not None else ""),
            ("city", self.city),
            ("employment", self.employment),
            ("rm", str(self.manager_id) if self.manager_id is not None else ""),
            ("due", self.due.value if self.due else ""),
            ("was", self.was.value if self.was else ""),
        ]
        return [(name, value) for name, value in named if value]


@dataclass(frozen=True, kw_only=True)
class QueueAddress:
    """One view of the queue: the same URL always shows the same filters, order, columns, place and open row.

    Args:
        hidden: columns left out.
        view_id: the saved view it began with; what differs from it since is in the address.
        has_default: whether the bare address leads to a view of the reader's own, so that everybody needs a word.
    """

    filters: QueueFilters = QueueFilters()
    sort: Sort = Sort.WORST
    hidden: frozenset[Column] = frozenset()
    after: Position | None = None
    before: Position | None = None
    open_id: int | None = None
    view_id: int | None = None
    has_default: bool = False

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Read an address; what cannot be understood is left out."""
        sort = _named(Sort, query.get("sort", "")) or Sort.WORST
        after = Position.decode(query.get("after", ""), sort)
        before = None if after else Position.decode(query.get("before", ""), sort)
        return cls(
            filters=QueueFilters.read(query),
            sort=sort,
            hidden=frozenset(
                column for name in query.getlist("hide") if (column := _named(Column, name)) is not None
            ),
            after=after,
            before=before,
            open_id=id_of(query.get("open", "")),
            view_id=id_of(query.get("view", "")),
            has_default=EVERYBODY in query,
        )

    def query(self) -> str:
        """The canonical query string, with its question mark, or "?" alone."""
        parameters = self.view_parameters()
        places = [
            ("after", self.after.encode() if self.after else ""),
            ("before", self.before.encode() if self.before else ""),
            ("open", str(self.open_id) if self.open_id else ""),
            ("view", str(self.view_id) if self.view_id else ""),
        ]
        parameters += [(name, value) for name, value in places if value]
        if not parameters and self.has_default:
            parameters = [(EVERYBODY, "1")]
        return "?" + urlencode(parameters)

    def view_parameters(self) -> list[tuple[str, str]]:
        """What a saved view keeps: filters, order and columns."""
        ordered = [("sort", self.sort.value)] if self.sort != Sort.WORST else []
        return self.filters.parameters() + ordered + [("hide", each.value) for each in sorted(self.hidden)]

    def first_page(self) -> "QueueAddress":
        """The same filters and order from the beginning, with no row open."""
        return dataclasses.replace(self, after=None, before=None, open_id=None)

    def cleared(self) -> "QueueAddress":
        """Everybody, in the same order and columns."""
        return dataclasses.replace(self.first_page(), filters=QueueFilters(), view_id=None)

    def with_filters(self, **changes: object) -> "QueueAddress":
        """The first page of the same view with filters changed."""
        filters = dataclasses.replace(self.filters, **changes)  # type: ignore[arg-type]
        return dataclasses.replace(self.first_page(), filters=filters)

    def with_level(self, level: Level) -> "QueueAddress":
        """The first page with one level more, or one less where it is asked for already."""
        levels = self.filters.levels ^ {level}
        return self.with_filters(levels=levels if len(levels) < len(Level) else frozenset())

    def with_sort(self, sort: Sort) -> "QueueAddress":
        """The first page in another order."""
        return dataclasses.replace(self.first_page(), sort=sort)

    def with_open(self, customer_id: int | None) -> "QueueAddress":
        """The same page with another row open, or none."""
        return dataclasses.replace(self, open_id=customer_id)

    def page_after(self, customer: Customer) -> "QueueAddress":
        """The page behind a customer."""
        return dataclasses.replace(self.first_page(), after=position_of(customer, self.sort))

    def page_before(self, customer: Customer) -> "QueueAddress":
        """The page before a customer."""
        return dataclasses.replace(self.first_page(), before=position_of(customer, self.sort))


def ids_of(texts: Iterable[str], *, most: int) -> list[int]:
    """The numbers among these that may be primary keys, each once, in their order."""
    found = dict.fromkeys(number for text in texts if (number := id_of(text)) is not None)
    return list(found)[:most]


def _choice(choices: type[Choice], name: str) -> Choice | None:
    return choices[name] if name in choices.names else None


def _named(choices: type[Named], value: str) -> Named | None:
    return choices(value) if value in choices.values else None


def _text(query: QueryDict, name: str) -> str:
    return query.get(name, "").replace("\x00", "").strip()[:LONGEST_TEXT]


def id_of(text: str) -> int | None:
    """A positive number that may be a primary key, else None."""
    # The length first: Python refuses to read thousands of digits at all.
    is_number = len(text) <= LONGEST_ID and text.isascii() and text.isdigit()
    return int(text) if is_number and 0 < int(text) <= LARGEST_ID else None
