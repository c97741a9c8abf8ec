"""Whose column is which field of ours, and whose code which of our words."""

import csv
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from customers.importers.csv_file import CsvFile, Record, UnreadableFile
from customers.importers.parsing import InvalidRow


class MappingRefused(Exception):
    """The file's columns or codes cannot be mapped as asked; the text says why and what is valid."""


@dataclass(frozen=True)
class Columns:
    """Where each field stands in a record.

    Args:
        positions: Index of the cell by field.
        ignored: The file's columns nobody maps.
        width: How many cells the header has.
    """

    positions: Mapping[str, int]
    ignored: Sequence[str]
    width: int

    def pick(self, record: Record) -> dict[str, str]:
        """The record's cells by field, stripped.

        Raises:
            InvalidRow: it has fewer fields than the header, or more than one that the header does not name.
        """
        cells = record.cells
        if len(cells) < self.width:
            raise InvalidRow(f"has {len(cells)} fields, the header has {self.width}")
        if len(cells) > self.width + 1 and any(cells[self.width + 1 :]):
            raise InvalidRow(f"has {len(cells)} fields, the header has {self.width}; is a comma unquoted?")
        if "\x00" in "".join(cells):
            raise InvalidRow("holds a NUL character")
        return {field: cells[position].strip() for field, position in self.positions.items()}


def bind(
    header: Sequence[str], *, fields: Set[str], required: Set[str], mapping: Mapping[str, str]
) -> Columns:
    """Find each field's column.

    A column belongs to the field it is mapped to, else to the field of its own name (case does not matter).

    Args:
        header: The file's column names.
        fields: All our fields.
        required: Those the file must have.
        mapping: Our field by column name, as asked for.

    Raises:
        MappingRefused: a column or field is unknown, a field has two columns, or a required one has none.
    """
    _refuse_unknown(header, fields, mapping)
    positions: dict[str, int] = {}
    ignored: list[str] = []
    asked_for = set(mapping.values())
    for position, column in enumerate(header):
        own_name = column.casefold()
        field = mapping.get(column) or (own_name if own_name in fields - asked_for else None)
        if field is None:
            ignored.append(column or f"(column {position + 1})")
        elif field in positions:
            raise MappingRefused(f"two columns would be {field}: {header[positions[field]]} and {column}")
        else:
            positions[field] = position
    if missing := sorted(required - positions.keys()):
        raise MappingRefused(
            f"no column for {', '.join(missing)}. The file has: {', '.join(header)}. Name the right ones "
            f"with --map column={missing[0]}, or the character between fields with --delimiter"
        )
    return Columns(positions, ignored, len(header))


def _refuse_unknown(header: Sequence[str], fields: Set[str], mapping: Mapping[str, str]) -> None:
    if unknown := sorted(set(mapping.values()) - fields):
        raise MappingRefused(f"no such field: {', '.join(unknown)}. Fields are: {', '.join(sorted(fields))}")
    if absent := sorted(mapping.keys() - set(header)):
        raise MappingRefused(f"the file has no column {', '.join(absent)}. It has: {', '.join(header)}")


class Values:
    """A bank's own codes: by field, then by their word, ours. A code that is not listed stays as it is.

    Args:
        table: Our word by theirs, by field.
        fields: All our fields.

    Raises:
        MappingRefused: a field is unknown.
    """

    def __init__(self, table: Mapping[str, Mapping[str, str]], *, fields: Set[str]) -> None:
        if unknown := sorted(table.keys() - fields):
            raise MappingRefused(
                f"no such field: {', '.join(unknown)}. Fields are: {', '.join(sorted(fields))}"
            )
        self._table = table

    def translate(self, cells: dict[str, str]) -> dict[str, str]:
        """Put our words for theirs, in place; returns the cells."""
        for field, words in self._table.items():
            if field in cells:
                cells[field] = words.get(cells[field], cells[field])
        return cells


def read_values(path: Path) -> dict[str, dict[str, str]]:
    """Read a file of codes: JSON {field: {theirs: ours}}, or CSV with the columns field, theirs, ours.

    Raises:
        MappingRefused: the file is neither.
    """
    try:
        return _from_json(path) if path.suffix.casefold() == ".json" else _from_csv(path)
    except (OSError, UnreadableFile, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise MappingRefused(f"cannot read the values of {path}: {error}") from error


def _from_json(path: Path) -> dict[str, dict[str, str]]:
    table = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(table, dict) or not all(isinstance(words, dict) for words in table.values()):
        raise ValueError('expected {"field": {"theirs": "ours"}}')
    return {field: {theirs: str(ours) for theirs, ours in words.items()} for field, words in table.items()}


def _from_csv(path: Path) -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    names = {"field", "theirs", "ours"}
    with CsvFile(path) as file:
        columns = bind(file.header, fields=names, required=names, mapping={})
        for record in file:
            if record.problem or any(record.cells):
                cells = _picked(columns, record)
                table.setdefault(cells["field"], {})[cells["theirs"]] = cells["ours"]
    return table


def _picked(columns: Columns, record: Record) -> dict[str, str]:
    if record.problem:
        raise InvalidRow(f"line {record.line}: {record.problem}")
    return columns.pick(record)
