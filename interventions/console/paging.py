"""Orders of the queue, and keyset paging: a page begins after a position and stays there while rows come and go.

An order is one or more stretches, one after the other. A stretch is a condition and expressions that all run in one
direction: so a single row comparison, and an index on the same expressions, serve every page both ways.
"""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import DateField, F, Q, TextChoices, Value
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from risk.levels import Level
from risk.models.assessment import NEVER_DUE_ON

Key = tuple[Any, ...]
SEPARATOR = "_"
LARGEST_ID = 2**63
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


class Sort(TextChoices):
    """In which order customers stand."""

    WORST = "worst", _("Worst first")
    DUE = "due", _("Due soonest")
    PROBABILITY = "probability", _("Probability of a miss")
    SCORE = "score", _("Score")
    CHANGED = "changed", _("Last changed")
    NAME = "name", _("Name")


def due_on(prefix: str) -> Coalesce:
    """The due date of a risk that is reached by this prefix; who has none stands last."""
    return Coalesce(f"{prefix}next_due_on", Value(NEVER_DUE_ON, output_field=DateField()))


@dataclass(frozen=True)
class Part:
    """One part of an order.

    Args:
        expression: by which the database sorts.
        of: what a customer has there.
        write: for the URL.
        read: from the URL; raises ValueError.
        key: the expression's value for what a customer has.
    """

    expression: Any
    of: Callable[[Customer], Any]
    write: Callable[[Any], str] = str
    read: Callable[[str], Any] = int
    key: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Stretch:
    """A part of the queue with an order of its own.

    Args:
        condition: who stands in it; None: everybody.
        parts: of the order, the customer last.
        is_descending: all of them.
        is_sorted_anew: for each page, since no index has this order.
    """

    parts: tuple[Part, ...]
    condition: Q | None = None
    is_descending: bool = False
    is_sorted_anew: bool = False

    @property
    def expressions(self) -> Key:
        """What the database sorts by."""
        return tuple(part.expression for part in self.parts)

    def holds(self, customer: Customer, number: int, sort: Sort) -> "Position":
        """A customer's place."""
        return Position(sort, number, tuple(part.of(customer) for part in self.parts))


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _customer_id(text: str) -> int:
    number = _whole(text)
    if number < 1:
        raise ValueError(text)
    return number


def _whole(text: str) -> int:
    # The length first: Python refuses to read thousands of digits at all.
    if len(text) > len(str(LARGEST_ID)) or not -LARGEST_ID < int(text) < LARGEST_ID:
        raise ValueError(text[:20])
    return int(text)


def _level(text: str) -> int:
    return Level(_whole(text))


def _moment(text: str) -> dt.datetime:
    try:
        return EPOCH + _whole(text) * MICROSECOND
    except OverflowError as error:
        raise ValueError(text) from error


LEVEL = Part(-F("risk__level"), lambda each: each.risk.level, read=_level, key=lambda level: -level)
SCORE = Part(
    -F("risk__score"), lambda each: each.risk.score, "{:g}".format, _finite, key=lambda score: -score
)
DUE = Part(
    due_on("risk__"),
    lambda each: each.risk.next_due_on or NEVER_DUE_ON,
    dt.date.isoformat,
    dt.date.fromisoformat,
)
PROBABILITY = Part(
    -F("risk__probability"), lambda each: each.risk.probability, repr, _finite, key=lambda value: -value
)
CHANGED = Part(
    F("risk__changed_at"),
    lambda each: each.risk.changed_at,
    lambda moment: str((moment - EPOCH) // MICROSECOND),
    _moment,
)
NAME = Part(F("full_name"), lambda each: each.full_name)
OF_RISK = Part(F("risk__customer_id"), lambda each: each.pk, read=_customer_id)
OF_PERSON = Part(F("pk"), lambda each: each.pk, read=_customer_id)

WORST_FIRST = (LEVEL, SCORE, DUE, OF_RISK)
# The probability moves with every evaluation, and an index on it would be written as often. So those whom the model
# puts above LOW are looked up and sorted, and the others stand behind them in the queue's own order.
ABOVE_LOW = Q(risk__band__gt=Level.LOW, risk__probability__isnull=False)
ORDERS: dict[Sort, tuple[Stretch, ...]] = {
    Sort.WORST: (Stretch(WORST_FIRST),),
    Sort.DUE: (Stretch((DUE, LEVEL, SCORE, OF_RISK)),),
    Sort.PROBABILITY: (
        Stretch((PROBABILITY, OF_RISK), ABOVE_LOW, is_sorted_anew=True),
        Stretch(WORST_FIRST, Q(risk__band__lte=Level.LOW) | Q(risk__band=None) | Q(risk__probability=None)),
    ),
    Sort.SCORE: (Stretch((SCORE, DUE, OF_RISK)),),
    Sort.CHANGED: (Stretch((CHANGED, OF_RISK), is_descending=True),),
    # Who has no name yet stands last.
    Sort.NAME: (Stretch((NAME, OF_PERSON), Q(full_name__gt="")), Stretch((OF_PERSON,), Q(full_name=""))),
}


@dataclass(frozen=True)
class Position:
    """A place in an order: the values of one customer there.

    Args:
        sort: the order.
        stretch: its number in the order.
        values: of the stretch's parts. A name stands in no URL: there it is None, to be looked up.
    """

    sort: Sort
    stretch: int
    values: tuple[Any, ...]

    @classmethod
    def decode(cls, text: str, sort: Sort = Sort.WORST) -> Self | None:
        """Read a position from the URL; None when it is none."""
        stretches = ORDERS[sort]
        number, _rest, rest = text.partition(SEPARATOR) if len(stretches) > 1 else ("0", "", text)
        if number not in {str(each) for each in range(len(stretches))}:
            return None
        parts = stretches[int(number)].parts
        told = [part for part in parts if part is not NAME]
        words = rest.split(SEPARATOR)
        try:
            read = [part.read(word) for part, word in zip(told, words, strict=True)]
        except ValueError:
            return None
        return cls(sort, int(number), (None, *read) if NAME in parts else tuple(read))

    def encode(self) -> str:
        """Write the position for the URL."""
        stretches = ORDERS[self.sort]
        pairs = zip(stretches[self.stretch].parts, self.values, strict=True)
        words = [part.write(value) for part, value in pairs if part is not NAME]
        return SEPARATOR.join([str(self.stretch), *words] if len(stretches) > 1 else words)

    @property
    def customer_id(self) -> int:
        """Whose place it is."""
        found: int = self.values[-1]
        return found

    @property
    def key(self) -> Key:
        """The position as values of the order's expressions."""
        parts = ORDERS[self.sort][self.stretch].parts
        return tuple(part.key(value) for part, value in zip(parts, self.values, strict=True))

    def with_name(self, name: str) -> "Position":
        """The same place, with the name that is in no URL."""
        return Position(self.sort, self.stretch, (name, *self.values[1:]))

    @property
    def wants_name(self) -> bool:
        """Whether the name is still to be looked up."""
        return self.values[0] is None


def position_of(customer: Customer, sort: Sort) -> Position:
    """Where a customer, with `risk` at hand, stands."""
    number = _stretch_of(customer, sort)
    return ORDERS[sort][number].holds(customer, number, sort)


def _stretch_of(customer: Customer, sort: Sort) -> int:
    if sort == Sort.PROBABILITY:
        risk = customer.risk
        return 0 if risk.band is not None and risk.band > Level.LOW and risk.probability is not None else 1
    return int(sort == Sort.NAME and not customer.full_name)


def behind(stretch: Stretch, position: Position, order: Key) -> TupleGreaterThan | TupleLessThan:
    """The condition that a row comes after a position."""
    compare = TupleLessThan if stretch.is_descending else TupleGreaterThan
    return compare(order, position.key)


def ahead_of(stretch: Stretch, position: Position, order: Key) -> TupleGreaterThan | TupleLessThan:
    """The condition that a row comes before a position."""
    compare = TupleGreaterThan if stretch.is_descending else TupleLessThan
    return compare(order, position.key)


def fenced(expressions: Key) -> Key:
    """The same order for a few known customers: no index matches it, so that the planner finds those customers and
    sorts them instead of walking a queue of a million to meet them.
    """
    return (Coalesce(expressions[0], expressions[0]), *expressions[1:])
