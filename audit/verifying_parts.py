"""One part of the chain: the rows from one checkpoint outside the database to another, verified by both files.

A part is bounded in rows and in files, so that it is over in seconds however long the chain is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.core.files.storage import Storage, storages
from django.db import connection

from audit import reading
from audit.checkpointing import (
    MOST_ROWS,
    PER_FOLDER,
    STORAGE,
    name_of,
    newest_size,
    sizes_outside,
    text_outside,
)
from audit.checkpoints import BadCheckpoint, Checkpoint, Keys, read_checkpoint
from audit.findings import Problem, Report
from audit.models import AuditCheckpoint
from audit.verify import Verifier

# Times MOST_ROWS: rows without any checkpoint file among them that are too many to be read at once.
FAR = 5
# Files, bad files in a row, and notes of files, that one part looks at.
MOST_FILES = 500
MOST_BAD = 100
MOST_NOTES = 2 * MOST_FILES


@dataclass
class Part:
    """What one part came to.

    Args:
        row: everything up to it has been looked at.
        is_end: there was no more.
        report: what was found.
    """

    row: int
    is_end: bool
    report: Report = field(default_factory=Report)

    def add(self, what: str) -> None:
        """Note a problem that has no row."""
        self.report.add(Problem(None, None, what))


def verified_part(keys: Keys, *, after: int, most: int, is_thorough: bool) -> Part:
    """Verify the rows from one checkpoint to another.

    Args:
        keys: public keys by their ids.
        after: the rows that the first one covers.
        most: rows, if there is a checkpoint so soon; otherwise up to the next.
        is_thorough: read every checkpoint file on the way, and what we noted of each.
    """
    storage = storages[STORAGE]
    part = Part(after, is_end=False)
    start = _read(_text(storage, after), after, keys, part) if after else None
    if after and start is None:
        # Nothing to begin from: the next part begins at the beginning.
        part.row = 0
        return part
    newest = newest_size(storage)
    ahead = sizes_outside(storage, after=after, until=after + max(most, MOST_ROWS))
    if not ahead and newest - after > FAR * MOST_ROWS:
        part.add(f"no checkpoint file is left between rows {after} and {newest}")
        return replace(part, row=newest, is_end=True)
    # Checkpoints are never that far apart; were files on the way taken away, the last one still tells.
    ahead = ahead or [newest] * (newest > after)
    ends, texts = _ends(storage, ahead, keys, part, until=after + most, is_thorough=is_thorough)
    # A file that is bad ends no part: from it no other could begin, and what comes after it would never be verified.
    part.row = max((each.size for each in ends), default=after)
    part.is_end = not ends or part.row >= newest
    _compare_notes(storage, part, after=after, texts=texts, is_thorough=is_thorough)
    _verify_rows(part, Verifier(checkpoints=ends, start=start), after=after)
    return part


def _verify_rows(part: Part, verifier: Verifier, *, after: int) -> None:
    with connection.cursor() as cursor:
        verifier.read(reading.sealed_rows(cursor, after=after, until=part.row))
        report = verifier.finish(erased=reading.erased(cursor, list(verifier.gone)))
    for problem in report.problems:
        part.report.add(problem)
    part.report.rows = report.rows


Texts = dict[int, str | None]


def _ends(
    storage: Storage, ahead: list[int], keys: Keys, part: Part, *, until: int, is_thorough: bool
) -> tuple[list[Checkpoint], Texts]:
    """The checkpoints to compare with, and the texts of all files that were looked at for them, by size.

    All up to a row, or the last of these; where none of them is any good, the next that is.
    """
    within = ([size for size in ahead if size <= until] or ahead[:1])[: MOST_FILES if is_thorough else None]
    beyond = [size for size in ahead if size > within[-1]] if within else []
    found: list[Checkpoint] = []
    texts: Texts = {}
    for size in [*(within if is_thorough else within[::-1]), *beyond]:
        if found and (not is_thorough or size > within[-1]):
            break
        if len(texts) - len(found) >= MOST_BAD:
            break
        texts[size] = _text(storage, size)
        if (checkpoint := _read(texts[size], size, keys, part)) is not None:
            found.append(checkpoint)
    return found, texts


def _text(storage: Storage, size: int) -> str | None:
    try:
        return text_outside(storage, size)
    except FileNotFoundError:
        return None


def _read(text: str | None, size: int, keys: Keys, part: Part) -> Checkpoint | None:
    if text is None:
        part.add(f"checkpoint {name_of(size)} has gone from outside the database")
        return None
    try:
        found = read_checkpoint(text, keys)
    except BadCheckpoint as error:
        part.add(f"checkpoint {name_of(size)}: {error}")
        return None
    if found.size == size:
        return found
    part.add(f"checkpoint {name_of(size)} is one over {found.size} rows")
    return None


def _compare_notes(
    storage: Storage, part: Part, *, after: int, texts: Mapping[int, str | None], is_thorough: bool
) -> None:
    """What the database noted of these files; and of others on the way that have gone."""
    noted = AuditCheckpoint.objects.filter(size__gt=after).order_by("size")
    if texts and not is_thorough:
        noted = noted.filter(size__in=texts)
    elif texts:
        noted = noted.filter(size__lte=max(texts))
    # Without any file ahead, whatever was noted ahead has gone.
    listed: dict[int, set[int]] = {}
    for note in noted[:MOST_NOTES]:
        if note.size in texts:
            if texts[note.size] not in (None, note.content):
                part.add(f"checkpoint {note.name} is not what the database noted when it was written")
            continue
        folder = note.size // PER_FOLDER
        if folder not in listed:
            # Listed after what was noted: a file is there before its note.
            first = folder * PER_FOLDER
            listed[folder] = set(sizes_outside(storage, after=first - 1, until=first + PER_FOLDER - 1))
        if note.size not in listed[folder]:
            part.add(f"checkpoint {note.name} was written and has gone from outside the database")
