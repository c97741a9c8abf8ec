"""Days, instalments and payments for the pure tests of the model's features, in units of the bank's currency."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from risk.model.features import compute
from risk.model.inputs import DayFacts, ModelInputs, Payments, Schedules
from risk.model.specs import NAMES
from risk.rulebook import EQUILIBRATE_1

AS_OF = 9_500
BALANCES = ("last_balance_amount", "lowest_balance_amount")
COLUMNS = tuple(each.name for each in fields(DayFacts))[2:]
Row = dict[str, float]


def day(age: float, *, customer: float = 0, **facts: float) -> Row:
    """One day; what is left out is 0, and a balance that is left out is not stated."""
    return {"customer": customer, "age": age, **facts}


def days_of(rows: Sequence[Row]) -> DayFacts:
    """Tiles from days; amounts become hundredths."""
    assert len({(row["customer"], row["age"]) for row in rows}) == len(rows), "a day is named twice"

    def column(name: str) -> Any:
        missing = np.nan if name in BALANCES else 0.0
        scale = 100.0 if name.endswith("_amount") else 1.0
        return scale * np.array([row.get(name, missing) for row in rows], dtype=np.float64)

    return DayFacts(
        customer=np.array([row["customer"] for row in rows], dtype=np.int64),
        day=np.array([AS_OF - row["age"] for row in rows], dtype=np.int64),
        **{name: column(name) for name in COLUMNS},
    )


@dataclass(frozen=True)
class Due:
    """One instalment, so many days ahead of the as-of day; negative: it was due."""

    ahead: int
    amount: float
    cumulative: float
    loan: int = 1
    customer: int = 0


@dataclass(frozen=True)
class Paid:
    """One payment, so many days before the as-of day."""

    age: int
    amount: float
    loan: int = 1
    customer: int = 0


def loan(*ahead: int, amount: float = 100.0, loan: int = 1, customer: int = 0) -> list[Due]:
    """A loan with level instalments on these days."""
    return [
        Due(each, amount, amount * number, loan, customer) for number, each in enumerate(sorted(ahead), 1)
    ]


def schedules_of(dues: Sequence[Due]) -> Schedules:
    return Schedules(
        customer=_ints(due.customer for due in dues),
        loan=_ints(due.loan for due in dues),
        due_day=_ints(AS_OF + due.ahead for due in dues),
        amount=_hundredths(due.amount for due in dues),
        cumulative_amount=_hundredths(due.cumulative for due in dues),
    )


def payments_of(paid: Sequence[Paid]) -> Payments:
    return Payments(
        customer=_ints(each.customer for each in paid),
        loan=_ints(each.loan for each in paid),
        day=_ints(AS_OF - each.age for each in paid),
        amount=_hundredths(each.amount for each in paid),
    )


def computed(
    rows: Sequence[Row] = (), *, dues: Sequence[Due] = (), paid: Sequence[Paid] = (), customers: int = 1
) -> ModelInputs:
    """Everything of customers with these days, instalments and payments."""
    return compute(
        days=days_of(rows),
        schedules=schedules_of(dues),
        payments=payments_of(paid),
        customers=customers,
        as_of=AS_OF,
        rules=EQUILIBRATE_1,
    )


def value(inputs: ModelInputs, name: str, customer: int = 0) -> float:
    """One feature of one customer."""
    return float(inputs.values[customer, NAMES.index(name)])


def fact(inputs: ModelInputs, name: str, customer: int = 0) -> float:
    """One fact of one customer."""
    return float(inputs.facts[name][customer])


def _ints(values: Iterable[int]) -> Any:
    return np.array(list(values), dtype=np.int64)


def _hundredths(values: Iterable[float]) -> Any:
    return 100.0 * np.array(list(values), dtype=np.float64)
