"""What was known of customers at moments of the past, from raw rows: the model's inputs without a look ahead.

Known at a moment is what had happened *and* had been recorded by then: a transaction, a payment or a schedule that was
recorded later is left out, however long ago it happened. Tiles are of no use for that, since they hold present
knowledge. The result has the form that `risk.model.reading` gives from tiles, so that the same features come out.

One pass over a chunk's rows serves all its moments (see `as_of_reading`); memory grows with the chunk's customers times
the days that are read, never with the number of customers in the database.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from django.db import connection, transaction

from risk.evaluation import Evaluation, evaluate
from risk.features import NO_DAY, Bools, Ints, salary_days, tile_days
from risk.model.as_of_merge import Pieces, merge
from risk.model.as_of_reading import Lines, Looks, Receipts, read_lines, read_pieces, read_receipts
from risk.model.features import compute
from risk.model.features_days import DAYS
from risk.model.inputs import DayFacts, ModelInputs, Payments, Schedules
from risk.model.settlement import AHEAD_DAYS, HISTORY_DAYS
from risk.reading import day_number, plan_for_chunks
from risk.rulebook import RulebookContent

EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
# A moment after everything that can be stored: whatever is stored was known by then.
ALL_STORED_US = (dt.datetime(9999, 1, 1, tzinfo=dt.UTC) - EPOCH) // dt.timedelta(microseconds=1)
NOWHERE = -1


def to_us(moment: dt.datetime) -> int:
    """An aware moment in microseconds since 2000, as PostgreSQL counts them."""
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


@contextmanager
def snapshot() -> Iterator[None]:
    """All statements of the block see one state of the database, and change nothing.

    Raises:
        RuntimeError: a transaction is open already.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # Sorting a chunk's rows in memory; compiling a statement that is run once costs more than it saves.
            cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off")
        plan_for_chunks()
        yield


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Customers at moments, one element each, in any order.

    Args:
        customer_id: the customer.
        as_of: the bank day at which windows end, as PostgreSQL counts dates.
        known_us: the moment, in microseconds since 2000; what became known later is left out, and so is whatever
            happened after the bank day.
    """

    customer_id: Ints
    as_of: Ints
    known_us: Ints

    @classmethod
    def all_stored(cls, *, ids: list[int], as_of: dt.date) -> "Wanted":
        """Customers on one bank day with everything that is stored, which is how the live stream sees them."""
        count = len(ids)
        return cls(
            customer_id=np.asarray(ids, dtype=np.int64),
            as_of=np.full(count, day_number(as_of), dtype=np.int64),
            known_us=np.full(count, ALL_STORED_US, dtype=np.int64),
        )

    def __len__(self) -> int:
        return self.customer_id.size


@dataclass(frozen=True, kw_only=True)
class View:
    """What was known of some customers on one bank day.

    Args:
        as_of: the bank day, as PostgreSQL counts dates.
        ids: the customers, sorted, each once.
        places: of each of them, the index of the element of `Wanted` that this answers.
        days: their days; of those older than the windows only such with a salary or a candidate for one.
        schedules: the latest versions known of the schedules of loans that had begun and were not known to be closed.
        payments: what was paid towards those loans.
        last_salary_day: the last day with a flagged salary ever known; NO_DAY where none is.
    """

    as_of: int
    ids: Ints
    places: Ints
    days: DayFacts
    schedules: Schedules
    payments: Payments
    last_salary_day: Ints

    def inputs(self, rules: RulebookContent) -> ModelInputs:
        """The model's features."""
        return compute(
            days=self.days,
            schedules=self.schedules,
            payments=self.payments,
            customers=self.ids.size,
            as_of=self.as_of,
            rules=rules,
        )

    def evaluation(self, rules: RulebookContent) -> Evaluation:
        """What the scorecard says."""
        return evaluate(
            tiles=self.days.as_tiles(),
            customers=self.ids.size,
            as_of=self.as_of,
            last_salary_day=self.last_salary_day,
            rules=rules,
        )


def views(*, wanted: Wanted, rules: RulebookContent) -> Iterator[View]:
    """Read what was known of a chunk of customers at their moments, in a fixed number of queries.

    Called within `snapshot`, days, schedules and payments are of one state of the database.

    Args:
        wanted: the chunk. A customer may have any number of moments, several on one day among them.
        rules: the rulebook, which says how far back to read.

    Yields:
        Bank day after bank day; every element of `wanted` is answered exactly once.
    """
    if not len(wanted):
        return
    chunk = _Chunk.read(wanted, rules)
    for as_of, places in _rounds(wanted):
        yield chunk.view(as_of=as_of, places=places)


@dataclass(frozen=True, kw_only=True)
class _Chunk:
    """A chunk's rows.

    `customer` and `moment` are of each element of `Wanted`: the index of its customer, and of its moment among those of
    that customer.
    """

    ids: Ints
    customer: Ints
    moment: Ints
    pieces: Pieces
    lines: Lines
    receipts: Receipts
    rules: RulebookContent

    @classmethod
    def read(cls, wanted: Wanted, rules: RulebookContent) -> "_Chunk":
        looks, customer, moment = _looks(wanted)
        return cls(
            ids=looks.ids,
            customer=customer,
            moment=moment,
            pieces=read_pieces(looks, days_back=_days_back(rules) - 1),
            lines=read_lines(looks, days_back=HISTORY_DAYS, days_ahead=AHEAD_DAYS),
            receipts=read_receipts(looks),
            rules=rules,
        )

    def view(self, *, as_of: int, places: Ints) -> View:
        """What was known of one round's customers."""
        seen = _Seen(
            as_of=as_of,
            position=self._spread(np.arange(places.size), places),
            moment=self._spread(self.moment[places], places),
        )
        return View(
            as_of=as_of,
            ids=self.ids[self.customer[places]],
            places=places,
            days=self._days(seen),
            schedules=self._schedules(seen),
            payments=self._payments(seen),
            last_salary_day=self._last_salary_day(seen, places.size),
        )

    def _spread(self, values: Ints, places: Ints) -> Ints:
        """Values of the round's customers, for all customers of the chunk; NOWHERE for the others."""
        spread = np.full(self.ids.size, NOWHERE, dtype=np.int64)
        spread[self.customer[places]] = values
        return spread

    def _days(self, seen: "_Seen") -> DayFacts:
        pieces = self.pieces
        age = seen.as_of - pieces.day
        known = seen.knows(pieces.customer, pieces.known_from)
        read = (age >= 0) & (age < _days_back(self.rules))
        days = merge(pieces=pieces, chosen=np.flatnonzero(known & read))
        is_full = seen.as_of - days.day < _full_days(self.rules)
        kept = days.chosen(is_full | (days.salary_count > 0) | (days.largest_unflagged_credit_amount > 0))
        return replace(kept, customer=seen.position[kept.customer])

    def _last_salary_day(self, seen: "_Seen", customers: int) -> Ints:
        pieces = self.pieces
        paid = np.flatnonzero(pieces.facts["salary_count"] > 0)
        customer, day = pieces.customer[paid], pieces.day[paid]
        known = seen.knows(customer, pieces.known_from[paid]) & (day <= seen.as_of)
        last = np.full(customers, NO_DAY, dtype=np.int64)
        np.maximum.at(last, seen.position[customer[known]], day[known])
        return last

    def _schedules(self, seen: "_Seen") -> Schedules:
        lines = self.lines
        chosen = (
            seen.knows(lines.customer, lines.known_from)
            & (seen.moment[lines.customer] < lines.known_until)
            & seen.has_open(lines)
            & (lines.due_day >= seen.as_of - HISTORY_DAYS)
            & (lines.due_day <= seen.as_of + AHEAD_DAYS)
        )
        return Schedules(
            customer=seen.position[lines.customer[chosen]],
            loan=lines.loan[chosen],
            due_day=lines.due_day[chosen],
            amount=lines.amount[chosen],
            cumulative_amount=lines.cumulative_amount[chosen],
        )

    def _payments(self, seen: "_Seen") -> Payments:
        receipts = self.receipts
        chosen = (
            seen.knows(receipts.customer, receipts.known_from)
            & seen.has_open(receipts)
            & (receipts.day <= seen.as_of)
        )
        return Payments(
            customer=seen.position[receipts.customer[chosen]],
            loan=receipts.loan[chosen],
            day=receipts.day[chosen],
            amount=receipts.amount[chosen],
        )


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """Who of a chunk is looked at on one bank day.

    Args:
        as_of: the bank day.
        position: of each customer of the chunk, the index in the view; NOWHERE where not looked at.
        moment: of each customer of the chunk, the index of the moment; NOWHERE where not looked at.
    """

    as_of: int
    position: Ints
    moment: Ints

    def knows(self, customer: Ints, known_from: Ints) -> Bools:
        """Which rows were known."""
        return known_from <= self.moment[customer]

    def has_open(self, rows: Lines | Receipts) -> Bools:
        """Which rows are of loans that had begun and were not known to be closed."""
        is_open = (rows.closed_day > self.as_of) | (self.moment[rows.customer] < rows.closed_from)
        return (rows.started_day <= self.as_of) & is_open


def _full_days(rules: RulebookContent) -> int:
    return max(DAYS, tile_days(rules))


def _days_back(rules: RulebookContent) -> int:
    return max(_full_days(rules), salary_days(rules))


def _looks(wanted: Wanted) -> tuple[Looks, Ints, Ints]:
    """At whom to look and when; and of each element the index of its customer, and of its moment among theirs."""
    ids, customer = np.unique(wanted.customer_id, return_inverse=True)
    pairs, pair = np.unique(np.stack([customer, wanted.known_us]), axis=1, return_inverse=True)
    first_pair = np.searchsorted(pairs[0], np.arange(ids.size))
    first_day = np.full(ids.size, np.iinfo(np.int64).max)
    last_day = np.full(ids.size, np.iinfo(np.int64).min)
    np.minimum.at(first_day, customer, wanted.as_of)
    np.maximum.at(last_day, customer, wanted.as_of)
    looks = Looks(ids=ids, first_day=first_day, last_day=last_day, customer=pairs[0], known_us=pairs[1])
    return looks, customer, pair - first_pair[customer]


def _rounds(wanted: Wanted) -> Iterator[tuple[int, Ints]]:
    """Split elements by bank day such that each round has a customer once; places are in the order of customers."""
    order = np.lexsort((wanted.known_us, wanted.customer_id, wanted.as_of))
    as_of, customer = wanted.as_of[order], wanted.customer_id[order]
    is_new = np.ones(order.size, dtype=np.bool_)
    is_new[1:] = (as_of[1:] != as_of[:-1]) | (customer[1:] != customer[:-1])
    start = np.maximum.accumulate(np.where(is_new, np.arange(order.size), 0))
    repeat = np.arange(order.size) - start
    for day in np.unique(as_of):
        begin, end = np.searchsorted(as_of, [day, day + 1])
        for number in range(int(repeat[begin:end].max()) + 1):
            yield int(day), order[begin:end][repeat[begin:end] == number]
