"""One import: records in, chunks stored, everything counted, whatever is wrong written down."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from django.db import DataError, IntegrityError

from customers.importers.columns import Columns, Values
from customers.importers.csv_file import CsvFile, Record
from customers.importers.parsing import InvalidRow
from customers.importers.rejects import RejectFile

CHUNK_ROWS = 10_000
PROGRESS_ROWS = 1_000

T = TypeVar("T")
MarkDirty = Callable[[Iterable[int]], object]


@dataclass(frozen=True, slots=True)
class Numbered(Generic[T]):
    """A parsed row, with where it came from."""

    line: int
    raw: bytes
    row: T


@dataclass(frozen=True, slots=True)
class Refusal:
    """A valid row that was not stored."""

    line: int
    raw: bytes
    reason: str
    is_conflict: bool = False


@dataclass
class Outcome:
    """What became of valid rows."""

    stored: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    refusals: list[Refusal] = field(default_factory=list)


@dataclass
class ImportReport:
    """What became of a file's rows: read = stored + updated + unchanged + duplicates + conflicts + rejected.

    `extra_fields` counts rows with a field more than the header, which was ignored; `empty_lines` are
    no rows.
    """

    read: int = 0
    stored: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    conflicts: int = 0
    rejected: int = 0
    extra_fields: int = 0
    empty_lines: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether every row's content is in the database now."""
        return not (self.conflicts or self.rejected)

    @property
    def changed(self) -> int:
        """Rows that changed the database."""
        return self.stored + self.updated


class Importer(Protocol[T]):
    """What a kind of row knows of itself."""

    def parse(self, cells: dict[str, str]) -> T:
        """Turn cells into a row; raises InvalidRow."""
        ...

    def reject(self, cells: dict[str, str]) -> None:
        """Note that a row was refused, for kinds whose rows belong together."""
        ...

    def store(self, rows: Sequence[Numbered[T]]) -> Outcome:
        """Store rows in one database transaction."""
        ...

    def finish(self) -> Iterator[Outcome]:
        """Store what could not be stored before the end of the file was seen."""
        ...


class Import(Generic[T]):
    """One import of one file.

    Args:
        file: An open file.
        columns: Where its fields stand.
        values: The bank's own codes.
        importer: The kind of row.
        rejects: Where refused rows go.
        on_progress: Called now and then with how many bytes of the file are done.
    """

    def __init__(
        self,
        *,
        file: CsvFile,
        columns: Columns,
        values: Values,
        importer: Importer[T],
        rejects: RejectFile,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.file = file
        self.columns = columns
        self.values = values
        self.importer = importer
        self.rejects = rejects
        self.on_progress = on_progress
        self.report = ImportReport()

    def run(self) -> ImportReport:
        """Store every row that can be. What was stored stays stored, should the import break off: repeat it.

        Raises:
            UnreadableFile: the file is damaged from some point on.
        """
        chunk: list[Numbered[T]] = []
        for record in self.file:
            if (numbered := self._read(record)) is not None:
                chunk.append(numbered)
                if len(chunk) >= CHUNK_ROWS:
                    self._store(chunk)
                    chunk = []
            if self.report.read % PROGRESS_ROWS == 0:
                self.on_progress(self.file.done_bytes)
        if chunk:
            self._store(chunk)
        for outcome in self.importer.finish():
            self._count(outcome)
        self.on_progress(self.file.done_bytes)
        return self.report

    def _read(self, record: Record) -> Numbered[T] | None:
        if not record.problem and not any(record.cells):
            self.report.empty_lines += 1
            return None
        self.report.read += 1
        cells: dict[str, str] = {}
        try:
            if record.problem:
                raise InvalidRow(record.problem)
            cells = self.columns.pick(record)
            row = self.importer.parse(self.values.translate(cells))
        except InvalidRow as error:
            self.importer.reject(cells)
            self._refuse(Refusal(record.line, record.raw, str(error)))
            return None
        self.report.extra_fields += len(record.cells) > self.columns.width
        return Numbered(record.line, record.raw, row)

    def _store(self, rows: Sequence[Numbered[T]]) -> None:
        """Store rows; where the database refuses what we thought valid, find the row at fault by halving."""
        try:
            outcome = self.importer.store(rows)
        except (DataError, IntegrityError) as error:
            if len(rows) == 1:
                reason = f"refused by the database: {str(error).strip().splitlines()[0]}"
                self._refuse(Refusal(rows[0].line, rows[0].raw, reason))
                return
            middle = len(rows) // 2
            self._store(rows[:middle])
            self._store(rows[middle:])
        else:
            self._count(outcome)

    def _count(self, outcome: Outcome) -> None:
        self.report.stored += outcome.stored
        self.report.updated += outcome.updated
        self.report.unchanged += outcome.unchanged
        self.report.duplicates += outcome.duplicates
        for refusal in outcome.refusals:
            self._refuse(refusal)

    def _refuse(self, refusal: Refusal) -> None:
        if refusal.is_conflict:
            self.report.conflicts += 1
        else:
            self.report.rejected += 1
        self.rejects.add(line=refusal.line, reason=refusal.reason, raw=refusal.raw)
