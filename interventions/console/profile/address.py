"""What of a customer is asked for, as it stands in the URL."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self, TypeVar
from urllib.parse import urlencode

from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Transaction
from customers.money import LARGEST_AMOUNT

LONGEST_TEXT = 100
WINDOW_DAYS = 90
MOST_DAYS = 400
Named = TypeVar("Named", bound=TextChoices)


class Tab(TextChoices):
    """The parts of a customer's page."""

    OVERVIEW = "overview", gettext_lazy("Why, and what next")
    BEHAVIOUR = "behaviour", gettext_lazy("Behaviour")
    TRANSACTIONS = "transactions", gettext_lazy("Transactions")
    RISK = "risk", gettext_lazy("Risk")
    WHAT_IF = "what-if", gettext_lazy("What if")
    CONTACT = "contact", gettext_lazy("Contact")
    TIMELINE = "timeline", gettext_lazy("Timeline")


KIND_WORDS: dict[str, Promise] = {
    Transaction.Kind.ESSENTIAL: gettext_lazy("Essentials"),
    Transaction.Kind.DISCRETIONARY: gettext_lazy("Wants"),
    Transaction.Kind.CASH: gettext_lazy("Cash"),
    Transaction.Kind.INCOME: gettext_lazy("Income"),
    Transaction.Kind.DEBT: gettext_lazy("Instalments"),
}
TYPE_WORDS: dict[str, Promise] = {
    Transaction.Type.DEBIT: gettext_lazy("Money out"),
    Transaction.Type.CREDIT: gettext_lazy("Money in"),
}
STATUS_WORDS: dict[str, Promise] = {
    Transaction.Status.BOOKED: gettext_lazy("Booked"),
    Transaction.Status.RETURNED: gettext_lazy("Returned"),
    Transaction.Status.DECLINED: gettext_lazy("Declined"),
}


@dataclass(frozen=True)
class Place:
    """A place in the list of transactions: that of one row."""

    occurred_at: dt.datetime
    transaction_id: str

    @classmethod
    def decode(cls, text: str) -> Self | None:
        """Read a place from the URL; None when it is none."""
        moment, _sign, transaction_id = text.replace("\x00", "").partition("|")
        try:
            at = dt.datetime.fromisoformat(moment)
        except ValueError:
            return None
        is_place = at.tzinfo is not None and dt.MINYEAR + 1 < at.year < dt.MAXYEAR
        return cls(at, transaction_id[:LONGEST_TEXT]) if is_place and transaction_id else None

    def encode(self) -> str:
        """Write the place for the URL."""
        return f"{self.occurred_at.astimezone(dt.UTC).isoformat()}|{self.transaction_id}"


@dataclass(frozen=True, kw_only=True)
class TransactionFilters:
    """Which transactions are wanted; "" and None mean any. Days are always bounded: the table has a part a month.

    Args:
        errors: what of the address could not be understood, by the name of its field, in words.
    """

    first_on: dt.date
    last_on: dt.date
    kind: str = ""
    direction: str = ""
    status: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    text: str = ""
    after: Place | None = None
    errors: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, query: QueryDict, *, today_on: dt.date) -> Self:
        """Read the filters; what cannot be understood is left out, and said."""
        reader = _Reader(query)
        last_on = reader.day("to") or today_on
        first_on = reader.day("from") or last_on - dt.timedelta(days=WINDOW_DAYS - 1)
        if first_on > last_on:
            reader.wrong("from", _("The first day is after the last one; they were changed round."))
            first_on, last_on = last_on, first_on
        if (last_on - first_on).days >= MOST_DAYS:
            first_on = last_on - dt.timedelta(days=MOST_DAYS - 1)
            reader.wrong(
                "from",
                _("At most %(days)d days are looked at together; these are the last of them.")
                % {"days": MOST_DAYS},
            )
        return cls(
            first_on=first_on,
            last_on=last_on,
            kind=_named(Transaction.Kind, query.get("kind", "")),
            direction=_named(Transaction.Type, query.get("direction", "")),
            status=_named(Transaction.Status, query.get("status", "")),
            least=reader.amount("least"),
            most=reader.amount("most"),
            text=text_of(query, "q"),
            after=Place.decode(query.get("after", "")),
            errors=tuple(reader.errors.items()),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the days is restricted."""
        wanted = (self.kind, self.direction, self.status, self.text)
        return any(wanted) or self.least is not None or self.most is not None

    def parameters(self) -> dict[str, str]:
        """The filters as URL parameters, only those that are set."""
        named = {
            "tab": str(Tab.TRANSACTIONS),
            "from": self.first_on.isoformat(),
            "to": self.last_on.isoformat(),
            "kind": self.kind,
            "direction": self.direction,
            "status": self.status,
            "least": "" if self.least is None else f"{self.least:f}",
            "most": "" if self.most is None else f"{self.most:f}",
            "q": self.text,
        }
        return {name: value for name, value in named.items() if value}

    def query(self, **more: str) -> str:
        """The canonical query string, with its question mark."""
        return "?" + urlencode({**self.parameters(), **more})


def tab_of(query: QueryDict) -> Tab:
    """The part that is asked for; the first where there is none of the name."""
    name = query.get("tab", "")
    return Tab(name) if name in Tab.values else Tab.OVERVIEW


def text_of(query: QueryDict, name: str) -> str:
    """What was typed, in one line."""
    return " ".join(query.get(name, "").replace("\x00", "").split())[:LONGEST_TEXT]


def _named(choices: type[Named], name: str) -> str:
    return str(choices(name)) if name in choices.values else ""


class _Reader:
    """Reads days and amounts, and keeps what could not be read."""

    def __init__(self, query: QueryDict) -> None:
        self._query = query
        self.errors: dict[str, str] = {}

    def wrong(self, name: str, why: str) -> None:
        self.errors.setdefault(name, why)

    def day(self, name: str) -> dt.date | None:
        typed = text_of(self._query, name)
        if not typed:
            return None
        try:
            found = dt.date.fromisoformat(typed)
        except ValueError:
            self.wrong(name, _("This is no day; write it like 2026-02-17."))
            return None
        # Room for the window before it, and for zones around it.
        if not dt.date(1990, 1, 1) <= found <= dt.date(2200, 1, 1):
            self.wrong(name, _("No transactions are kept of that day."))
            return None
        return found

    def amount(self, name: str) -> Decimal | None:
        typed = text_of(self._query, name).replace(",", "")
        if not typed:
            return None
        try:
            found = Decimal(typed)
        except InvalidOperation:
            self.wrong(name, _("This is no amount; write it like 1200 or 1200.50."))
            return None
        if not found.is_finite() or found < 0 or found > LARGEST_AMOUNT:
            self.wrong(name, _("Write an amount from 0 on."))
            return None
        return found.quantize(Decimal("0.01"))
