"""What the watch over the audit finds: checkpoint files that went or were replaced, and rows that the owner changed."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.conf import settings as site
from django.core.files.storage import storages
from django.utils import timezone
from pytest_django import Settings

from audit import checkpointing, keeping_watch, standing, tasks, verifying_parts
from audit.checkpointing import name_of
from audit.models import AuditCheckpoint, AuditSeal
from audit.signals import trouble
from audit.tests.sealed import events
from audit.tests.watched import covered, new, part

pytestmark = pytest.mark.django_db
needs_owner = pytest.mark.skipif(
    not site.DATABASE_OWNER_URL, reason="owner and application are one role here"
)


@pytest.fixture(autouse=True)
def _by_itself(settings: Settings) -> None:
    settings.AUDIT_ALSO_VERIFIED = []


def spoilt(outside: Path, *sizes: int) -> None:
    """Checkpoint files that are none any more."""
    for size in sizes:
        file = outside / name_of(size)
        file.chmod(0o600)
        file.write_text("{}")


def test_file_that_has_gone_on_the_way_is_found(outside: Path) -> None:
    covered(1, 1, 1)
    (outside / name_of(2)).unlink()

    assert f"checkpoint {name_of(2)} was written and has gone" in part().first
    assert new().problems == 0


def test_newest_file_that_has_gone_is_found(outside: Path) -> None:
    covered(1)
    new()
    covered(1)
    (outside / name_of(2)).unlink()

    assert f"checkpoint {name_of(2)} was written and has gone" in new().first


def test_file_to_begin_from_that_has_gone_is_found_and_all_is_verified_from_the_beginning(
    outside: Path,
) -> None:
    covered(1, 1)
    new()
    (outside / name_of(2)).unlink()

    found = new()

    assert (found.row, found.first) == (
        0,
        f"audit: checkpoint {name_of(2)} has gone from outside the database",
    )
    assert new().row == 1


@pytest.mark.parametrize(
    ("text", "problem"), [("{}", "it is no checkpoint"), ("another", "is one over 1 rows")]
)
def test_file_that_was_replaced_is_found(outside: Path, text: str, problem: str) -> None:
    covered(1, 1)
    file = outside / name_of(2)
    file.chmod(0o600)
    file.write_text((outside / name_of(1)).read_text() if text == "another" else text)

    assert problem in new().first
    assert part().problems > 1


def test_other_file_than_was_noted_is_found(outside: Path) -> None:
    covered(1)
    file = outside / name_of(1)
    file.chmod(0o600)
    file.write_text(file.read_text().rstrip())

    assert "is not what the database noted" in new().first


def test_files_far_apart_are_no_end(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    covered(1, 9)
    monkeypatch.setattr(keeping_watch, "MOST_ROWS", 2)
    monkeypatch.setattr(verifying_parts, "MOST_ROWS", 2)
    new()

    assert new().row == 10


def test_sizes_are_listed_from_the_folders_between(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpointing, "PER_FOLDER", 2)
    covered(1, 1, 1, 1)
    storage = storages["audit_checkpoints"]

    assert checkpointing.sizes_outside(storage, after=1, until=3) == [2, 3]
    assert checkpointing.sizes_outside(storage, after=4, until=900) == []
    assert checkpointing.newest_size(storage) == 4


def test_rows_beyond_a_bad_file_are_verified_all_the_same(
    outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping_watch, "PART_ROWS", 2)
    covered(1, 1, 1, 1)
    spoilt(outside, 2, 3)

    parts = [part() for _ in range(2)]

    assert [each.row for each in parts] == [1, 4]
    assert parts[-1].is_complete
    assert name_of(2) in parts[-1].first


def test_new_rows_end_at_the_last_good_file(outside: Path) -> None:
    covered(1, 1, 1)
    spoilt(outside, 3)
    assert (new().row, new().row) == (2, 2)
    covered_by_hand = new()
    assert "it is no checkpoint" in covered_by_hand.first


def test_pass_ends_where_no_good_file_is_left(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying_parts, "MOST_BAD", 2)
    covered(1, 1, 1)
    spoilt(outside, 1, 2, 3)

    made = part()

    assert (made.row, made.is_complete) == (0, True)
    assert name_of(1) in made.first


def test_part_looks_at_so_many_files_alone(
    outside: Path, monkeypatch: pytest.MonkeyPatch, read: list[int]
) -> None:
    monkeypatch.setattr(verifying_parts, "MOST_FILES", 2)
    covered(1, 1, 1)

    assert part().row == 2
    assert read == [1, 2]


def test_rows_without_any_file_left_are_told_and_not_read_at_once(
    outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    covered(1, 1, 9)
    monkeypatch.setattr(verifying_parts, "MOST_ROWS", 1)
    monkeypatch.setattr(keeping_watch, "PART_ROWS", 1)
    monkeypatch.setattr(keeping_watch, "MOST_ROWS", 1)
    (outside / name_of(2)).unlink()
    assert new().row == 1

    made = new()

    assert made.row == 11
    assert "no checkpoint file is left between rows 1 and 11" in made.first


def test_forged_note_is_found_without_looking_through_every_folder(outside: Path) -> None:
    covered(1)
    AuditCheckpoint.objects.create(size=10**15, name="x", content="{}")
    new()

    assert "was written and has gone" in new().first


class Owner:
    """Who owns the tables, and switches their guards off while they are at it."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, *parameters: object) -> None:
        """One statement past every trigger."""
        for able in ("DISABLE", "ENABLE"):
            if able == "ENABLE":
                self._connection.execute(statement, parameters)
            for table in ("audit_auditevent", "audit_auditseal"):
                self._connection.execute(f"ALTER TABLE {table} {able} TRIGGER USER")


@pytest.fixture
def attacker(transactional_db: None) -> Iterator[Owner]:
    with psycopg.connect(site.DATABASE_OWNER_URL, autocommit=True) as found:
        yield Owner(found)


SET = """
UPDATE audit_auditevent SET subject_id = %s WHERE id = (SELECT event_id FROM audit_auditseal WHERE sequence = 6)
"""


@needs_owner
def test_row_altered_since_is_found_told_and_stands_until_all_is_right(
    outside: Path, attacker: Owner
) -> None:
    told: list[str] = []

    def listen(*, message: str, **_: Any) -> None:
        told.append(message)

    covered(3)
    tasks.verify()
    covered(3)
    was = AuditSeal.objects.get(sequence=6).event.subject_id
    attacker.execute(SET, "9")
    trouble.connect(listen)
    try:
        tasks.verify()
        tasks.verify()
    finally:
        trouble.disconnect(listen)

    assert "row 6" in told[0]
    assert "the event is not what was sealed" in told[0]
    assert [each for each in standing.trail().faults if "row 6" in each]
    assert new().problems == 0
    attacker.execute(SET, was)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2), tick=False):
        while not part().is_complete:
            pass
    assert not [each for each in standing.trail().faults if "row 6" in each]


@needs_owner
def test_event_without_a_seal_is_found_by_the_pass(outside: Path, attacker: Owner) -> None:
    covered(2)
    attacker.execute(
        "INSERT INTO audit_auditevent (action, subject_type, subject_id, detail, recorded_at)"
        " VALUES ('tests.thing.forged', 'thing', '1', '{}', now() - interval '1 hour')"
    )

    assert "it has no seal after five minutes" in part().first


@needs_owner
def test_event_deleted_before_it_was_sealed_is_found_at_once(outside: Path, attacker: Owner) -> None:
    covered(1)
    (gone,) = events(1)
    attacker.execute("DELETE FROM audit_auditevent WHERE id = %s", gone.pk)

    assert new().first == f"event {gone.pk}: it was recorded and has gone before it was sealed"
