"""Customer files: who the customers are and, where the file has the columns, what they borrowed."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from customers import bank_clock
from customers.importers import customer_fields as fields
from customers.importers.columns import MappingRefused
from customers.importers.customer_chunk import Chunk, CustomerRow, LoanRow, SeenIds
from customers.importers.parsing import InvalidRow, past_day, quoted
from customers.importers.pipeline import MarkDirty, Numbered, Outcome

FIELDS = fields.ALL
REQUIRED = frozenset({"customer_id"})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What holds for all rows of a file.

    Args:
        source: The system the customers are of.
        age_as_of: The day on which the file's ages held; None for the bank's today.
        recorded_at: When the bank knew of the schedules; None for a loan's start, or now for a changed one.
    """

    source: str
    age_as_of: dt.date | None = None
    recorded_at: dt.datetime | None = None


class CustomerImporter:
    """Creates customers and loans, completes provisional ones, changes what differs.

    Args:
        settings: What holds for all rows.
        present: The fields the file has. A field that is not there is left as it is; an empty cell says that
            nothing is known.
        mark_dirty: Asks for customers to be evaluated again.

    Raises:
        MappingRefused: some loan columns are there and others that they need are not.
    """

    def __init__(self, *, settings: Settings, present: Set[str], mark_dirty: MarkDirty) -> None:
        self.settings = settings
        self.mark_dirty = mark_dirty
        self.has_loans = _has_loans(present)
        if "age_as_of" in present and "age" not in present:
            raise MappingRefused("the file has age_as_of but no age")
        self._today = bank_clock.today()
        self._staff = _staff() if "assigned_rm" in present else {}
        self._seen_customers = SeenIds()
        self._seen_loans = SeenIds()

    def parse(self, cells: dict[str, str]) -> CustomerRow:
        """Read one customer; raises InvalidRow."""
        bank_id = fields.required_cell(cells, "customer_id", fields.BANK_ID)
        values = fields.values_of(cells, fields.CUSTOMER)
        if "assigned_rm" in cells:
            values["assigned_rm_id"] = self._manager(cells["assigned_rm"])
        is_age_dated = False
        if "age" in cells:
            age, as_of, is_age_dated = self._age(cells)
            values |= {"age_years": age, "age_as_of_on": as_of}
        loan = self._loan(cells, bank_id) if self.has_loans else None
        return CustomerRow(bank_id, values, is_age_dated, loan)

    def reject(self, cells: dict[str, str]) -> None:
        """Rows stand for themselves here."""

    def store(self, rows: Sequence[Numbered[CustomerRow]]) -> Outcome:
        """Store customers, their loans and schedules, and mark those who changed."""
        chunk = Chunk(self.settings.source, self.settings.recorded_at, self._seen_customers, self._seen_loans)
        with transaction.atomic():
            outcome = chunk.store(rows)
            self.mark_dirty(chunk.changed_ids())
        chunk.remember()
        return outcome

    def finish(self) -> Iterator[Outcome]:
        """Nothing is left over."""
        return iter(())

    def _age(self, cells: Mapping[str, str]) -> tuple[int | None, dt.date | None, bool]:
        """The age, the day on which it held, and whether somebody said so."""
        if not cells["age"]:
            return None, None, False
        age: int = fields.parse_cell(cells, "age", fields.AGE)
        if cells.get("age_as_of"):
            return age, fields.parse_cell(cells, "age_as_of", past_day), True
        return age, self.settings.age_as_of or self._today, self.settings.age_as_of is not None

    def _manager(self, username: str) -> int | None:
        if not username:
            return None
        if username not in self._staff:
            raise InvalidRow(f"assigned_rm: no user is called {quoted(username)}")
        return self._staff[username]

    def _loan(self, cells: Mapping[str, str], bank_id: str) -> LoanRow | None:
        given = [name for name in fields.LOAN_TERMS if cells[name]]
        if not given:
            if extra := [name for name in fields.LOAN_DETAILS if cells.get(name)]:
                raise InvalidRow(f"{extra[0]} is given, but no loan_amount")
            return None
        if len(given) < len(fields.LOAN_TERMS):
            missing = [name for name in fields.LOAN_TERMS if not cells[name]]
            raise InvalidRow(f"{given[0]} is given, but {missing[0]} is empty")
        details = {name: field for name, field in fields.LOAN_DETAILS.items() if cells.get(name)}
        terms: dict[str, Any] = fields.values_of(cells, fields.LOAN_TERMS)
        reference = (
            fields.parse_cell(cells, "loan_reference", fields.REFERENCE)
            if cells.get("loan_reference")
            else ""
        )
        return LoanRow(reference or bank_id, terms, fields.values_of(cells, details))


def _has_loans(present: Set[str]) -> bool:
    terms = fields.LOAN_TERMS.keys()
    about_loans = present & (terms | fields.LOAN_DETAILS.keys() | {"loan_reference"})
    if about_loans and (missing := sorted(terms - present)):
        raise MappingRefused(
            f"the file has {', '.join(sorted(about_loans))}, but no column for {', '.join(missing)}: "
            f"a loan needs all of {', '.join(terms)}"
        )
    return bool(about_loans)


def _staff() -> dict[str, int]:
    return dict(get_user_model().objects.values_list("username", "id"))
