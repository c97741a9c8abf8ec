"""Making checkpoints: what was verified since the last one is signed and written outside the database.

The file outside is the truth, our note of it a convenience. Nothing is signed that contradicts the last file: whoever
rewrote rows that it covers, or cut them off, gets an alarm instead of a signature.
"""

import datetime as dt
import re
import smtplib

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.mail import EmailMessage
from django.db import connection
from django.utils import timezone

from audit import reading
from audit.checkpoints import BadCheckpoint, Checkpoint, Keys, key_id, read_checkpoint, sign
from audit.models import AuditCheckpoint, AuditSeal, CheckpointMail
from audit.signing import public_keys, signing_key
from audit.verify import Verifier

STORAGE = "audit_checkpoints"
# Rows of one checkpoint: a few seconds' work, so that a long backlog is covered step by step.
MOST_ROWS = 100_000
PER_FOLDER = 100_000
# Between our clock and the database's.
CLOCKS_APART = dt.timedelta(minutes=5)
_FILE = re.compile(r"[0-9]{16}\.json")


class CheckpointRefused(Exception):
    """What is in the database contradicts what is outside: nothing is signed, and somebody must look."""


class MailFailed(Exception):
    """The checkpoint is made, and could not be mailed."""


def make_checkpoint() -> Checkpoint | None:
    """Verify the rows sealed since the last checkpoint, sign, and write the file.

    Returns:
        The new checkpoint; None when nothing was sealed since the last one.

    Raises:
        KeyUnusable: there is no key to sign with.
        CheckpointRefused: the rows are not sound, or a file outside is missing or contradicted.
        MailFailed: it was made, and could not be mailed.
    """
    key, keys, storage = signing_key(), public_keys(), storages[STORAGE]
    last = newest_outside(storage, keys)
    _agree(last)
    made = _extended(last, by=key_id(key.public_key()))
    if made is not None:
        text = sign(made, key)
        name = storage.save(name_of(made.size), ContentFile(text.encode()))
        _note(made, name, text)
    _mail_if_due()
    return made


def newest_outside(storage: Storage, keys: Keys) -> Checkpoint | None:
    """The last checkpoint outside the database; None when there is none.

    Raises:
        CheckpointRefused: its file is no checkpoint of ours.
    """
    folders, _ = _listed(storage, "")
    for folder in sorted(folders, reverse=True):
        names = sorted((each for each in _listed(storage, folder)[1] if each.endswith(".json")), reverse=True)
        if names:
            name = f"{folder}/{names[0]}"
            try:
                return read_checkpoint(_text(storage, name), keys)
            except BadCheckpoint as error:
                raise CheckpointRefused(
                    f"The checkpoint {name} outside the database is bad: {error}."
                ) from error
    return None


def newest_size(storage: Storage) -> int:
    """How many rows the last checkpoint file covers, by its name; 0 where there is none."""
    folders, _ = _listed(storage, "")
    for folder in sorted(folders, reverse=True):
        names = [name for name in _listed(storage, folder)[1] if _FILE.fullmatch(name)]
        if names:
            return int(max(names)[:-5])
    return 0


def all_outside(storage: Storage) -> list[tuple[str, str]]:
    """Names and texts of every checkpoint file, oldest first."""
    folders, _ = _listed(storage, "")
    names = [
        f"{folder}/{name}"
        for folder in sorted(folders)
        for name in sorted(_listed(storage, folder)[1])
        if name.endswith(".json")
    ]
    return [(name, _text(storage, name)) for name in names]


def sizes_outside(storage: Storage, *, after: int, until: int) -> list[int]:
    """How many rows each checkpoint file covers, of those that cover more than `after` and at most `until`; ascending.

    Only the folders are listed in which such files are.
    """
    found = []
    for number in range((after + 1) // PER_FOLDER, until // PER_FOLDER + 1):
        names = _listed(storage, f"{number:010d}")[1]
        found += [int(name[:-5]) for name in names if _FILE.fullmatch(name)]
    return sorted(size for size in found if after < size <= until)


def text_outside(storage: Storage, size: int) -> str:
    """The text of the checkpoint file over so many rows.

    Raises:
        FileNotFoundError: there is none.
    """
    return _text(storage, name_of(size))


def name_of(size: int) -> str:
    """The file of a checkpoint over so many rows; names sort as sizes do."""
    return f"{size // PER_FOLDER:010d}/{size:016d}.json"


def _extended(last: Checkpoint | None, *, by: str) -> Checkpoint | None:
    """The checkpoint after the last one, over rows that were verified just now."""
    after = last.size if last else 0
    with connection.cursor() as cursor:
        until = min(reading.head(cursor), after + MOST_ROWS)
        if until <= after:
            return None
        verifier = Verifier(start=last)
        verifier.read(reading.sealed_rows(cursor, after=after, until=until))
        report = verifier.finish(erased=reading.erased(cursor, list(verifier.gone)))
    if report.first:
        raise CheckpointRefused(f"Rows since the last checkpoint are not sound. {report.first}.")
    return Checkpoint(
        size=verifier.tree.size,
        event_id=verifier.last_event_id,
        chain=verifier.chain,
        root=verifier.tree.root(),
        peaks=tuple(verifier.tree.peaks),
        made_at=dt.datetime.now(dt.UTC).isoformat(timespec="microseconds"),
        key=by,
    )


def _agree(last: Checkpoint | None) -> None:
    """Refuse where the last file, our note of it, and the seals do not fit together; note a file that was not noted."""
    noted = AuditCheckpoint.objects.order_by("-size").first()
    if noted and (last is None or last.size < noted.size):
        raise CheckpointRefused(
            f"Checkpoint {noted.name} was written and has gone from outside the database. Bring it back from a copy."
        )
    if last is None:
        return
    seal = AuditSeal.objects.filter(sequence=last.size).first()
    if seal is None:
        raise CheckpointRefused(f"Rows are missing: a checkpoint was signed over {last.size} rows.")
    if bytes(seal.chain_hash) != last.chain:
        raise CheckpointRefused(
            f"Row {last.size} or one before it is not what its checkpoint was signed over."
        )
    if noted is None or noted.size < last.size:
        # Whoever wrote the file did not live to note it.
        name = name_of(last.size)
        _note(last, name, _text(storages[STORAGE], name))


def _note(made: Checkpoint, name: str, text: str) -> None:
    AuditCheckpoint.objects.bulk_create(
        [AuditCheckpoint(size=made.size, name=name, content=text)], ignore_conflicts=True
    )


def _mail_if_due() -> None:
    newest = AuditCheckpoint.objects.order_by("-size").first()
    if not settings.AUDIT_CHECKPOINT_MAIL or newest is None:
        return
    now = timezone.now()
    since = now - dt.timedelta(seconds=settings.AUDIT_CHECKPOINT_MAIL_SECONDS)
    # A mail of the future was never sent: whoever made it up wants none to be.
    if CheckpointMail.objects.filter(mailed_at__gt=since, mailed_at__lt=now + CLOCKS_APART).exists() or (
        CheckpointMail.objects.filter(size=newest.size).exists()
    ):
        return
    message = EmailMessage(
        subject=f"Audit checkpoint over {newest.size} rows",
        body="Please keep the attached file: it proves later that these rows were not changed. docs/audit.md says how.",
        to=settings.AUDIT_CHECKPOINT_MAIL,
        attachments=[(newest.name.replace("/", "-"), newest.content, "application/json")],
    )
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        raise MailFailed(f"A checkpoint could not be mailed: {error}") from error
    CheckpointMail.objects.create(size=newest.size)


def _listed(storage: Storage, folder: str) -> tuple[list[str], list[str]]:
    """Folders and files; nothing where the folder has not been made yet."""
    try:
        return storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def _text(storage: Storage, name: str) -> str:
    with storage.open(name) as file:
        return bytes(file.read()).decode(errors="replace")
