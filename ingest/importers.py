"""Transaction files: the consumer's judge and the consumer's store, with CSV in front."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.db import transaction

from customers import bank_clock
from customers.importers import parsing
from customers.importers.customer_fields import parse_cell
from customers.importers.parsing import InvalidRow
from customers.importers.pipeline import Numbered, Outcome, Refusal
from ingest import schemas, store
from ingest.schemas import InvalidEvent, Row, TransactionEvent

_FIELDS = msgspec.structs.fields(TransactionEvent)
FIELDS = frozenset(field.name for field in _FIELDS) | {"recorded_at"}
REQUIRED = frozenset(field.name for field in _FIELDS if field.required)
NUMBERS = frozenset({"amount", "balance_after"})
# JSON tells 742 from "742"; in a CSV file a code of digits is a number.
CODES = frozenset({"merchant_category", "mcc"})


class Known(NamedTuple):
    """A transaction, and when the bank knew of it, in microseconds since 2000."""

    row: Row
    recorded_us: int


class TransactionImporter:
    """Stores transactions that are not there yet; unknown customers become provisional ones.

    Args:
        source: The system the customers are of.
        recorded_at: When the bank knew of rows that do not say it; None for when they happened.
    """

    def __init__(self, *, source: str, recorded_at: dt.datetime | None) -> None:
        self.recorded_us = None if recorded_at is None else schemas.to_us(recorded_at)
        self.ids = store.CustomerIds(source=source)
        self.months = store.Months()
        self._window = schemas.Window.at(bank_clock.now(), retention_years=settings.RETENTION_YEARS)
        self._zone = bank_clock.zone()

    def parse(self, cells: dict[str, str]) -> Known:
        """Read one transaction; raises InvalidRow."""
        try:
            event = msgspec.convert(event_of(cells), TransactionEvent)
            row = schemas.to_row(event, window=self._window, zone=self._zone, currency=settings.BANK_CURRENCY)
        except (msgspec.ValidationError, InvalidEvent) as error:
            raise InvalidRow(str(error)) from error
        return Known(row, self._recorded_us(cells, row))

    def reject(self, cells: dict[str, str]) -> None:
        """Rows stand for themselves here."""

    def store(self, rows: Sequence[Numbered[Known]]) -> Outcome:
        """Store transactions and tiles, and mark whose they are."""
        transactions = [numbered.row.row for numbered in rows]
        ids = self.ids.resolve({row.bank_id for row in transactions})
        self.months.ensure(transactions)
        arrival = store.Arrival(recorded_us=[numbered.row.recorded_us for numbered in rows])
        with transaction.atomic():
            report = store.store(rows=transactions, ids=ids, arrival=arrival)
        refusals = [
            Refusal(
                rows[position].line,
                rows[position].raw,
                "differs from the transaction already stored under this customer, time and transaction_id",
                is_conflict=True,
            )
            for position in report.conflicts
        ]
        return Outcome(stored=report.stored, duplicates=report.duplicates, refusals=refusals)

    def finish(self) -> Iterator[Outcome]:
        """Nothing is left over."""
        return iter(())

    def _recorded_us(self, cells: Mapping[str, str], row: Row) -> int:
        if cells.get("recorded_at"):
            return schemas.to_us(parse_cell(cells, "recorded_at", parsing.known_moment))
        return row.occurred_us if self.recorded_us is None else self.recorded_us


def event_of(cells: Mapping[str, str]) -> dict[str, object]:
    """The event a row of text stands for, as JSON would have it; empty cells are absent.

    Raises:
        InvalidRow: a number or a flag is none, or a required cell is empty.
    """
    event: dict[str, object] = {}
    for name, text in cells.items():
        if text:
            event[name] = _typed(cells, name, text)
        elif name in REQUIRED:
            raise InvalidRow(f"{name} is empty")
    return event


def _typed(cells: Mapping[str, str], name: str, text: str) -> object:
    if name in NUMBERS:
        return float(parse_cell(cells, name, parsing.plain_number))
    if name == "is_salary":
        return parse_cell(cells, name, parsing.flag)
    if name in CODES and len(text) <= 4 and text.isascii() and text.isdigit():
        return int(text)
    return text
