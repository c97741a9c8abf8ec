"""`manage.py build_training_set`: customers at moments of the past, with what was known then and what came of them."""

import datetime as dt
import sys
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from audit.services import record
from customers.importers.columns import MappingRefused
from customers.importers.csv_file import UnreadableFile
from risk.model.as_of import to_us
from risk.reading import day_number
from risk.rulebook import EQUILIBRATE_1
from risk.training.build import REASONS, Source, Summary, build
from risk.training.content import FromBank, FromPayments, Labels, as_date, content_of
from risk.training.dataset import OutputRefused, Writer
from risk.training.label_file import LabelFile, read_label_file
from risk.training.moments import NoMoments, data_window, noon, weekly
from risk.training.portfolio import EVERYBODY, Grid, Labelled

SOME_ROWS_REFUSED = 1
NOT_BUILT = 2
# A table of a line for each moment is read; one of hundreds is not.
MOST_LINES = 60
MOST_HORIZON_DAYS = 3_650
COUNTS = ("read", "stored", "duplicates", "conflicts", "rejected")


class Command(BaseCommand):
    """Write the training set of the early-warning model as Parquet.

    Exits with 0 when it is complete, with 1 when it is but some rows of the label file are in the reject file instead,
    with 2 when nothing was written.
    """

    help = "Build a training set from the bank's own history. docs/training.md describes it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="the directory to write")
        parser.add_argument("--replace", action="store_true", help="replace the training set that is there")
        parser.add_argument(
            "--from", dest="from_on", type=dt.date.fromisoformat, help="YYYY-MM-DD, the first possible moment"
        )
        parser.add_argument(
            "--until",
            dest="until_on",
            type=dt.date.fromisoformat,
            help="YYYY-MM-DD, the last possible moment",
        )
        parser.add_argument("--customers", type=_share, default=EVERYBODY, metavar="N%", help="a sample")
        parser.add_argument("--labels", type=Path, help="CSV with the bank's own moments and outcomes")
        parser.add_argument(
            "--horizon-days", type=_days, metavar="N", help="how long after as_of the bank saw the outcome"
        )
        parser.add_argument("--delimiter", default=",", help="between the fields of the label file")
        parser.add_argument("--rejects", type=Path, help="the reject file; LABELS.rejects.csv unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_contradictions(options)
        try:
            with Writer(options["out"], replace=options["replace"]) as writer:
                read = self._read_labels(options) if options["labels"] else None
                self._build(writer, options, read)
        except (NoMoments, OutputRefused, MappingRefused, UnreadableFile) as error:
            raise CommandError(str(error), returncode=NOT_BUILT) from error
        except (OperationalError, InterfaceError) as error:
            message = f"the database went away ({str(error).strip()}). Nothing was written; build again"
            raise CommandError(message, returncode=NOT_BUILT) from error
        except OSError as error:
            raise CommandError(f"cannot write {options['out']}: {error}", returncode=NOT_BUILT) from error
        if read and not read.report.is_clean:
            refused = read.report.conflicts + read.report.rejected
            raise CommandError(
                f"{refused:,} rows of the label file were left out; why is in {read.rejects}",
                returncode=SOME_ROWS_REFUSED,
            )

    def _read_labels(self, options: dict[str, Any]) -> LabelFile:
        rejects = options["rejects"] or Path(f"{options['labels']}.rejects.csv")
        read = read_label_file(options["labels"], delimiter=options["delimiter"], rejects=rejects)
        for name in COUNTS:
            self.stdout.write(f"{name:<12}{getattr(read.report, name):>14,}")
        return read

    def _build(self, writer: Writer, options: dict[str, Any], read: LabelFile | None) -> None:
        source, labels = _asked_of(read, options)
        summary = self._run(writer, source)
        if not summary.rows:
            raise NoMoments(f"There is not a single row. {_skipped_text(summary)}")
        content = content_of(summary=summary, rules=EQUILIBRATE_1, labels=labels, share=options["customers"])
        writer.finish(content)
        record(
            action="risk.training_set.built",
            subject_type="training_set",
            subject_id=options["out"].name,
            detail={
                name: content[name] for name in ("rows", "misses", "customers", "schema_hash", "labels_from")
            },
        )
        if isinstance(labels, FromPayments):
            self.stdout.write(
                f"The first moment has {labels.history_days} days of data before it, or a few more."
            )
        self._tell(summary)

    def _run(self, writer: Writer, source: Source) -> Summary:
        columns = (TextColumn("customers"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        # Where nobody watches, a bar would only fill a log.
        console = Console(stderr=True, quiet=not sys.stderr.isatty())
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("customers", total=source.count())
            return build(
                source=source,
                writer=writer,
                rules=EQUILIBRATE_1,
                on_progress=lambda passed: progress.update(bar, completed=passed),
            )

    def _tell(self, summary: Summary) -> None:
        lines = list(_lines(summary))
        self.stdout.write(f"{'moment':<12}{'rows':>14}{'misses':>12}{'miss rate':>12}")
        for name, rows, misses in [*lines, ("all", summary.rows.total(), summary.misses.total())]:
            self.stdout.write(f"{name:<12}{rows:>14,}{misses:>12,}{misses / rows:>11.2%}")
        self.stdout.write(f"{summary.customers:,} customers. {_skipped_text(summary)}".strip())
        if summary.booked:
            self.stdout.write(f"{summary.booked:,} repayments that waited for a refresh were booked first.")


def _refuse_contradictions(options: dict[str, Any]) -> None:
    """Say of options that do not go together what to do."""
    if options["labels"] and (options["from_on"] or options["until_on"] or options["customers"] < EVERYBODY):
        raise CommandError("--labels says whom and when: leave --from, --until and --customers out.")
    if options["labels"] and not options["horizon_days"]:
        raise CommandError(
            "--labels needs --horizon-days: how many days after as_of the outcome was seen. Training leaves so many"
            " days between the moments it learns from and those it is tested on; without them, the test would be"
            " of outcomes that nobody could have learnt from yet."
        )
    if options["horizon_days"] and not options["labels"]:
        raise CommandError(
            "--horizon-days is about the outcomes of --labels; those of payments have their own."
        )


def _asked_of(read: LabelFile | None, options: dict[str, Any]) -> tuple[Source, Labels]:
    """Whom to ask about and when, and where the labels are from."""
    if read:
        return Labelled(table=read.table), FromBank(label_days=options["horizon_days"])
    window = data_window()
    days = weekly(window, from_on=options["from_on"], until_on=options["until_on"])
    history_days = (days[0] - window.from_on).days if options["from_on"] else window.history_days
    return _grid(days, options), FromPayments(window=window, history_days=history_days)


def _grid(days: list[dt.date], options: dict[str, Any]) -> Grid:
    return Grid(
        days=np.array([day_number(day) for day in days], dtype=np.int64),
        moments_us=np.array([to_us(noon(day)) for day in days], dtype=np.int64),
        share=options["customers"],
    )


def _lines(summary: Summary) -> Iterator[tuple[str, int, int]]:
    """Rows and misses by moment, or by month where there are too many moments to read."""
    form = "%Y-%m-%d" if len(summary.rows) <= MOST_LINES else "%Y-%m"
    rows: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    for day in sorted(summary.rows):
        name = as_date(day).strftime(form)
        rows[name] += summary.rows[day]
        misses[name] += summary.misses[day]
    for name in rows:
        yield name, rows[name], misses[name]


def _skipped_text(summary: Summary) -> str:
    counts = [f"{summary.skipped[reason]:,} where {reason}" for reason in REASONS if summary.skipped[reason]]
    return f"Left out, of customers at moments: {', '.join(counts)}." if counts else ""


def _days(text: str) -> int:
    """A number of days, from a day to ten years."""
    days = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= days <= MOST_HORIZON_DAYS:
        raise ArgumentTypeError(f"{text!r} is not a number of days from 1 to {MOST_HORIZON_DAYS:,}")
    return days


def _share(text: str) -> float:
    """A percentage as a share."""
    number = text.removesuffix("%").strip()
    try:
        share = float(number) / 100
    except ValueError:
        share = 0.0
    if not text.endswith("%") or not 0 < share <= 1:
        raise ArgumentTypeError(f"{text!r} is not a percentage such as 10%")
    return share
