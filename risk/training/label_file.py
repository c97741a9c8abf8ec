"""The bank's own outcomes: a CSV file of customers, moments and labels, judged as the importers judge their files."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from customers import bank_clock
from customers.importers import parsing
from customers.importers.columns import Values, bind
from customers.importers.csv_file import CsvFile
from customers.importers.customer_fields import required_cell
from customers.importers.parsing import InvalidRow
from customers.importers.pipeline import Import, ImportReport, Numbered, Outcome, Refusal
from customers.importers.rejects import RejectFile
from customers.models.customer import DEFAULT_SOURCE
from risk.model.as_of import to_us
from risk.reading import day_number
from risk.training.moments import noon

REQUIRED = frozenset({"customer_id", "as_of", "label"})
FIELDS = REQUIRED | {"source"}


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One outcome: whose (source and bank id), at which moment, and what it was."""

    key: tuple[str, str]
    at: dt.datetime
    label: bool


class LabelTable:
    """Outcomes in a temporary table of this connection: a file of any size can be worked through by customer."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_CREATE)

    def store(self, rows: Sequence[tuple[int, int, int, int]]) -> None:
        """Add outcomes: customer's id, microseconds since 2000, bank day, label."""
        with connection.cursor() as cursor:
            cursor.execute(_STORE, [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * 4)

    def labels(self, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bool]:
        """The labels stored under some keys: (customer's id, microseconds since 2000)."""
        with connection.cursor() as cursor:
            cursor.execute(_LABELS, [[key[0] for key in keys], [key[1] for key in keys]])
            return {(customer_id, at_us): bool(label) for customer_id, at_us, label in cursor.fetchall()}

    def analyse(self) -> None:
        """Tell the planner how large it is: nobody else looks at temporary tables."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE training_label")

    def customers(self) -> int:
        """How many customers it speaks of."""
        return self._number("SELECT count(DISTINCT customer_id) FROM training_label")

    def span_days(self) -> int:
        """From the first to the last bank day; 0 where there is nothing."""
        return self._number("SELECT coalesce(max(as_of_day) - min(as_of_day), 0) FROM training_label")

    @staticmethod
    def chunk_sql() -> str:
        """Parameters: `after`, the customer after whom to begin, and `most`, how many customers."""
        return _CHUNK

    def _number(self, statement: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return int(cursor.fetchone()[0])


@dataclass(frozen=True, kw_only=True)
class LabelFile:
    """A label file that was read.

    Args:
        table: the outcomes.
        report: what became of its rows.
        rejects: where refused rows are written, if there are any.
    """

    table: LabelTable
    report: ImportReport
    rejects: Path


def read_label_file(path: Path, *, delimiter: str, rejects: Path) -> LabelFile:
    """Read a label file; rows that cannot be used go to the reject file, with why.

    Raises:
        MappingRefused: a column is missing.
        UnreadableFile: the file cannot be read to its end.
    """
    table = LabelTable()
    with CsvFile(path, delimiter=delimiter) as file:
        columns = bind(file.header, fields=FIELDS, required=REQUIRED, mapping={})
        with RejectFile(rejects) as refused:
            job = Import(
                file=file,
                columns=columns,
                values=Values({}, fields=FIELDS),
                importer=LabelImporter(table),
                rejects=refused,
            )
            report = job.run()
    table.analyse()
    return LabelFile(table=table, report=report, rejects=rejects)


class LabelImporter:
    """Collects the rows of a label file.

    Args:
        table: where they go.
    """

    def __init__(self, table: LabelTable) -> None:
        self.table = table

    def parse(self, cells: dict[str, str]) -> LabelRow:
        """Read one outcome; raises InvalidRow."""
        source = cells.get("source") or DEFAULT_SOURCE
        return LabelRow(
            key=(source, required_cell(cells, "customer_id", parsing.text_up_to(64))),
            at=required_cell(cells, "as_of", past_moment),
            label=required_cell(cells, "label", parsing.flag),
        )

    def reject(self, cells: dict[str, str]) -> None:
        """Rows stand for themselves here."""

    def store(self, rows: Sequence[Numbered[LabelRow]]) -> Outcome:
        """Store outcomes of known customers."""
        outcome = Outcome()
        ids = _ids({numbered.row.key for numbered in rows})
        found: list[tuple[Numbered[LabelRow], tuple[int, int]]] = []
        for numbered in rows:
            customer_id = ids.get(numbered.row.key)
            if customer_id is None:
                reason = f"no customer {numbered.row.key[1]} of source {numbered.row.key[0]}"
                outcome.refusals.append(Refusal(numbered.line, numbered.raw, reason))
            else:
                found.append((numbered, (customer_id, to_us(numbered.row.at))))
        self._store(found, outcome)
        return outcome

    def finish(self) -> Iterator[Outcome]:
        """Nothing is left over."""
        return iter(())

    def _store(self, found: Sequence[tuple[Numbered[LabelRow], tuple[int, int]]], outcome: Outcome) -> None:
        known = self.table.labels([key for _, key in found])
        new: list[tuple[int, int, int, int]] = []
        for numbered, key in found:
            row = numbered.row
            if key not in known:
                known[key] = row.label
                new.append((*key, day_number(bank_clock.day_of(row.at)), int(row.label)))
            elif known[key] == row.label:
                outcome.duplicates += 1
            else:
                reason = "an earlier row says the opposite of this customer at this moment"
                outcome.refusals.append(Refusal(numbered.line, numbered.raw, reason, is_conflict=True))
        self.table.store(new)
        outcome.stored += len(new)


def past_moment(text: str) -> dt.datetime:
    """A moment that is not after the bank's now; a mere day is its noon, as in a training set of weekly moments.

    Raises:
        InvalidRow: it is not one.
    """
    is_day = len(text) == len("2026-02-17")
    value = noon(parsing.day(text)) if is_day else parsing.moment(text)
    if value > bank_clock.now():
        raise InvalidRow(f"{parsing.quoted(text)} lies in the future")
    return value


def _ids(keys: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    ordered = sorted(keys)
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [[source for source, _ in ordered], [bank_id for _, bank_id in ordered]])
        return {(source, bank_id): customer_id for source, bank_id, customer_id in cursor.fetchall()}


_CREATE = """
DROP TABLE IF EXISTS pg_temp.training_label;
CREATE TEMP TABLE training_label (
    customer_id bigint, at_us bigint, as_of_day int NOT NULL, label smallint NOT NULL,
    PRIMARY KEY (customer_id, at_us)
)
"""
_STORE = """
INSERT INTO training_label (customer_id, at_us, as_of_day, label)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::smallint[])
"""
_LABELS = """
SELECT customer_id, at_us, label FROM training_label
JOIN unnest(%s::bigint[], %s::bigint[]) AS wanted(customer_id, at_us) USING (customer_id, at_us)
"""
_IDS = """
SELECT source, bank_id, id FROM customers_customer
JOIN unnest(%s::text[], %s::text[]) AS wanted(source, bank_id) USING (source, bank_id)
"""
_CHUNK = """
SELECT customer_id, as_of_day, at_us, label, source, bank_id
FROM (
    SELECT DISTINCT customer_id FROM training_label WHERE customer_id > %(after)s ORDER BY customer_id LIMIT %(most)s
) chosen
JOIN training_label USING (customer_id)
JOIN customers_customer customer ON customer.id = customer_id
ORDER BY customer_id, at_us
"""
