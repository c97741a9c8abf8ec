"""Pieces of bank days put together: what was known of each day at one moment. Pure.

A piece is the tile of those of a customer's transactions of one bank day that became known between two of the moments
at which the customer is looked at. Tiles merge, so the day as known at a moment is the merger of the pieces known
by then; nothing has to be read again for the next moment.
"""

from dataclasses import dataclass, fields

import numpy as np

from risk.features import Floats, Ints
from risk.model.inputs import DayFacts

_KEYS = ("customer", "day")
FACTS = tuple(each.name for each in fields(DayFacts) if each.name not in _KEYS)
LAST = "last_balance_amount"
MAXIMA = frozenset({"largest_unflagged_credit_amount"})
MINIMA = frozenset({"lowest_balance_amount"})
SUMS = tuple(name for name in FACTS if name not in MAXIMA | MINIMA | {LAST})


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Pieces of several customers' days, one element each.

    Sorted by customer, day, and within a day by their last stated balance: those that state none first, then the
    earlier ones, so that of any selection the day's last piece states the day's last balance.

    Args:
        customer: index of the customer.
        day: the bank day.
        known_from: index of the first of the customer's moments at which it was known.
        facts: one array for each name in `FACTS`, as in `DayFacts`.
    """

    customer: Ints
    day: Ints
    known_from: Ints
    facts: dict[str, Floats]


def merge(*, pieces: Pieces, chosen: Ints) -> DayFacts:
    """Put the chosen pieces together.

    Args:
        pieces: all pieces.
        chosen: indices of those known, rising.

    Returns:
        One element for each customer and day of which a piece was chosen, sorted; `customer` as in the pieces.
    """
    customer, day = pieces.customer[chosen], pieces.day[chosen]
    is_first = np.ones(chosen.size, dtype=np.bool_)
    is_first[1:] = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    is_last = np.ones(chosen.size, dtype=np.bool_)
    is_last[:-1] = is_first[1:]
    first = chosen[is_first]
    # Nearly every day is one piece; only the further ones are added one by one.
    further = chosen[~is_first]
    group = np.cumsum(is_first)[~is_first] - 1
    merged = {name: pieces.facts[name][first] for name in FACTS}
    for name in SUMS:
        np.add.at(merged[name], group, pieces.facts[name][further])
    for name in MAXIMA:
        np.maximum.at(merged[name], group, pieces.facts[name][further])
    for name in MINIMA:
        np.fmin.at(merged[name], group, pieces.facts[name][further])
    merged[LAST] = pieces.facts[LAST][chosen[is_last]]
    return DayFacts(customer=customer[is_first], day=day[is_first], **merged)
