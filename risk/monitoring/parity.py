"""Parity: whether what the live stream computes from tiles is what the raw rows say.

For a sample of customers, on one bank day and in one state of the database, every feature is computed twice: from
tiles, schedules and payments as a refresh reads them, and from raw rows as the training set reads them, with everything
stored counting as known. A model is trained on the second and scores the first, so they must agree.

What neither side checks: payments are read from the same table, and for the last flagged salary before the windows
tiles say on which days to look.
"""

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection

from risk.evaluation import evaluate
from risk.features import Bools, Features, Floats
from risk.model.as_of import Wanted, snapshot, views
from risk.model.features import compute
from risk.model.inputs import ModelInputs
from risk.model.reading import read_inputs
from risk.model.specs import NAMES
from risk.models import MonitoringReport
from risk.reading import day_number, read_previous
from risk.rulebook import RulebookContent

KIND = "parity"
CHUNK = 1_000
# Ten times what rounding a sum to float32 may change: sums of the same numbers in another order are no difference.
RELATIVE_TOLERANCE = 1e-6
LIMIT = 0.001
MOST_EXAMPLES = 3
IS_COVERED = "is_covered"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """How many customers to look at: a share of them, or a number.

    Args:
        share: 0 to 1; None where a number is asked for.
        number: at most so many; None where a share is asked for.
    """

    share: float | None = None
    number: int | None = None

    def size(self, customers: int) -> int:
        """How many of so many customers; of any at all at least one."""
        if self.share is None:
            return min(self.number or 0, customers)
        return min(customers, math.ceil(self.share * customers))


@dataclass(frozen=True, kw_only=True)
class Example:
    """One value that differs; None is missing."""

    customer_id: int
    live: float | None
    raw: float | None


@dataclass
class Tally:
    """What was found of one feature: values that at least one side has, how many of them differ, and which."""

    values: int = 0
    mismatches: int = 0
    examples: list[Example] = field(default_factory=list)

    def add(self, *, ids: list[int], live: Floats, raw: Floats) -> None:
        """Compare one value of each customer."""
        differ = differing(live=live, raw=raw)
        self.values += int((~np.isnan(live) | ~np.isnan(raw)).sum())
        self.mismatches += int(differ.sum())
        for place in np.flatnonzero(differ)[: MOST_EXAMPLES - len(self.examples)].tolist():
            found = Example(customer_id=ids[place], live=_number(live[place]), raw=_number(raw[place]))
            self.examples.append(found)


@dataclass(frozen=True, kw_only=True)
class Parity:
    """What a comparison found.

    Args:
        as_of_on: the bank day.
        seed: what drew the sample.
        customers: how many customers were looked at.
        tallies: by feature; the scorecard's have the prefix `scorecard.`.
    """

    as_of_on: dt.date
    seed: int
    customers: int
    tallies: Mapping[str, Tally]

    @property
    def values(self) -> int:
        """How many values were compared."""
        return sum(tally.values for tally in self.tallies.values())

    @property
    def mismatches(self) -> int:
        """How many differ."""
        return sum(tally.mismatches for tally in self.tallies.values())

    @property
    def rate(self) -> float:
        """The share of values that differ; 0 where there are none."""
        return self.mismatches / self.values if self.values else 0.0

    @property
    def holds(self) -> bool:
        """Whether the mismatch rate is under the limit."""
        return self.rate < LIMIT

    def as_json(self) -> dict[str, Any]:
        """For the report: the numbers, and of each feature that differs what was found."""
        return {
            "seed": self.seed,
            "customers": self.customers,
            "values": self.values,
            "mismatches": self.mismatches,
            "rate": self.rate,
            "limit": LIMIT,
            "holds": self.holds,
            "relative_tolerance": RELATIVE_TOLERANCE,
            "features": {
                name: {
                    "values": tally.values,
                    "mismatches": tally.mismatches,
                    "examples": [vars(each) for each in tally.examples],
                }
                for name, tally in self.tallies.items()
                if tally.mismatches
            },
        }


def differing(*, live: Floats, raw: Floats) -> Bools:
    """Which values differ by more than rounding; missing on both sides is the same."""
    near = np.isclose(live, raw, rtol=RELATIVE_TOLERANCE, atol=RELATIVE_TOLERANCE, equal_nan=True)
    return np.asarray(~near)


def parity_check(*, sample: Sample, seed: int, as_of: dt.date, rules: RulebookContent) -> Parity:
    """Compare a random sample of customers on one bank day, in one snapshot of the database.

    Args:
        sample: how many customers.
        seed: the same seed draws the same customers, as long as there are no others.
        as_of: the bank's today.
        rules: the rulebook.
    """
    with snapshot():
        ids = draw(sample=sample, seed=seed)
        tallies = compare(ids=ids, as_of=as_of, rules=rules)
    return Parity(as_of_on=as_of, seed=seed, customers=len(ids), tallies=tallies)


def parity_record(parity: Parity) -> MonitoringReport:
    """Keep what was found as a report."""
    return MonitoringReport.objects.create(kind=KIND, as_of_on=parity.as_of_on, report=parity.as_json())


def draw(*, sample: Sample, seed: int) -> list[int]:
    """The ids of a random sample, ascending."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customers_customer")
        size = sample.size(cursor.fetchone()[0])
        cursor.execute(_DRAW, [seed, size])
        return sorted(row[0] for row in cursor.fetchall())


def compare(*, ids: list[int], as_of: dt.date, rules: RulebookContent) -> dict[str, Tally]:
    """Compare customers, chunk by chunk; ids ascending.

    Returns:
        Tallies by feature.
    """
    tallies: dict[str, Tally] = {}
    for first in range(0, len(ids), CHUNK):
        chunk = ids[first : first + CHUNK]
        raw = dict(_from_rows(chunk, as_of, rules))
        for name, live in _from_tiles(chunk, as_of, rules):
            tallies.setdefault(name, Tally()).add(ids=chunk, live=live, raw=raw[name])
    return tallies


def _from_tiles(ids: list[int], as_of: dt.date, rules: RulebookContent) -> Iterator[tuple[str, Floats]]:
    """Every feature as a refresh computes it."""
    days, schedules, payments = read_inputs(ids=ids, as_of=as_of, rules=rules)
    inputs = compute(
        days=days,
        schedules=schedules,
        payments=payments,
        customers=len(ids),
        as_of=day_number(as_of),
        rules=rules,
    )
    evaluation = evaluate(
        tiles=days.as_tiles(),
        customers=len(ids),
        as_of=day_number(as_of),
        last_salary_day=read_previous(ids=ids, as_of=as_of).last_salary_day,
        rules=rules,
    )
    return _named(inputs, evaluation.features)


def _from_rows(ids: list[int], as_of: dt.date, rules: RulebookContent) -> Iterator[tuple[str, Floats]]:
    """Every feature from raw rows."""
    [view] = views(wanted=Wanted.all_stored(ids=ids, as_of=as_of), rules=rules)
    return _named(view.inputs(rules), view.evaluation(rules).features)


def _named(inputs: ModelInputs, features: Features) -> Iterator[tuple[str, Floats]]:
    for at, name in enumerate(NAMES):
        yield name, inputs.values[:, at].astype(np.float64)
    yield IS_COVERED, inputs.is_covered.astype(np.float64)
    for name in features.names():
        yield f"scorecard.{name}", getattr(features, name).astype(np.float64)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def worst(parity: Parity) -> Iterable[tuple[str, Tally]]:
    """The features that differ, the most often first."""
    found = [(name, tally) for name, tally in parity.tallies.items() if tally.mismatches]
    return sorted(found, key=lambda each: -each[1].mismatches)


_DRAW = "SELECT id FROM customers_customer ORDER BY hashint8extended(id, %s), id LIMIT %s"
