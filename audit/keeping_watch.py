"""Verification as part of the running system: what is new at each tick, and everything in a pass spread over many.

Each part begins at a checkpoint from outside the database and ends at one, so no part has to read what others read.
What was found is stored. `verify_audit`, run from elsewhere, remains the proof: whoever rules this machine can stop us.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

from audit import reading
from audit.checkpointing import MOST_ROWS, STORAGE, name_of, newest_size, sizes_outside, text_outside
from audit.checkpoints import BadCheckpoint, Checkpoint, Keys, read_checkpoint
from audit.findings import Problem, Report
from audit.models import AuditCheckpoint, AuditVerification
from audit.services import record
from audit.signing import public_keys
from audit.verify import Verifier

Kind = AuditVerification.Kind
# A few seconds' work, so that no other task waits long.
PART_ROWS = 50_000
PART_EVENTS = 50_000
# A pass that is over in minutes is not begun again at once: each one writes an event.
PASS_EVERY = dt.timedelta(hours=1)


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


def verify_new() -> AuditVerification | None:
    """Verify from the last verified checkpoint to the newest, reading those two files alone.

    Returns:
        What is stored of it; None where there is no key, and so no checkpoint to verify against.

    Raises:
        KeyUnusable: a key's file cannot be read.
    """
    keys = public_keys()
    if not keys:
        return None
    last = _last(Kind.NEW)
    part = _part(keys, after=last.row if last else 0, most=MOST_ROWS, is_thorough=False)
    with connection.cursor() as cursor:
        for event_id in reading.gone_from_queue(cursor):
            part.report.add(Problem(None, event_id, "it was recorded and has gone before it was sealed"))
    return _stored(Kind.NEW, timezone.now(), part)


def verify_part() -> AuditVerification | None:
    """Go on with the pass over everything, or begin the next one where it is time.

    Returns:
        What is stored of it; None where no pass is due, or there is no key.

    Raises:
        KeyUnusable: a key's file cannot be read.
    """
    keys, last = public_keys(), _last(Kind.PASS)
    if not keys:
        return None
    if last is None or last.is_complete:
        if last is not None and last.began_at > timezone.now() - PASS_EVERY:
            return None
        last = AuditVerification(kind=Kind.PASS, began_at=timezone.now(), position={"event": reading.FIRST})
    part = _part(keys, after=last.row, most=PART_ROWS, is_thorough=True)
    event = _look_for_unsealed(part, after=last.position["event"])
    made = _stored(
        Kind.PASS,
        last.began_at,
        part,
        before=last,
        position={"event": event},
        is_complete=part.is_end and event == reading.LAST,
    )
    if made.is_complete:
        _note_pass(made)
    return made


def verify_beside() -> list[AuditVerification]:
    """Let those who keep what the audit vouches for look at their next part (AUDIT_ALSO_VERIFIED).

    Each is a function of a position, empty at first, that returns the next position and problems in words. What stands
    where is theirs to say: the audit knows no other app.
    """
    made = []
    for path in settings.AUDIT_ALSO_VERIFIED:
        last = _last(Kind.BESIDE, position__of=path)
        position, problems = import_string(path)(last.position["at"] if last else {})
        part = Part(0, is_end=False)
        for problem in problems:
            part.add(problem)
        made.append(_stored(Kind.BESIDE, timezone.now(), part, position={"of": path, "at": position}))
    return made


def note_beside_is_sound() -> None:
    """Everything that the audit vouches for elsewhere was looked at and is right: what was found before is over."""
    for path in settings.AUDIT_ALSO_VERIFIED:
        position = {"of": path, "at": {}}
        _stored(Kind.BESIDE, timezone.now(), Part(0, is_end=True), position=position, is_complete=True)


def note_whole(report: Report, *, began_at: dt.datetime) -> AuditVerification:
    """Store what a verification of everything at once came to."""
    return _stored(Kind.WHOLE, began_at, Part(report.covered, True, report), is_complete=True)


def _part(keys: Keys, *, after: int, most: int, is_thorough: bool) -> Part:
    """Verify the rows from one checkpoint to another.

    Args:
        keys: public keys by their ids.
        after: the rows that the first one covers.
        most: rows, if there is a checkpoint so soon; otherwise up to the next.
        is_thorough: read every checkpoint file on the way, and what we noted of each.
    """
    storage = storages[STORAGE]
    newest = newest_size(storage)
    ahead = sizes_outside(storage, after=after, until=after + max(most, MOST_ROWS))
    # Checkpoints are never that far apart; were files on the way taken away, the last one still tells.
    ahead = ahead or [newest] * (newest > after)
    within = [size for size in ahead if size <= after + most] or ahead[:1]
    part = Part(within[-1] if within else after, is_end=False)
    start = _read(storage, after, keys, part) if after else None
    if after and start is None:
        # Nothing to begin from: the next part begins at the beginning.
        part.row = 0
        return part
    wanted = within if is_thorough else within[-1:]
    checkpoints = [each for size in wanted if (each := _read(storage, size, keys, part))]
    _compare_notes(storage, part, after=after, sizes=wanted, is_thorough=is_thorough)
    verifier = Verifier(checkpoints=checkpoints, start=start)
    with connection.cursor() as cursor:
        verifier.read(reading.sealed_rows(cursor, after=after, until=part.row))
        report = verifier.finish(erased=reading.erased(cursor, list(verifier.gone)))
    for problem in report.problems:
        part.report.add(problem)
    part.report.rows = report.rows
    part.is_end = part.row >= newest
    return part


def _read(storage: Storage, size: int, keys: Keys, part: Part) -> Checkpoint | None:
    try:
        found = read_checkpoint(text_outside(storage, size), keys)
    except FileNotFoundError:
        part.add(f"checkpoint {name_of(size)} has gone from outside the database")
    except BadCheckpoint as error:
        part.add(f"checkpoint {name_of(size)}: {error}")
    else:
        if found.size == size:
            return found
        part.add(f"checkpoint {name_of(size)} is one over {found.size} rows")
    return None


def _compare_notes(
    storage: Storage, part: Part, *, after: int, sizes: Iterable[int], is_thorough: bool
) -> None:
    """What the database noted of these files; and of others on the way that have gone."""
    outside = set(sizes)
    noted = AuditCheckpoint.objects.filter(size__gt=after)
    # Without any file ahead, whatever was noted ahead has gone.
    noted = noted.filter(size__lte=part.row) if outside else noted
    for note in noted if is_thorough or not outside else noted.filter(size__in=outside):
        if note.size not in outside:
            if not sizes_outside(storage, after=note.size - 1, until=note.size):
                part.add(f"checkpoint {note.name} was written and has gone from outside the database")
        elif text_outside(storage, note.size) != note.content:
            part.add(f"checkpoint {note.name} is not what the database noted when it was written")


def _look_for_unsealed(part: Part, *, after: int) -> int:
    """Look at the next events for those that have no seal; returns the last one looked at."""
    with connection.cursor() as cursor:
        until = reading.event_after(cursor, after=after, most=PART_EVENTS)
        verifier = Verifier()
        for problem in verifier.finish(reading.unsealed(cursor, after=after, until=until)).problems:
            part.report.add(problem)
    return until


def _stored(
    kind: Kind,
    began_at: dt.datetime,
    part: Part,
    *,
    before: AuditVerification | None = None,
    position: Mapping[str, Any] | None = None,
    is_complete: bool = False,
) -> AuditVerification:
    """Store a part's result; what a pass found before goes on being told."""
    told = before.first if before else ""
    return AuditVerification.objects.create(
        kind=kind,
        began_at=began_at,
        row=part.row,
        position=dict(position or {}),
        is_complete=is_complete,
        problems=part.report.problem_count + (before.problems if before else 0),
        first=told or str(part.report.first or ""),
    )


def _note_pass(made: AuditVerification) -> None:
    record(
        action="audit.log.verified",
        subject_type="audit",
        subject_id="log",
        detail={
            "by_parts": True,
            "began_at": made.began_at.isoformat(),
            "sound": made.problems == 0,
            "covered": made.row,
            "problems": made.problems,
            "first": made.first,
        },
    )


def _last(kind: Kind, **fields: Any) -> AuditVerification | None:
    return AuditVerification.objects.filter(kind=kind, **fields).order_by("-id").first()
