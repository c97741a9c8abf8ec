"""Verification of the database and of its export, where the owner has done what an attacker would."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from audit import verify
from audit.checkpointing import make_checkpoint
from audit.findings import Report
from audit.models import AuditCheckpoint, AuditEvent
from audit.services import erase_personal
from audit.tests.sealed import checkpoint_over, events, officer, owner, rows, sealed
from audit.verifying import verify_rows

PROGRAM = Path(verify.__file__)


@pytest.mark.django_db
def test_database_verifies_with_erased_parts(outside: Path) -> None:
    sealed(3, customer=1, personal={"before": "₹", "after": None})
    sealed(2, customer=2, personal={"after": 1})
    erase_personal(customer=1, by=officer(), reason="request 5")
    events(1)
    make_checkpoint()

    report = json.loads(verified("--json"))

    counts = {
        name: report[name] for name in ("sound", "rows", "covered", "checkpoints", "personal", "erased")
    }
    assert counts == {"sound": True, "rows": 5, "covered": 5, "checkpoints": 1, "personal": 2, "erased": 3}
    # The officer's account and role, the order, the three parts, and one more.
    assert report["waiting"] == 7


def verified(*options: str) -> str:
    out = StringIO()
    call_command("verify_audit", *options, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.django_db
def test_verification_is_an_event_itself(outside: Path) -> None:
    sealed(1)

    assert "SOUND: nothing is wrong." in verified()

    event = AuditEvent.objects.get(action="audit.log.verified")
    assert (event.detail["sound"], event.detail["rows"], event.detail["first"]) == (True, 1, "")


@pytest.mark.django_db
def test_file_that_has_gone_is_a_finding(outside: Path) -> None:
    sealed(1)
    make_checkpoint()
    name = AuditCheckpoint.objects.get().name
    (outside / name).unlink()
    out = StringIO()

    with pytest.raises(CommandError, match="not sound") as refusal:
        call_command("verify_audit", stdout=out)

    assert refusal.value.returncode == 1
    assert f"checkpoint {name} was written and has gone from outside the database" in out.getvalue()


@pytest.mark.django_db
def test_note_that_is_not_the_file_is_a_finding(outside: Path) -> None:
    sealed(1)
    make_checkpoint()
    file = outside / AuditCheckpoint.objects.get().name
    text = file.read_text()
    file.chmod(0o644)
    # As good a checkpoint as the one that was noted, and not the same text.
    file.write_text(text.rstrip())
    out = StringIO()

    with pytest.raises(CommandError, match="not sound"):
        call_command("verify_audit", stdout=out)

    assert "is not what the database noted when it was written" in out.getvalue()


@pytest.mark.django_db
def test_folder_without_any_checkpoint_verifies_nothing(
    outside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed(1)
    call_command("export_audit", out=tmp_path / "export", stdout=StringIO())
    (tmp_path / "nothing").mkdir()

    assert verify.main([str(tmp_path / "export"), "--checkpoints", str(tmp_path / "nothing")]) == 2
    assert "holds no checkpoint" in capsys.readouterr().err


@pytest.mark.django_db
def test_requeue_is_offered(outside: Path) -> None:
    sealed(1)

    assert "0 events were queued again." in verified("--requeue")


@pytest.mark.django_db
def test_unreadable_key_ends_verification(settings: Settings) -> None:
    settings.AUDIT_PUBLIC_KEY_FILES = ["/nothing"]

    with pytest.raises(CommandError, match="Not verified"):
        verified()


SETS = "UPDATE audit_auditevent SET {} WHERE id = (SELECT event_id FROM audit_auditseal WHERE sequence = 3)"
EVENT = "(SELECT event_id FROM audit_auditseal WHERE sequence = 3)"
SEAL = "UPDATE audit_auditseal SET {} WHERE sequence = 3"
ATTACKS = [
    *(
        (SETS.format(change), 3, "the event is not what was sealed")
        for change in (
            "action = 'tests.thing.undone'",
            "actor_label = 'somebody'",
            "subject_type = 'other'",
            "subject_id = '99'",
            "subject_label = 'other'",
            "customer_key = '5'",
            "reason = 'because'",
            "request_id = 'another-request'",
            "detail = detail || '{\"n\": 2.0}'",
            "detail = detail || '{\"amount\": 12.500}'",
            "commitment = repeat('0', 64)",
            "recorded_at = recorded_at + interval '1 microsecond'",
            "recorded_at = 'infinity'",
        )
    ),
    (SEAL.format("row_hash = sha256('x')"), 3, "the chain breaks"),
    (SEAL.format("chain_hash = sha256('x')"), 3, "the chain breaks"),
    (SEAL.format("sealed_at = sealed_at + interval '1 microsecond'"), 3, "the chain breaks"),
    (SEAL.format("scheme = 2"), 3, "the chain breaks"),
    (SEAL.format("event_id = 999999"), 3, "the chain breaks"),
    (SEAL.format("sequence = 99"), 3, "row 3 is missing"),
    (SEAL.format("sequence = 0"), 0, "it comes after row 0"),
    ("DELETE FROM audit_auditpersonal WHERE event_id = :event", 3, "its personal part has gone"),
    (
        "UPDATE audit_auditpersonal SET content = '{}' WHERE event_id = :event",
        3,
        "not what was committed",
    ),
    (
        "UPDATE audit_auditpersonal SET salt = sha256('x') WHERE event_id = :event",
        3,
        "not what was committed",
    ),
    (
        "DELETE FROM audit_auditpersonal WHERE event_id = :event; DELETE FROM audit_auditevent WHERE id = :event",
        3,
        "its event has gone",
    ),
    ("DELETE FROM audit_auditseal WHERE sequence = 3", 3, "row 3 is missing"),
    ("DELETE FROM audit_auditseal WHERE sequence = 6", 6, "rows 6 to 6 are missing"),
    ("DELETE FROM audit_auditseal WHERE sequence > 2", 3, "rows 3 to 6 are missing"),
    ("TRUNCATE audit_auditseal", 1, "rows 1 to 6 are missing"),
    # What points at events refuses it, until its owner silences that, too.
    (
        "ALTER TABLE interventions_customernote DISABLE TRIGGER USER; TRUNCATE audit_auditevent CASCADE",
        1,
        "its event has gone",
    ),
]


@pytest.fixture
def six(outside: Path, key: Ed25519PrivateKey, transactional_db: None) -> Any:
    return checkpoint_over(sealed(6, personal={"after": "x"}), key)


def attacked(attacker: psycopg.Connection, checkpoint: Any) -> Report:
    with attacker.cursor() as cursor:
        return verify_rows(cursor, checkpoints=[checkpoint])


needs_owner = pytest.mark.skipif(
    not site.DATABASE_OWNER_URL, reason="owner and application are one role here"
)


@needs_owner
def test_every_attack_of_the_owner_is_found_at_its_row(six: Any) -> None:
    for statement, sequence, what in ATTACKS:
        with owner() as attacker:
            attacker.execute(statement.replace(":event", EVENT))
            first = attacked(attacker, six).first
        assert first is not None, statement
        assert (first.sequence, what in first.what) == (sequence, True), f"{statement}: {first}"


@needs_owner
def test_personal_part_of_no_event_is_found(six: Any) -> None:
    with owner() as attacker:
        (constraint,) = attacker.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'audit_auditpersonal'::regclass AND contype = 'f'"
        ).fetchone() or ("",)
        attacker.execute(f'ALTER TABLE audit_auditpersonal DROP CONSTRAINT "{constraint}"')
        attacker.execute("INSERT INTO audit_auditpersonal VALUES (999999, sha256('x'), '{}')")
        first = attacked(attacker, six).first

    assert first is not None
    assert (first.sequence, first.event_id) == (None, 999999)


REWRITE = """
DO $$
DECLARE
    seal record; chain bytea := decode(repeat('00', 32), 'hex'); hash bytea;
BEGIN
    FOR seal IN SELECT s.sequence, s.sealed_at, e AS event FROM audit_auditseal s
        JOIN audit_auditevent e ON e.id = s.event_id ORDER BY s.sequence
    LOOP
        hash := equilibrate_audit_row_hash(seal.event);
        chain := sha256(convert_to(format('equilibrate.audit.seal.1,1,%s,%s,%s,', seal.sequence, (seal.event).id,
            equilibrate_audit_moment(seal.sealed_at)), 'UTF8') || chain || hash);
        UPDATE audit_auditseal SET row_hash = hash, chain_hash = chain WHERE sequence = seal.sequence;
    END LOOP;
END $$
"""


@needs_owner
def test_rewriting_and_chaining_anew_is_found_by_the_checkpoint_outside(six: Any) -> None:
    with owner() as attacker:
        attacker.execute(SETS.format("reason = 'forged'"))
        attacker.execute(REWRITE)
        with attacker.cursor() as cursor:
            alone = verify_rows(cursor)
        found = attacked(attacker, six)

    assert alone.is_sound
    assert found.first is not None
    assert "rows 1 to 6 are not those that checkpoint 6 was signed over" in found.first.what


@needs_owner
def test_swapped_events_are_found(six: Any) -> None:
    swap = "UPDATE audit_auditseal SET sequence = -sequence WHERE sequence IN (3, 4)"
    back = "UPDATE audit_auditseal SET sequence = 7 + sequence WHERE sequence < 0"
    with owner() as attacker:
        attacker.execute(swap)
        attacker.execute(back)
        found = attacked(attacker, six)

    assert found.first is not None
    assert (found.first.sequence, "the chain breaks" in found.first.what) == (3, True)


INSERTED = """
INSERT INTO audit_auditevent (action, subject_type, subject_id, detail, recorded_at)
VALUES ('tests.thing.forged', 'thing', '1', '{}', now() + %s * interval '1 hour') RETURNING id
"""


@needs_owner
@pytest.mark.parametrize("hours", [-1, 1])
def test_event_slipped_in_without_a_seal_is_found(six: Any, hours: int) -> None:
    with owner() as attacker:
        (event_id,) = attacker.execute(INSERTED, [hours]).fetchone() or (None,)
        found = attacked(attacker, six)

    assert found.first is not None
    assert (found.first.event_id, found.first.what) == (event_id, "it has no seal after five minutes")


@needs_owner
def test_event_deleted_before_it_was_sealed_is_found(six: Any) -> None:
    (event,) = events(1)
    with owner() as attacker:
        attacker.execute("DELETE FROM audit_auditevent WHERE id = %s", [event.pk])
        attacker.execute("SELECT equilibrate_audit_seal(10)")
        found = attacked(attacker, six)

    assert found.first is not None
    assert (found.first.event_id, found.first.what) == (
        event.pk,
        "it was recorded and has gone before it was sealed",
    )


@needs_owner
def test_event_that_lost_its_place_in_the_queue_is_queued_again(six: Any) -> None:
    (event,) = events(1)
    with owner() as attacker:
        attacker.execute("DELETE FROM audit_unsealedevent")
        assert attacker.execute("SELECT equilibrate_audit_seal(10)").fetchone() == (0,)
        assert attacker.execute("SELECT equilibrate_audit_requeue()").fetchone() == (1,)
        assert attacker.execute("SELECT equilibrate_audit_seal(10)").fetchone() == (1,)
        with attacker.cursor() as cursor:
            assert verify_rows(cursor).rows == 7
    assert event.pk


@pytest.fixture
def export(outside: Path, tmp_path: Path, django_db_setup: None, db: None) -> Path:
    sealed(4, customer=1, personal={"after": "₹"})
    make_checkpoint()
    folder = tmp_path / "export"
    call_command("export_audit", "--out", str(folder), "--personal", stdout=StringIO())
    return folder


def program(
    *arguments: object, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(PROGRAM), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=environment or {"PATH": os.environ["PATH"]},
    )


def test_program_verifies_an_export_without_database_and_django(
    export: Path, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "blocked" / "django").mkdir(parents=True)
    (tmp_path / "blocked" / "django" / "__init__.py").write_text("raise ImportError('no Django here')")
    key = f"{settings.AUDIT_SIGNING_KEY_FILE}.pub"

    result = program(
        export, "--checkpoints", export / "checkpoints", "--public-key", key, "--json",
        environment={"PYTHONPATH": str(tmp_path / "blocked")},
    )  # fmt: skip

    assert result.stderr == ""
    report = json.loads(result.stdout)
    assert (report["sound"], report["rows"], report["covered"], report["personal"]) == (True, 4, 4, 4)
    assert result.returncode == 0


def run(*arguments: object) -> int:
    return verify.main([str(each) for each in arguments])


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_program_names_the_first_bad_row(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(export / "rows.jsonl", '"subject_id":"2"', '"subject_id":"9"')

    assert run(export) == 1

    assert "NOT SOUND. The first bad place: row 3" in capsys.readouterr().out


def test_program_finds_a_cut_tail(
    export: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (export / "rows.jsonl").read_text().splitlines(keepends=True)
    (export / "rows.jsonl").write_text("".join(lines[:-1]))
    (export / "checkpoints" / "zz.json").write_text("{}")

    options = [
        "--checkpoints",
        export / "checkpoints",
        "--public-key",
        f"{settings.AUDIT_SIGNING_KEY_FILE}.pub",
    ]
    assert run(export, *options) == 1

    said = capsys.readouterr().out
    assert "row 4: rows 4 to 4 are missing: a checkpoint was signed over them" in said
    assert "checkpoint zz.json: it is no checkpoint" in said


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("rows.jsonl", '"sequence":2', '"sequence":"two"'),
        ("rows.jsonl", '"subject_id":"2"', '"subject_id":2'),
        ("rows.jsonl", '"event"', '"events"'),
        ("rows.jsonl", '{"sequence":3', "[3"),
        ("manifest.json", "{", ""),
        ("manifest.json", "export.1", "export.9"),
    ],
)
def test_program_refuses_what_it_cannot_read(
    export: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str
) -> None:
    edit(export / file, old, new)

    assert run(export) == 2
    assert "Not verified: " in capsys.readouterr().err


def test_program_wants_a_folder_of_checkpoints(export: Path) -> None:
    assert run(export, "--checkpoints", export / "nothing") == 2
    assert run(export, "--public-key", export / "nothing") == 2


@pytest.mark.django_db
def test_export_without_personal_parts_says_so(
    outside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed(2, personal={"after": "secret"})
    events(1)
    call_command("export_audit", "--out", str(tmp_path / "export"), stdout=StringIO())

    assert "secret" not in (tmp_path / "export" / "rows.jsonl").read_text()
    assert run(tmp_path / "export") == 0
    assert "has no personal parts" in capsys.readouterr().out
    assert AuditEvent.objects.get(action="audit.log.exported").detail == {"personal": False}
    with pytest.raises(CommandError, match="exists; name a new folder"):
        call_command("export_audit", "--out", str(tmp_path / "export"))


def test_key_is_made_once(tmp_path: Path, settings: Settings) -> None:
    out = StringIO()
    settings.AUDIT_SIGNING_KEY_FILE = str(tmp_path / "keys" / "key.pem")

    call_command("create_audit_key", stdout=out)

    assert (tmp_path / "keys" / "key.pem").stat().st_mode & 0o777 == 0o600
    assert "key.pem.pub" in out.getvalue()
    with pytest.raises(CommandError, match="No key was made"):
        call_command("create_audit_key")
    settings.AUDIT_SIGNING_KEY_FILE = ""
    with pytest.raises(CommandError, match="Say where"):
        call_command("create_audit_key")
    call_command("create_audit_key", "--out", str(tmp_path / "other.pem"), stdout=out)


def test_check_tells_of_a_missing_or_open_key(settings: Settings, outside: Path) -> None:
    from audit.checks import signing_key_is_usable

    assert signing_key_is_usable() == []
    Path(settings.AUDIT_SIGNING_KEY_FILE).chmod(0o640)
    assert [each.id for each in signing_key_is_usable()] == ["audit.W002"]
    settings.AUDIT_SIGNING_KEY_FILE = ""
    assert [each.id for each in signing_key_is_usable()] == ["audit.W001"]


@pytest.mark.django_db
def test_rows_are_read_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    from audit import reading

    found = sealed(5)
    monkeypatch.setattr(reading, "CHUNK", 2)

    assert rows() == found
    with connection.cursor() as cursor:
        assert list(reading.sealed_rows(cursor, after=1, until=3)) == found[1:3]
        assert list(reading.sealed_rows(cursor, after=5, until=9)) == []
