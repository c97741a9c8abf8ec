"""Verification as part of the running system: what is new, everything part by part, and what is told of faults."""

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.conf import settings as site
from django.core.files.storage import storages
from django.db import DatabaseError, connection
from django.utils import timezone
from pytest_django import Settings

from audit import checkpointing, keeping_watch, standing, tasks
from audit.checkpointing import make_checkpoint, name_of
from audit.models import AuditEvent, AuditSeal, AuditVerification
from audit.signals import trouble
from audit.tests.sealed import events, sealed

pytestmark = pytest.mark.django_db
needs_owner = pytest.mark.skipif(
    not site.DATABASE_OWNER_URL, reason="owner and application are one role here"
)


@pytest.fixture(autouse=True)
def _by_itself(settings: Settings) -> None:
    settings.AUDIT_ALSO_VERIFIED = []


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which checkpoint files are read, by their sizes."""
    sizes: list[int] = []
    true = checkpointing.text_outside

    def noting(storage: Any, size: int) -> str:
        sizes.append(size)
        return true(storage, size)

    monkeypatch.setattr("audit.keeping_watch.text_outside", noting)
    return sizes


def covered(*counts: int) -> None:
    """So many rows more, each lot under a checkpoint of its own."""
    for count in counts:
        sealed(count, personal={"after": 1})
        make_checkpoint()


def new() -> AuditVerification:
    made = keeping_watch.verify_new()
    assert made is not None
    return made


def part() -> AuditVerification:
    made = keeping_watch.verify_part()
    assert made is not None
    return made


def test_without_a_key_there_is_nothing_to_verify_against(settings: Settings) -> None:
    settings.AUDIT_SIGNING_KEY_FILE, settings.AUDIT_PUBLIC_KEY_FILES = "", []
    sealed(1)

    assert (keeping_watch.verify_new(), keeping_watch.verify_part()) == (None, None)


def test_new_rows_are_verified_from_the_last_verified_checkpoint_on(outside: Path, read: list[int]) -> None:
    covered(3, 2)
    assert (new().row, new().row) == (5, 5)
    covered(1, 1, 1)
    read.clear()

    made = new()

    assert (made.row, made.problems, str(made)) == (8, 0, "new up to row 8")
    # The two ends, and the newer one once more beside what was noted of it.
    assert set(read) == {5, 8}


def test_long_backlog_is_verified_step_by_step(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    covered(2, 2, 3)
    monkeypatch.setattr(keeping_watch, "MOST_ROWS", 3)

    assert [new().row for _ in range(4)] == [2, 4, 7, 7]


def test_everything_is_verified_part_by_part(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    covered(2, 2, 2)
    monkeypatch.setattr(keeping_watch, "PART_ROWS", 4)
    monkeypatch.setattr(keeping_watch, "PART_EVENTS", 4)

    first, second = part(), part()

    assert (first.row, first.is_complete, second.row, second.is_complete) == (4, False, 6, True)
    assert first.began_at == second.began_at
    detail = AuditEvent.objects.get(action="audit.log.verified").detail
    assert (detail["sound"], detail["covered"], detail["by_parts"]) == (True, 6, True)
    assert keeping_watch.verify_part() is None
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2)):
        assert part().row == 4


def test_pass_reads_every_file_on_its_way(outside: Path, read: list[int]) -> None:
    covered(1, 1, 1)

    part()

    assert set(read) == {1, 2, 3}


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
    new()

    assert new().row == 10


def test_sizes_are_listed_from_the_folders_between(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpointing, "PER_FOLDER", 2)
    covered(1, 1, 1, 1)
    storage = storages["audit_checkpoints"]

    assert checkpointing.sizes_outside(storage, after=1, until=3) == [2, 3]
    assert checkpointing.sizes_outside(storage, after=4, until=900) == []
    assert checkpointing.newest_size(storage) == 4


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


def test_what_was_verified_is_not_taken_back(outside: Path) -> None:
    covered(1)
    new()

    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditverification SET row = 99")


def slices(position: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What another app would hook in: wrong at its second part."""
    number = position.get("number", 0)
    return {"number": number + 1}, ["thing 7 is not as it was recorded"] if number == 1 else []


def test_others_look_at_theirs_and_a_fault_stands_until_all_of_theirs_is_right(
    outside: Path, settings: Settings
) -> None:
    settings.AUDIT_ALSO_VERIFIED = [f"{__name__}.slices"]

    found = [keeping_watch.verify_beside()[0].problems for _ in range(3)]

    assert found == [0, 1, 0]
    assert [each for each in standing.trail().faults if "thing 7" in each]
    keeping_watch.note_beside_is_sound()
    assert standing.trail().faults == []
    assert keeping_watch.verify_beside()[0].position["at"] == {"number": 1}


def test_unreadable_key_is_told(settings: Settings) -> None:
    told: list[str] = []

    def listen(*, dedupe_key: str, **_: Any) -> None:
        told.append(dedupe_key)

    settings.AUDIT_PUBLIC_KEY_FILES = ["/nothing"]
    trouble.connect(listen)
    try:
        tasks.verify()
    finally:
        trouble.disconnect(listen)

    assert told[0].startswith("audit.key.")


def test_verification_that_has_not_run_says_so(outside: Path) -> None:
    covered(1)
    assert standing.trail().faults == []
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2)):
        assert "Nothing new has been verified since" in standing.trail().faults[-1]
    new()
    with time_machine.travel(timezone.now() + dt.timedelta(days=8)):
        faults = standing.trail().faults
    assert "Nothing new has been verified since" in faults[-2]
    assert "Not everything has been verified since" in faults[-1]
