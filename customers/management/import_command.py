"""What every `manage.py import_…` has in common: options, progress, summary, audit, exit code."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from audit.services import record
from customers.importers import columns, parsing
from customers.importers.columns import Columns, MappingRefused, Values
from customers.importers.csv_file import CsvFile, UnreadableFile
from customers.importers.pipeline import Import, Importer, ImportReport
from customers.importers.rejects import RejectFile
from customers.management.source_argument import add_source

SOME_ROWS_REFUSED = 1
NOT_READ = 2
COUNTS = ("read", "stored", "updated", "unchanged", "duplicates", "conflicts", "rejected")


class ImportCommand(BaseCommand):
    """Import one CSV file. Importing it again changes nothing.

    Exits with 0 when the content of every row is in the database, with 1 when some rows are in the reject
    file instead (all others are stored), with 2 when the file could not be read to its end.
    """

    kind: ClassVar[str]
    fields: ClassVar[Set[str]]
    required: ClassVar[Set[str]]
    # What audit events are called: this, and how it ended.
    action: ClassVar[str] = "ingest.import"
    # Whether rows have a moment at which the bank knew of them.
    is_recorded: ClassVar[bool] = True

    def make_importer(self, *, options: dict[str, Any], present: Set[str]) -> Importer[Any]:
        """The importer of this kind of row, for a file with these fields."""
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV with a header, UTF-8, plain or gzip")
        parser.add_argument(
            "--map",
            nargs="+",
            action="extend",
            type=_pair,
            default=[],
            metavar="COLUMN=FIELD",
            help=f"which column is which field; fields: {', '.join(sorted(self.fields))}",
        )
        parser.add_argument(
            "--values", type=Path, help="JSON or CSV (field, theirs, ours) of the bank's own codes"
        )
        add_source(parser, help_text="the system the customers are of")
        parser.add_argument(
            "--delimiter", default=",", type=_delimiter, help="between fields; 'tab' for a tab"
        )
        parser.add_argument("--rejects", type=Path, help="the reject file; FILE.rejects.csv unless given")
        if self.is_recorded:
            parser.add_argument(
                "--recorded-at", type=_moment, help="when the bank knew of rows that do not say it themselves"
            )
        if "recorded_at" in self.fields:
            parser.add_argument(
                "--recorded-at-column", metavar="COLUMN", help="short for --map COLUMN=recorded_at"
            )

    def handle(self, *args: Any, **options: Any) -> None:
        rejects_path = options["rejects"] or Path(f"{options['file']}.rejects.csv")
        with _explained(), CsvFile(options["file"], delimiter=options["delimiter"]) as file:
            bound = self._bind(file, options)
            values = Values(
                columns.read_values(options["values"]) if options["values"] else {}, fields=self.fields
            )
            importer = self.make_importer(options=options, present=bound.positions.keys())
            with RejectFile(rejects_path) as rejects, _progress(file) as on_progress:
                job = Import(
                    file=file,
                    columns=bound,
                    values=values,
                    importer=importer,
                    rejects=rejects,
                    on_progress=on_progress,
                )
                self._run(job, options)
        self._summarise(job.report, bound)
        if not job.report.is_clean:
            refused = job.report.conflicts + job.report.rejected
            raise CommandError(
                f"{refused:,} rows were not stored; why is in {rejects_path}", returncode=SOME_ROWS_REFUSED
            )

    def _bind(self, file: CsvFile, options: dict[str, Any]) -> Columns:
        mapping = dict(options["map"])
        if column := options.get("recorded_at_column"):
            mapping[column] = "recorded_at"
        return columns.bind(file.header, fields=self.fields, required=self.required, mapping=mapping)

    def _run(self, job: Import[Any], options: dict[str, Any]) -> None:
        """Run the import; its one audit event is written however it ends."""
        ending = "interrupted"
        try:
            job.run()
            ending = "completed"
        finally:
            record(
                action=f"{self.action}.{ending}",
                subject_type="import",
                subject_id=f"{self.kind}:{options['file'].name}",
                detail={
                    "source": options["source"],
                    "bytes": job.file.done_bytes,
                    "sha256": job.file.sha256 if ending == "completed" else None,
                    **{name: getattr(job.report, name) for name in COUNTS},
                },
            )

    def _summarise(self, report: ImportReport, bound: Columns) -> None:
        for name in COUNTS:
            self.stdout.write(f"{name:<12}{getattr(report, name):>14,}")
        if bound.ignored:
            self.stdout.write(f"Columns nobody maps, ignored: {', '.join(bound.ignored)}.")
        if report.extra_fields:
            self.stdout.write(
                f"{report.extra_fields:,} rows have a field more than the header; that field was ignored."
            )
        if report.empty_lines:
            self.stdout.write(f"{report.empty_lines:,} empty lines were passed over.")
        if not report.changed:
            self.stdout.write("Nothing was changed.")


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what can go wrong with a whole import into a sentence and an exit code."""
    try:
        yield
    except (MappingRefused, UnreadableFile) as error:
        raise CommandError(str(error), returncode=NOT_READ) from error
    except (OperationalError, InterfaceError) as error:
        message = (
            f"the database went away ({str(error).strip()}). Import again: what is stored stays as it is"
        )
        raise CommandError(message, returncode=NOT_READ) from error


@contextmanager
def _progress(file: CsvFile) -> Iterator[Callable[[int], None]]:
    """A progress bar by bytes where somebody is watching; nothing in a log."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task(file.path.name, total=file.size_bytes)
        yield lambda done_bytes: bar.update(task, completed=done_bytes)


def _pair(text: str) -> tuple[str, str]:
    column, found, field = text.rpartition("=")
    if not (found and column and field):
        raise ArgumentTypeError(f"{text!r} is not COLUMN=FIELD")
    return column, field


def _delimiter(text: str) -> str:
    delimiter = "\t" if text in ("tab", "\\t") else text
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        raise ArgumentTypeError(f"{text!r} is not one character")
    return delimiter


def _moment(text: str) -> Any:
    try:
        return parsing.known_moment(text)
    except parsing.InvalidRow as error:
        raise ArgumentTypeError(str(error)) from error
