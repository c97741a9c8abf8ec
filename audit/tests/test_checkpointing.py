"""Checkpoints: over what was verified, outside the database, and never over a history that contradicts the last one."""

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from pytest_django import Settings

from audit import checkpointing, sealing, tasks
from audit.checkpointing import CheckpointRefused, MailFailed, make_checkpoint, name_of
from audit.checkpoints import read_checkpoint, sign
from audit.models import AuditCheckpoint, CheckpointMail
from audit.services import erase_personal
from audit.signals import trouble
from audit.signing import KeyUnusable, create_key, public_keys, signing_key
from audit.storage import WriteOnceStorage
from audit.tests.sealed import checkpoint_over, events, keys_of, officer, rows, sealed

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Iterator[list[tuple[str, str]]]:
    """What operators are told: its key and its words."""
    found: list[tuple[str, str]] = []

    def listen(*, dedupe_key: str, message: str, **_: Any) -> None:
        found.append((dedupe_key, message))

    trouble.connect(listen)
    yield found
    trouble.disconnect(listen)


def files(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


def test_checkpoint_is_signed_and_written_outside(outside: Path, key: Ed25519PrivateKey) -> None:
    sealed(5)

    made = make_checkpoint()

    assert made is not None
    assert made == read_checkpoint((outside / name_of(5)).read_text(), keys_of(key))
    assert (made.size, made.root) == (5, checkpoint_over(rows(), key).root)
    noted = AuditCheckpoint.objects.get()
    assert (noted.size, noted.name, str(noted)) == (5, name_of(5), "checkpoint over 5 rows")
    assert noted.content == (outside / name_of(5)).read_text()


def test_nothing_new_needs_no_checkpoint(outside: Path) -> None:
    assert make_checkpoint() is None
    sealed(1)
    make_checkpoint()

    assert make_checkpoint() is None
    assert files(outside) == [name_of(1)]


def test_checkpoint_grows_from_the_last_one(outside: Path, key: Ed25519PrivateKey) -> None:
    for count in (3, 4, 1):
        sealed(count)
        make_checkpoint()

    sizes = [3, 7, 8]
    assert files(outside) == [name_of(size) for size in sizes]
    for size in sizes:
        found = read_checkpoint((outside / name_of(size)).read_text(), keys_of(key))
        assert found.root == checkpoint_over(rows()[:size], key).root


def test_backlog_is_covered_step_by_step(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpointing, "MOST_ROWS", 2)
    sealed(3)

    made = [make_checkpoint(), make_checkpoint(), make_checkpoint()]

    assert [each and each.size for each in made] == [2, 3, None]
    assert len(files(outside)) == 2


def test_file_that_went_missing_stops_signing(outside: Path) -> None:
    sealed(1)
    make_checkpoint()
    shutil.rmtree(outside)
    sealed(1)

    with pytest.raises(CheckpointRefused, match="has gone from outside"):
        make_checkpoint()


def test_empty_folder_is_no_checkpoint(outside: Path) -> None:
    (outside / "0000000099").mkdir(parents=True)
    sealed(1)

    make_checkpoint()
    make_checkpoint()

    assert files(outside) == [name_of(1)]


def test_file_that_was_altered_stops_signing(outside: Path) -> None:
    sealed(1)
    make_checkpoint()
    file = outside / name_of(1)
    file.chmod(0o600)
    file.write_text(file.read_text().replace("size", "Size"))

    with pytest.raises(CheckpointRefused, match="is bad: it is no checkpoint"):
        make_checkpoint()


def write(size: int, text: str) -> None:
    storages["audit_checkpoints"].save(name_of(size), ContentFile(text.encode()))


def test_cut_tail_stops_signing(outside: Path, key: Ed25519PrivateKey) -> None:
    """As after a restored backup: what was signed is not there any more."""
    found = sealed(3)
    beyond = checkpoint_over(found, key)
    write(9, sign(type(beyond)(**{**vars(beyond), "size": 16, "peaks": (beyond.root,)}), key))

    with pytest.raises(CheckpointRefused, match="signed over 16 rows"):
        make_checkpoint()


def test_rewritten_history_stops_signing(outside: Path, key: Ed25519PrivateKey) -> None:
    found = sealed(2)
    true = checkpoint_over(found, key)
    write(2, sign(type(true)(**{**vars(true), "chain": bytes(32)}), key))

    with pytest.raises(CheckpointRefused, match="Row 2 or one before it is not what"):
        make_checkpoint()


def test_rows_that_are_not_sound_are_not_signed(
    outside: Path, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = sealed(2)
    broken = [found[0], found[1]._replace(row_hash=bytes(32))]
    monkeypatch.setattr("audit.reading.sealed_rows", lambda *_, **__: broken)

    with pytest.raises(CheckpointRefused, match=r"Rows since the last checkpoint are not sound\. row 2"):
        make_checkpoint()
    assert files(outside) == []


def test_personal_part_erased_before_the_checkpoint_is_no_fault(outside: Path) -> None:
    sealed(1, customer=7, personal={"after": 1})
    erase_personal(customer=7, by=officer(), reason="request 1")

    made = make_checkpoint()

    assert made is not None
    assert made.size == 1


def test_file_of_one_who_died_before_noting_it_is_noted(outside: Path, key: Ed25519PrivateKey) -> None:
    found = sealed(2)
    write(2, sign(checkpoint_over(found, key), key))

    assert make_checkpoint() is None
    assert AuditCheckpoint.objects.get().size == 2


def test_earlier_keys_count_when_their_public_half_is_named(
    outside: Path, settings: Settings, tmp_path: Path
) -> None:
    sealed(1)
    make_checkpoint()
    earlier = f"{settings.AUDIT_SIGNING_KEY_FILE}.pub"
    settings.AUDIT_SIGNING_KEY_FILE = str(tmp_path / "new.pem")
    create_key(tmp_path / "new.pem")
    sealed(1)

    with pytest.raises(CheckpointRefused, match="which was not given"):
        make_checkpoint()
    settings.AUDIT_PUBLIC_KEY_FILES = [earlier]
    made = make_checkpoint()

    assert made is not None
    assert (made.size, len(public_keys())) == (2, 2)


def test_folder_writes_whole_files_once(tmp_path: Path) -> None:
    storage = WriteOnceStorage(location=tmp_path)

    assert storage.save("a/b.json", ContentFile("text")) == "a/b.json"

    assert (tmp_path / "a/b.json").read_text() == "text"
    assert (tmp_path / "a/b.json").stat().st_mode & 0o777 == 0o444
    with pytest.raises(FileExistsError):
        storage._save("a/b.json", ContentFile(b"other"))
    assert files(tmp_path) == ["a/b.json"]


@pytest.fixture
def mailed(settings: Settings, outside: Path) -> None:
    settings.AUDIT_CHECKPOINT_MAIL = ["auditor@example.bank"]


@pytest.mark.usefixtures("mailed")
def test_newest_checkpoint_is_mailed_now_and_then() -> None:
    assert make_checkpoint() is None
    sealed(1)
    make_checkpoint()
    sealed(1)
    make_checkpoint()

    (message,) = mail.outbox
    assert message.to == ["auditor@example.bank"]
    name, content, _ = message.attachments[0]
    assert (name, json.loads(content)["payload"]) == (
        name_of(1).replace("/", "-"),
        json.loads(AuditCheckpoint.objects.get(size=1).content)["payload"],
    )
    with time_machine.travel(timezone.now() + dt.timedelta(days=1, seconds=1)):
        make_checkpoint()
        make_checkpoint()
    assert len(mail.outbox) == 2
    assert str(CheckpointMail.objects.latest("pk")) == "mail of checkpoint 2"


@pytest.mark.usefixtures("mailed")
def test_mail_that_somebody_made_up_puts_off_no_true_one() -> None:
    CheckpointMail.objects.create(size=10**9, mailed_at=timezone.now() + dt.timedelta(days=999))
    sealed(1)

    make_checkpoint()

    assert len(mail.outbox) == 1


@pytest.mark.usefixtures("mailed")
def test_same_checkpoint_is_not_mailed_twice() -> None:
    sealed(1)
    make_checkpoint()
    with time_machine.travel(timezone.now() + dt.timedelta(days=2)):
        make_checkpoint()

    assert len(mail.outbox) == 1


class Refusing(BaseEmailBackend):
    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError("no server")


@pytest.mark.usefixtures("mailed")
def test_mail_that_fails_is_told_and_the_checkpoint_stays(
    settings: Settings, told: list[tuple[str, str]]
) -> None:
    settings.EMAIL_BACKEND = "audit.tests.test_checkpointing.Refusing"
    sealed(1)

    with pytest.raises(MailFailed, match="no server"):
        make_checkpoint()

    assert AuditCheckpoint.objects.count() == 1
    tasks.checkpoint()
    assert "could not be mailed" in told[0][1]


def test_task_seals_and_signs(outside: Path) -> None:
    events(3)

    tasks.seal()
    tasks.checkpoint()

    assert files(outside) == [name_of(3)]


def test_without_a_key_sealing_goes_on_and_operators_are_told_once_a_day(
    settings: Settings, told: list[tuple[str, str]]
) -> None:
    settings.AUDIT_SIGNING_KEY_FILE = ""
    events(1)

    tasks.seal()
    tasks.checkpoint()
    tasks.checkpoint()

    assert len(rows()) == 1
    assert len(set(told)) == 1
    assert "create_audit_key" in told[0][1]


def test_refusal_is_told(outside: Path, told: list[tuple[str, str]]) -> None:
    sealed(1)
    make_checkpoint()
    shutil.rmtree(outside)

    tasks.checkpoint()

    assert told[0][1].startswith("No audit checkpoint is signed any more. Checkpoint")


def test_storage_that_fails_is_told_and_the_task_fails(outside: Path, told: list[tuple[str, str]]) -> None:
    sealed(1)
    outside.write_text("a file where the folder should be")

    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        tasks.checkpoint()

    assert "could not be made" in told[0][1]


def no_key(settings: Settings, folder: Path) -> None:
    settings.AUDIT_SIGNING_KEY_FILE = ""


def no_file(settings: Settings, folder: Path) -> None:
    settings.AUDIT_SIGNING_KEY_FILE = str(folder / "nothing")


def no_pem(settings: Settings, folder: Path) -> None:
    (folder / "bad").write_text("key")
    settings.AUDIT_SIGNING_KEY_FILE = str(folder / "bad")


def other_kind(settings: Settings, folder: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "other").write_bytes(pem)
    settings.AUDIT_SIGNING_KEY_FILE = str(folder / "other")


@pytest.mark.parametrize(
    ("spoil", "because"),
    [
        (no_key, "not set"),
        (no_file, "cannot be read"),
        (no_pem, "cannot be read"),
        (other_kind, "no Ed25519"),
    ],
)
def test_unusable_key_says_why(
    settings: Settings, tmp_path: Path, spoil: Callable[[Settings, Path], None], because: str
) -> None:
    spoil(settings, tmp_path)

    with pytest.raises(KeyUnusable, match=because):
        signing_key()


def test_unreadable_public_key_says_so(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_SIGNING_KEY_FILE = ""
    assert public_keys() == {}
    settings.AUDIT_PUBLIC_KEY_FILES = [str(tmp_path / "nothing")]

    with pytest.raises(KeyUnusable, match="AUDIT_PUBLIC_KEY_FILES"):
        public_keys()


def test_sealing_needs_no_checkpoint() -> None:
    events(2)

    assert sealing.seal() == 2
