"""A sample of customers as they were known at past noons: what all of the monitoring looks at.

Nothing is accumulated from day to day: what was known at a past moment is read from raw rows by both clocks, just as
the training set is. So the monitoring speaks on the first day of a model, and any of its findings can be repeated.

Each customer is seen at four noons a week apart, as in the training set, but a seventh of the customers each on
another day of the week: together they are seen on 28 days in a row. Salaries and instalments follow the calendar, and
four noons alone would catch some part of the month more often than the training data did.
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from customers import bank_clock
from risk.arrays import read_columns
from risk.features import Bools, Floats, Ints
from risk.model.as_of import View, Wanted, snapshot, to_us, views
from risk.model.inputs import Matrix
from risk.model.specs import NAMES
from risk.model.standing import Scoring
from risk.monitoring.coverage import Coverage, coverage_counts
from risk.reading import day_number
from risk.rulebook import EQUILIBRATE_1, RulebookContent
from risk.training.labels import LABEL_DAYS, read_outcomes
from risk.training.moments import noon

WEEK_DAYS = 7
# Small chunks: a worker's memory stays small, and a deadline is kept.
CHUNK = 150
RECENT = (1, 8, 15, 22)
"""Days back to the moments whose features are compared with the reference."""
MATURED = tuple(LABEL_DAYS + back for back in RECENT)
"""Days back to the newest moments whose outcome is known when a bank day begins."""
SPARSE = tuple(LABEL_DAYS + 1 + 28 * month for month in range(4))
"""Days back to moments whose outcome is known and about different instalments."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Customers of whom the model speaks, at moments; one element for each pair.

    Args:
        customers: database ids.
        as_of: the moments' bank days, as PostgreSQL counts dates.
        values: features, (rows, features), NaN where missing.
        probability: what the model says of a miss.
        band: `risk.levels.Level` codes.
        missed: whether an instalment was missed; False where that is not known yet.
    """

    customers: Ints
    as_of: Ints
    values: Matrix
    probability: Floats
    band: Ints
    missed: Bools

    def __len__(self) -> int:
        return self.customers.size

    def where(self, chosen: Bools) -> Self:
        """The chosen rows."""
        return type(self)(**{each.name: getattr(self, each.name)[chosen] for each in fields(self)})

    @classmethod
    def joined(cls, parts: "Sequence[Self]") -> Self:
        """All rows of several parts, at least one."""
        return cls(
            **{
                each.name: np.concatenate([getattr(part, each.name) for part in parts])
                for each in fields(cls)
            }
        )

    @classmethod
    def nobody(cls) -> Self:
        """No rows."""
        nothing = np.zeros(0)
        return cls(
            customers=nothing.astype(np.int64),
            as_of=nothing.astype(np.int64),
            values=np.zeros((0, len(NAMES)), dtype=np.float32),
            probability=nothing,
            band=nothing.astype(np.int64),
            missed=nothing.astype(np.bool_),
        )


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Which customers to look at, and on which bank day.

    Args:
        day: the bank day; what it looks at lies before it.
        count: how many customers with an open loan.
        seed: of the draw.
        until: a time of the monotonic clock after which nothing more is read.
    """

    day: dt.date
    count: int
    seed: int
    until: float = float("inf")

    def ids(self) -> list[int]:
        """The customers, in an order that makes every first part of the sample one itself."""
        read = read_columns({"id": ("i8", "borrower.customer_id")}, _BORROWERS, {"day": self.day})
        ids = np.random.default_rng(self.seed).permutation(np.sort(read["id"]))
        found: list[int] = ids[: self.count].tolist()
        return found


def look(
    *,
    sample: Sample,
    back: Sequence[int],
    scorer: Scoring,
    coverage: Coverage | None = None,
    rules: RulebookContent = EQUILIBRATE_1,
) -> Seen:
    """Look at a sample's customers at past noons, chunk by chunk.

    Args:
        sample: whom.
        back: how many days before the sample's day the moments of the first seventh lie; those of the others lie one
            to six days further back.
        scorer: the model.
        coverage: where to count of whom the model speaks, and of whom not.
        rules: the rulebook.

    Returns:
        The rows of those of whom the model speaks.
    """
    parts = [Seen.nobody()]
    for ids, later in _chunks(sample.ids()):
        if time.monotonic() >= sample.until:
            break
        days = [sample.day - dt.timedelta(days=days + later) for days in back]
        with snapshot():
            parts += _seen(_wanted(ids, days), scorer, coverage, rules)
        if coverage is not None:
            coverage.customers += len(ids)
    return Seen.joined(parts)


def _chunks(ids: list[int]) -> list[tuple[list[int], int]]:
    """Parts of a sample, each with its day of the week; whatever comes first has all seven days in turn."""
    span = WEEK_DAYS * CHUNK
    return [
        (ids[first : first + span][later::WEEK_DAYS], later)
        for first in range(0, len(ids), span)
        for later in range(WEEK_DAYS)
        if ids[first : first + span][later::WEEK_DAYS]
    ]


def _wanted(ids: Sequence[int], days: Sequence[dt.date]) -> Wanted:
    """Every customer at every noon."""
    return Wanted(
        customer_id=np.repeat(np.asarray(ids, dtype=np.int64), len(days)),
        as_of=np.tile(np.array([day_number(day) for day in days], dtype=np.int64), len(ids)),
        known_us=np.tile(np.array([to_us(noon(day)) for day in days], dtype=np.int64), len(ids)),
    )


def _seen(wanted: Wanted, scorer: Scoring, coverage: Coverage | None, rules: RulebookContent) -> list[Seen]:
    missed, undecided = _outcomes(wanted)
    parts = []
    for view in views(wanted=wanted, rules=rules):
        inputs = view.inputs(rules)
        if coverage is not None:
            coverage.rows += _counts(view, inputs.is_covered)
        covered = inputs.is_covered & ~undecided[view.places]
        scores = scorer.score(inputs.values[covered])
        parts.append(
            Seen(
                customers=view.ids[covered],
                as_of=np.full(int(covered.sum()), view.as_of, dtype=np.int64),
                values=inputs.values[covered],
                probability=scores.probability,
                band=scores.band,
                missed=missed[view.places[covered]],
            )
        )
    return parts


def _counts(view: View, is_covered: Bools) -> Counter[str]:
    return coverage_counts(
        schedules=view.schedules,
        payments=view.payments,
        customers=view.ids.size,
        as_of=view.as_of,
        is_covered=is_covered,
    )


def _outcomes(wanted: Wanted) -> tuple[Bools, Bools]:
    """Where the bank's day is late enough to know: whether each element missed, and whether nobody can say."""
    matured = np.flatnonzero(wanted.as_of + LABEL_DAYS < day_number(bank_clock.today()))
    missed, undecided = np.zeros((2, len(wanted)), dtype=np.bool_)
    if matured.size:
        chosen = Wanted(
            customer_id=wanted.customer_id[matured],
            as_of=wanted.as_of[matured],
            known_us=wanted.known_us[matured],
        )
        outcomes = read_outcomes(chosen)
        missed[matured], undecided[matured] = outcomes.is_missed, outcomes.is_undecided
    return missed, undecided


_BORROWERS = """(
    SELECT DISTINCT customer_id FROM customers_loan
    WHERE started_on <= %(day)s AND (closed_on IS NULL OR closed_on > %(day)s)
) borrower
"""
