"""Verification as part of the running system: what is new, everything part by part, and what others look at."""

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import DatabaseError, connection
from django.utils import timezone
from pytest_django import Settings

from audit import keeping_watch, standing, tasks
from audit.checkpointing import name_of
from audit.models import AuditEvent, AuditVerification
from audit.signals import trouble
from audit.tests.sealed import sealed
from audit.tests.watched import covered, new, part

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _by_itself(settings: Settings) -> None:
    settings.AUDIT_ALSO_VERIFIED = []


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
    began_at = timezone.now()
    keeping_watch.note_beside_is_sound(began_at=began_at - dt.timedelta(hours=1))
    # What was found while somebody looked at everything may be of what they had looked at already.
    assert [each for each in standing.trail().faults if "thing 7" in each]
    keeping_watch.note_beside_is_sound(began_at=began_at)
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


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What operators are told, by kind."""
    kinds: list[str] = []

    def listen(*, detail: Mapping[str, Any], **_: Any) -> None:
        kinds.append(detail["kind"])

    trouble.connect(listen)
    yield kinds
    trouble.disconnect(listen)


def broken(position: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What another app would hook in: it cannot look at all."""
    raise RuntimeError(position)


def test_look_that_fails_is_told_and_keeps_no_other_from_being_told(
    outside: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    def unable() -> None:
        raise OSError("no such storage")

    unable.__name__ = "verify_new"
    monkeypatch.setattr(keeping_watch, "verify_new", unable)
    settings.AUDIT_ALSO_VERIFIED = [f"{__name__}.broken"]
    covered(1, 1)
    (outside / name_of(1)).unlink()

    tasks.verify()

    assert (told[0], told[2]) == ("unverified.verify_new", "unverified.verify_beside")
    assert told[1].startswith("fault.")
    assert not AuditVerification.objects.exclude(kind="pass").exists()


def test_what_others_have_not_looked_at_for_long_is_said(outside: Path, settings: Settings) -> None:
    covered(1)
    settings.AUDIT_ALSO_VERIFIED = [f"{__name__}.slices"]
    new()
    assert standing.trail().faults == []

    with time_machine.travel(timezone.now() + dt.timedelta(hours=2)):
        faults = standing.trail().faults

    assert "has not been compared with it since" in faults[0]
    assert "Nothing new has been verified since" in faults[1]


@pytest.mark.django_db(transaction=True)
def test_two_workers_are_not_at_it_at_once(outside: Path, settings: Settings) -> None:
    covered(1)
    settings.AUDIT_ALSO_VERIFIED = [f"{__name__}.slices"]
    login = connection.get_connection_params()
    with psycopg.connect(
        **{key: login[key] for key in ("host", "port", "user", "password", "dbname") if key in login}
    ) as other:
        for what in ("new", "pass", settings.AUDIT_ALSO_VERIFIED[0]):
            other.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"audit.verify.{what}"])

        tasks.verify()

        assert not AuditVerification.objects.exists()
    tasks.verify()
    assert AuditVerification.objects.count() == 3


FOREVER = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)


def test_verification_that_somebody_made_up_neither_stops_the_watch_nor_hides_what_it_finds(
    outside: Path,
) -> None:
    covered(1)
    for kind in ("pass", "whole", "new"):
        AuditVerification.objects.create(
            pk=2**62, kind=kind, began_at=FOREVER, at=FOREVER, is_complete=True, position={"event": 0}
        )
    assert not AuditVerification.objects.filter(pk=2**62).exists()
    (outside / name_of(1)).unlink()

    assert new().problems == 1
    assert [each for each in standing.trail().faults if "has gone" in each]
    assert keeping_watch.verify_part() is None
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2)):
        assert part().problems > 0


def test_standing_in_brief(outside: Path) -> None:
    assert standing.in_brief() == "never verified: manage.py verify_audit"
    covered(2)
    new()
    assert standing.in_brief().endswith("up to row 2, nothing wrong")
    for what in ("row 1: altered", "row 2: altered"):
        AuditVerification.objects.create(kind="new", began_at=timezone.now(), problems=1, first=what)
    AuditVerification.objects.create(kind="beside", began_at=timezone.now(), problems=1, first="thing 7")

    brief = standing.in_brief()

    assert brief.startswith("fault: Verification of ")
    assert brief.endswith("found: row 2: altered (+1)")
