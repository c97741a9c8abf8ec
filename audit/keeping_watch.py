"""Verification as part of the running system: what is new at each tick, and everything in a pass spread over many.

Each part begins at a checkpoint from outside the database and ends at one, so no part has to read what others read.
What was found is stored. `verify_audit`, run from elsewhere, remains the proof: whoever rules this machine can stop us.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from audit import reading
from audit.checkpointing import MOST_ROWS
from audit.checkpoints import Keys
from audit.findings import Problem, Report
from audit.models import AuditVerification
from audit.services import record
from audit.signing import public_keys
from audit.verify import Verifier
from audit.verifying_parts import Part, verified_part

Kind = AuditVerification.Kind
# A few seconds' work, so that no other task waits long.
PART_ROWS = 50_000
PART_EVENTS = 50_000
# A pass that is over in minutes is not begun again at once: each one writes an event.
PASS_EVERY = dt.timedelta(hours=1)


def verify_new() -> AuditVerification | None:
    """Verify from the last verified checkpoint to the newest, reading those two files alone.

    Returns:
        What is stored of it; None where there is no key, and so no checkpoint to verify against, or where another
        worker is at it.

    Raises:
        KeyUnusable: a key's file cannot be read.
    """
    keys = public_keys()
    with _alone("new") as is_alone:
        if not keys or not is_alone:
            return None
        last = _last(Kind.NEW)
        part = verified_part(keys, after=last.row if last else 0, most=MOST_ROWS, is_thorough=False)
        with connection.cursor() as cursor:
            for event_id in reading.gone_from_queue(cursor):
                part.report.add(Problem(None, event_id, "it was recorded and has gone before it was sealed"))
        return _stored(Kind.NEW, timezone.now(), part)


def verify_part() -> AuditVerification | None:
    """Go on with the pass over everything, or begin the next one where it is time.

    Returns:
        What is stored of it; None where no pass is due, there is no key, or another worker is at it.

    Raises:
        KeyUnusable: a key's file cannot be read.
    """
    keys = public_keys()
    with _alone("pass") as is_alone:
        if not keys or not is_alone:
            return None
        last = _last(Kind.PASS)
        if last is None or last.is_complete:
            if last is not None and min(last.began_at, last.at) > timezone.now() - PASS_EVERY:
                return None
            last = AuditVerification(
                kind=Kind.PASS, began_at=timezone.now(), position={"event": reading.FIRST}
            )
        return _next_of_pass(keys, last)


def _next_of_pass(keys: Keys, last: AuditVerification) -> AuditVerification:
    part = verified_part(keys, after=last.row, most=PART_ROWS, is_thorough=True)
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
        with _alone(path) as is_alone:
            if is_alone:
                made.append(_next_beside(path))
    return made


def _next_beside(path: str) -> AuditVerification:
    last = _last(Kind.BESIDE, position__of=path)
    position, problems = import_string(path)(last.position["at"] if last else {})
    part = Part(0, is_end=False)
    for problem in problems:
        part.add(problem)
    return _stored(Kind.BESIDE, timezone.now(), part, position={"of": path, "at": position})


def note_beside_is_sound(*, began_at: dt.datetime) -> None:
    """Everything that the audit vouches for elsewhere was looked at and is right: what was found before is over.

    Args:
        began_at: when that began; what was found since then stands.
    """
    for path in settings.AUDIT_ALSO_VERIFIED:
        position = {"of": path, "at": {}}
        _stored(Kind.BESIDE, began_at, Part(0, is_end=True), position=position, is_complete=True)


def note_whole(report: Report, *, began_at: dt.datetime) -> AuditVerification:
    """Store what a verification of everything at once came to."""
    return _stored(Kind.WHOLE, began_at, Part(report.covered, True, report), is_complete=True)


@contextmanager
def _alone(what: str) -> Iterator[bool]:
    """A transaction, and whether nobody else does the same: two at once would store their parts in any order."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [f"audit.verify.{what}"])
        yield cursor.fetchone()[0]


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
