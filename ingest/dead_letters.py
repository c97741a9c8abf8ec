"""Dead letters: kept as they came, and stored after all once the reason is gone."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from audit.services import record
from customers import bank_clock
from ingest import schemas, store
from ingest.batch import Letter, reason_of
from ingest.models import DeadLetter


@dataclass
class ReplayReport:
    """What became of replayed dead letters."""

    stored: int = 0
    already_there: int = 0
    still_refused: int = 0


def keep(letters: Iterable[Letter], *, source: str) -> int:
    """Keep messages that could not be stored, each once for its position; returns how many were given."""
    rows = [
        DeadLetter(
            topic=letter.partition.topic,
            partition=letter.partition.number,
            offset=letter.message.offset,
            source=source,
            reason=letter.reason,
            error=letter.error,
            key=letter.message.key,
            raw=letter.message.value or b"",
        )
        for letter in letters
    ]
    DeadLetter.objects.bulk_create(rows, batch_size=5_000, ignore_conflicts=True)
    return len(rows)


def replay(*, ids: Iterable[int] | None = None, dry_run: bool = False) -> ReplayReport:
    """Judge dead letters again and store those that are valid now.

    Each is done in a transaction of its own, so that one bad letter holds up no other, and repeating is safe.

    Args:
        ids: Which; all that were never replayed with success when None. Conflicts are a person's decision and are
            replayed only by id (they stay conflicts unless the stored transaction is gone).
        dry_run: Judge only; store nothing. A month that is missing gets its empty partition all the same.
    """
    waiting = DeadLetter.objects.filter(replayed_at__isnull=True).order_by("id")
    chosen = ~Q(reason=DeadLetter.Reason.CONFLICT) if ids is None else Q(id__in=list(ids))
    waiting = waiting.filter(chosen)
    report = ReplayReport()
    for letter in waiting.iterator():
        _replay_one(letter, report, dry_run=dry_run)
    return report


def _replay_one(letter: DeadLetter, report: ReplayReport, *, dry_run: bool) -> None:
    try:
        row = schemas.to_row(
            schemas.decode(bytes(letter.raw)),
            window=schemas.Window.at(bank_clock.now(), retention_years=settings.RETENTION_YEARS),
            zone=bank_clock.zone(),
            currency=settings.BANK_CURRENCY,
        )
    except schemas.InvalidEvent as error:
        report.still_refused += 1
        if not dry_run:
            _count_attempt(letter, reason=reason_of(error), error=str(error))
        return
    # Before any transaction is open: whoever else needs a new month would wait for its end.
    store.Months().ensure([row])
    if not dry_run:
        _attempt(letter, row, report)
        return
    with transaction.atomic():
        _attempt(letter, row, report)
        transaction.set_rollback(True)


def _attempt(letter: DeadLetter, row: schemas.Row, report: ReplayReport) -> None:
    ids = store.CustomerIds(source=letter.source).resolve({row.bank_id})
    if refused := store.refusals([row], ids=ids):
        report.still_refused += 1
        _count_attempt(letter, reason=DeadLetter.Reason.INVALID, error=refused[0])
        return
    _store(letter, row, ids, report)


def _store(letter: DeadLetter, row: schemas.Row, ids: dict[str, int], report: ReplayReport) -> None:
    arrival = store.Arrival(recorded_us=schemas.to_us(bank_clock.now()))
    with transaction.atomic():
        result = store.store(rows=[row], ids=ids, arrival=arrival)
        if result.conflicts:
            report.still_refused += 1
            _count_attempt(
                letter, reason=DeadLetter.Reason.CONFLICT, error="differs from the transaction already stored"
            )
            return
        report.stored += result.stored
        report.already_there += result.duplicates
        _mark_replayed(letter, at=timezone.now())


def _count_attempt(letter: DeadLetter, *, reason: str, error: str) -> None:
    DeadLetter.objects.filter(pk=letter.pk).update(attempts=F("attempts") + 1, reason=reason, error=error)


def _mark_replayed(letter: DeadLetter, *, at: dt.datetime) -> None:
    DeadLetter.objects.filter(pk=letter.pk).update(attempts=F("attempts") + 1, replayed_at=at)
    record(action="ingest.dead_letter.replayed", subject_type="dead_letter", subject_id=letter.pk)
