"""Rows of a schedule file, put aside in the database until the file is read, then taken loan by loan."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from django.db import connection, transaction

from customers.importers.pipeline import Refusal
from customers.money import HUNDREDTHS, to_hundredths


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One instalment of a schedule."""

    number: int
    due_on: dt.date
    amount: Decimal


class ScheduleRefused(ValueError):
    """A loan's rows are no schedule; the text says why."""


class ScheduleContradicts(ScheduleRefused):
    """A loan's rows contradict each other."""


@dataclass
class LoanRows:
    """All rows of one loan, with where each came from."""

    lines: list[Line] = field(default_factory=list)
    sources: list[tuple[int, bytes]] = field(default_factory=list)

    def schedule(self) -> list[Line]:
        """The schedule they make, repeated rows once.

        Raises:
            ScheduleContradicts: two rows give the same number differently.
            ScheduleRefused: numbers are missing, or due dates run backwards.
        """
        lines = sorted(set(self.lines))
        for earlier, later in pairwise(lines):
            if earlier.number == later.number:
                raise ScheduleContradicts(
                    f"instalment {later.number} of this loan stands twice, with different content"
                )
            if later.due_on < earlier.due_on:
                raise ScheduleRefused(
                    f"instalment {later.number} of this loan is due before the one before it"
                )
        for number, line in enumerate(lines, start=1):
            if line.number != number:
                raise ScheduleRefused(
                    f"instalment {number} of this loan is missing; a schedule is given whole"
                )
        return lines

    def refusals(self, error: ScheduleRefused) -> list[Refusal]:
        """The refusal of every row."""
        is_conflict = isinstance(error, ScheduleContradicts)
        return [Refusal(line, raw, str(error), is_conflict=is_conflict) for line, raw in self.sources]


class Staging:
    """The rows put aside, in a temporary table: any number of them, in any order."""

    def __init__(self) -> None:
        self._is_made = False

    def add(self, rows: Iterable[tuple[int, Line, int, bytes]]) -> None:
        """Put rows aside: loan id, instalment, line number in the file, raw line."""
        with transaction.atomic(), connection.cursor() as cursor:
            if not self._is_made:
                cursor.execute("DROP TABLE IF EXISTS pg_temp.import_instalment")
                cursor.execute(_TABLE)
            with cursor.copy(_COPY) as copy:
                for loan_id, line, number, raw in rows:
                    copy.write_row(
                        (loan_id, line.number, line.due_on, to_hundredths(line.amount), number, raw)
                    )
        self._is_made = True

    def take(self, *, loans_at_once: int) -> Iterator[dict[int, LoanRows]]:
        """Yield the rows by loan id, so many loans at a time; the table is gone afterwards."""
        if not self._is_made:
            return
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX ON import_instalment (loan_id)")
            cursor.execute("ANALYZE import_instalment")
        last = 0
        while ids := self._loans_after(last, loans_at_once):
            yield self._rows_of(ids)
            last = ids[-1]
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE import_instalment")

    def _loans_after(self, loan_id: int, loans_at_once: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(_LOANS, [loan_id, loans_at_once])
            return [found for (found,) in cursor.fetchall()]

    def _rows_of(self, loan_ids: list[int]) -> dict[int, LoanRows]:
        found: dict[int, LoanRows] = {}
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [loan_ids])
            for loan, number, due_on, hundredths, line, raw in cursor.fetchall():
                rows = found.setdefault(loan, LoanRows())
                rows.lines.append(Line(number, due_on, Decimal(hundredths) / HUNDREDTHS))
                rows.sources.append((line, bytes(raw)))
        return found


_TABLE = """
CREATE TEMP TABLE import_instalment
    (loan_id bigint, number int, due_on date, amount bigint, line bigint, raw bytea)
"""
_COPY = "COPY import_instalment (loan_id, number, due_on, amount, line, raw) FROM STDIN"
_LOANS = "SELECT DISTINCT loan_id FROM import_instalment WHERE loan_id > %s ORDER BY loan_id LIMIT %s"
_ROWS = """
SELECT loan_id, number, due_on, amount, line, raw FROM import_instalment
WHERE loan_id = ANY(%s::bigint[]) ORDER BY loan_id, line
"""
