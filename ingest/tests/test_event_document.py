"""docs/event.md describes the event that the code takes."""

import re
from pathlib import Path

import msgspec

from ingest import schemas
from ingest.models import DeadLetter
from ingest.tests.events import to_row

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "event.md").read_text()


def first_cells() -> set[str]:
    """The names in the first column of the document's tables."""
    cells = re.findall(r"^\| (`[^|]+`) \|", DOCUMENT, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_every_field_is_documented() -> None:
    fields = {field.name for field in msgspec.structs.fields(schemas.TransactionEvent)}

    assert fields <= first_cells()


def test_every_reason_of_a_dead_letter_is_documented() -> None:
    assert set(DeadLetter.Reason.values) <= first_cells()


def test_examples_are_valid_events_of_one_customer() -> None:
    found = re.findall(r"\{\s*\"transaction_id\".*?\}", DOCUMENT, re.DOTALL)
    rows = [to_row(re.sub(r",\s*\}$", "}", example).encode()) for example in found]

    assert len(rows) == 2
    assert {row.bank_id for row in rows} == {"100"}
    assert rows[0] == rows[1]
