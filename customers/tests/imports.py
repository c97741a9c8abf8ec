"""Running an import on a text, for tests."""

import csv
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from customers.importers.columns import Values, bind
from customers.importers.csv_file import CsvFile
from customers.importers.pipeline import Import, Importer, ImportReport
from customers.importers.rejects import RejectFile


@dataclass
class Imported:
    """What an import did. `rejects` are the rows of the reject file; None when none was made."""

    report: ImportReport
    rejects: list[dict[str, str]] | None
    marked: set[int] = field(default_factory=set)

    @property
    def counts(self) -> dict[str, int]:
        """The counts that are not 0, without `read`."""
        return {name: count for name, count in vars(self.report).items() if count and name != "read"}

    @property
    def reasons(self) -> dict[int, str]:
        """Why each rejected line was."""
        return {int(row["line"]): row["reason"] for row in self.rejects or []}


def run_import(
    path: Path,
    *,
    content: bytes | str,
    fields: Set[str],
    required: Set[str],
    make_importer: Callable[[Set[str], Callable[[Any], object]], Importer[Any]],
    mapping: Mapping[str, str] | None = None,
) -> Imported:
    """Import a content, by way of a file in `path`."""
    source = path / "file.csv"
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    marked: set[int] = set()
    with CsvFile(source) as file, RejectFile(path / "rejects.csv") as rejects:
        columns = bind(file.header, fields=fields, required=required, mapping=mapping or {})
        importer = make_importer(columns.positions.keys(), marked.update)
        values = Values({}, fields=fields)
        report = Import(file=file, columns=columns, values=values, importer=importer, rejects=rejects).run()
    return Imported(report, read_rejects(path / "rejects.csv"), marked)


def read_rejects(path: Path) -> list[dict[str, str]] | None:
    """The rows of a reject file, or None where there is no such file."""
    if not path.exists():
        return None
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
