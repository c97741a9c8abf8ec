"""Verification of the database, by the same functions as the stand-alone program's."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.files.storage import Storage, storages

from audit import reading
from audit.checkpointing import STORAGE, all_outside
from audit.checkpoints import Checkpoint, Keys
from audit.findings import Problem, Report, note_cover
from audit.keeping_watch import note_whole
from audit.models import AuditCheckpoint
from audit.reading import Cursor
from audit.services import record
from audit.verify import Verifier, read_checkpoints


def verify_rows(
    cursor: Cursor, *, checkpoints: Iterable[Checkpoint] = (), bad: Report | None = None
) -> Report:
    """Verify everything in the database.

    Args:
        cursor: on the database; an auditor's own connection will do.
        checkpoints: what was signed, from outside.
        bad: a report on checkpoints that could not be read; its problems are added.
    """
    verifier = Verifier(checkpoints=checkpoints)
    verifier.read(reading.sealed_rows(cursor))
    unsealed = list(reading.unsealed(cursor))
    report = verifier.finish(unsealed, erased=reading.erased(cursor, list(verifier.gone)))
    for problem in bad.problems if bad else ():
        report.add(problem)
    note_cover(report)
    return report


def verify_database(cursor: Any, *, keys: Keys, storage: Storage | None = None) -> Report:
    """Verify everything in the database against the checkpoints in the storage outside.

    Args:
        cursor: on the database.
        keys: public keys by their ids.
        storage: where the checkpoints are; None for the configured one.
    """
    # In this order: a checkpoint that is made meanwhile is in the folder before it is noted.
    noted = dict(AuditCheckpoint.objects.order_by("size").values_list("name", "content"))
    files = all_outside(storage or storages[STORAGE])
    bad = Report()
    checkpoints = read_checkpoints(files, keys, bad)
    outside = dict(files)
    for name, content in noted.items():
        if name not in outside:
            bad.add(
                Problem(None, None, f"checkpoint {name} was written and has gone from outside the database")
            )
        elif outside[name] != content:
            bad.add(
                Problem(None, None, f"checkpoint {name} is not what the database noted when it was written")
            )
    return verify_rows(cursor, checkpoints=checkpoints, bad=bad)


def note_verification(report: Report, *, began_at: dt.datetime) -> None:
    """Write into the audit that it was verified, and what came of it; the trail's standing tells it from then on."""
    note_whole(report, began_at=began_at)
    record(
        action="audit.log.verified",
        subject_type="audit",
        subject_id="log",
        detail={
            "sound": report.is_sound,
            "rows": report.rows,
            "covered": report.covered,
            "checkpoints": report.checkpoints,
            "problems": report.problem_count,
            "first": str(report.first or ""),
        },
    )
