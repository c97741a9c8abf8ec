"""Keyset paging: a page begins after a position and stays there while rows above it come and go."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import DateField, F, Value
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce

from risk.models.assessment import NEVER_DUE_ON

Key = tuple[Any, ...]

# The order of the queue as expressions that all ascend: worst level, score, soonest due, customer. One
# direction throughout lets a single row comparison, and so the index `risk_worst_then_due`, serve every page.
WALKED: Key = (
    -F("risk__level"),
    -F("risk__score"),
    Coalesce("risk__next_due_on", Value(NEVER_DUE_ON, output_field=DateField())),
    F("risk__customer_id"),
)
# The same order for a few known customers: no index matches it, so that the planner finds those customers and
# sorts them instead of walking a queue of a million to meet them.
SORTED: Key = (-F("risk__level") + Value(0), *WALKED[1:])


@dataclass(frozen=True)
class Position:
    """A place in the queue: that of one row."""

    level: int
    score: float
    due_on: dt.date
    customer_id: int

    @classmethod
    def decode(cls, text: str) -> Self | None:
        """Read a position from the URL; None when it is none."""
        try:
            level, score, due, customer_id = text.split("_")
            position = cls(int(level), float(score), dt.date.fromisoformat(due), int(customer_id))
        except ValueError:
            return None
        return position if math.isfinite(position.score) and 0 < position.customer_id < 2**63 else None

    def encode(self) -> str:
        """Write the position for the URL."""
        return f"{self.level}_{self.score:g}_{self.due_on.isoformat()}_{self.customer_id}"

    @property
    def key(self) -> Key:
        """The position as values of the order's expressions."""
        return (-self.level, -self.score, self.due_on, self.customer_id)


def behind(position: Position, order: Key) -> TupleGreaterThan:
    """The condition that a row comes after a position."""
    return TupleGreaterThan(order, position.key)


def ahead_of(position: Position, order: Key) -> TupleLessThan:
    """The condition that a row comes before a position."""
    return TupleLessThan(order, position.key)
