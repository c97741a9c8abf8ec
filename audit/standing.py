"""How the trail stands, for the page of those who read it: what is sealed, covered and verified."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import reading
from audit.models import AuditCheckpoint, AuditEvent, AuditSeal, AuditVerification, UnsealedEvent
from audit.verify import LATE_SECONDS, Verifier

# Later than several beats of the checkpoint task.
OVERDUE = dt.timedelta(minutes=10)
# Later than several beats of verification; and than a pass over some million rows.
UNVERIFIED, NOT_WHOLE = dt.timedelta(hours=1), dt.timedelta(days=7)
MOST_COUNTED = 1_000
Kind = AuditVerification.Kind

# The distinct values of an index, one probe each: quick however many rows have them.
_ACTIONS = """
WITH RECURSIVE known AS (
    (SELECT action FROM public.audit_auditevent ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT action FROM public.audit_auditevent WHERE action > known.action ORDER BY action LIMIT 1)
    FROM known WHERE known.action IS NOT NULL
)
SELECT action FROM known WHERE action IS NOT NULL
"""


@dataclass(frozen=True)
class Trail:
    """The trail as a whole.

    Args:
        sealed: rows in the chain.
        waiting: events not sealed yet; counted up to a thousand.
        checkpoint: our note of the newest one.
        uncovered: sealed rows after it.
        verified: what the last verification of new rows, or of everything, came to.
        whole: the last time at which everything had been verified.
        faults: what somebody must look at, in words.
    """

    sealed: int
    waiting: int
    checkpoint: AuditCheckpoint | None
    uncovered: int
    verified: AuditVerification | None
    whole: AuditVerification | None
    faults: list[str]


def trail() -> Trail:
    """How the trail stands now."""
    with connection.cursor() as cursor:
        sealed = reading.head(cursor)
    waiting = UnsealedEvent.objects.all()[:MOST_COUNTED].count()
    checkpoint = AuditCheckpoint.objects.order_by("-size").first()
    uncovered = sealed - (checkpoint.size if checkpoint else 0)
    newest_first = AuditVerification.objects.order_by("-id")
    verified = newest_first.filter(kind__in=[Kind.NEW, Kind.WHOLE]).first()
    whole = newest_first.filter(kind__in=[Kind.PASS, Kind.WHOLE], is_complete=True).first()
    lasts = (verified, whole, newest_first.filter(kind=Kind.BESIDE).first())
    faults = [*_faults(checkpoint, uncovered), *_faults_found(), *_neglect(checkpoint, *lasts)]
    return Trail(sealed, waiting, checkpoint, uncovered, verified, whole, faults)


def in_brief() -> str:
    """How the trail stands, in one line for operators."""
    found = trail()
    if found.faults:
        more = len(found.faults) - 1
        return _("fault: %(first)s") % {"first": found.faults[0]} + (f" (+{more})" if more else "")
    if found.verified is None:
        return _("never verified: manage.py verify_audit")
    said = {"at": _minute(found.verified.at), "row": found.verified.row}
    return _("last verified %(at)s up to row %(row)s, nothing wrong") % said


def of_event(event: AuditEvent) -> str:
    """Whether one event is as it was sealed, looked at now, in words."""
    seal = AuditSeal.objects.filter(event_id=event.pk).first()
    if seal is None:
        return _("Not sealed yet.")
    if problems := _problems_of(seal):
        return _("NOT as it was sealed: %(problem)s.") % {"problem": "; ".join(problems)}
    words = _("As it was sealed, row %(row)s of the chain.") % {"row": seal.sequence}
    covering = AuditCheckpoint.objects.filter(size__gte=seal.sequence).order_by("size").first()
    if covering is None:
        return f"{words} " + _("No checkpoint covers it yet.")
    said = {"size": covering.size, "at": _minute(covering.made_at)}
    return f"{words} " + _("Covered by the checkpoint over %(size)s rows of %(at)s.") % said


def actions() -> list[str]:
    """Every action there is."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTIONS)
        return [action for (action,) in cursor.fetchall()]


def _problems_of(seal: AuditSeal) -> list[str]:
    """What a row and its place after the row before it have against them."""
    before: Any = AuditSeal.objects.filter(sequence=seal.sequence - 1).first()
    verifier = Verifier()
    verifier.begin_after(seal.sequence - 1, bytes(before.chain_hash) if before else None)
    with connection.cursor() as cursor:
        verifier.read(reading.sealed_rows(cursor, after=seal.sequence - 1, until=seal.sequence))
        report = verifier.finish(erased=reading.erased(cursor, list(verifier.gone)))
    return [problem.what for problem in report.problems]


def _faults(checkpoint: AuditCheckpoint | None, uncovered: int) -> Iterator[str]:
    since = timezone.now() - dt.timedelta(seconds=LATE_SECONDS)
    oldest = UnsealedEvent.objects.order_by("event_id").first()
    event = AuditEvent.objects.filter(pk=oldest.event_id).first() if oldest else None
    if oldest and (event is None or event.recorded_at < since):
        yield _("Events wait for their seals since more than five minutes: is a worker running?")
    if uncovered and checkpoint is None:
        yield _("No checkpoint has been signed: does the worker have AUDIT_SIGNING_KEY_FILE?")
    elif uncovered and checkpoint and checkpoint.made_at < timezone.now() - OVERDUE:
        yield _("No checkpoint has been signed for more than ten minutes: the alerts say why.")


def _faults_found() -> Iterator[str]:
    """What verification found and what nobody has shown to be right since: everything, verified from then on."""
    for kinds, sound_kinds in (
        ((Kind.NEW, Kind.PASS, Kind.WHOLE), (Kind.PASS, Kind.WHOLE)),
        ((Kind.BESIDE,), (Kind.BESIDE,)),
    ):
        sound = AuditVerification.objects.filter(kind__in=sound_kinds, is_complete=True, problems=0)
        # Nobody shows today that what is found tomorrow is right, whatever they say when they began.
        since = sound.aggregate(since=Max(Least("began_at", "at")))["since"]
        found = AuditVerification.objects.filter(kind__in=kinds, problems__gt=0).order_by("-id")
        if since is not None:
            found = found.filter(at__gt=since)
        if (last := found.first()) is not None:
            said = {"at": _minute(last.at), "first": last.first}
            yield _("Verification of %(at)s found: %(first)s") % said


def _neglect(
    checkpoint: AuditCheckpoint | None,
    verified: AuditVerification | None,
    whole: AuditVerification | None,
    beside: AuditVerification | None,
) -> Iterator[str]:
    """Where nobody has verified for a while; without a checkpoint there is nothing to verify against."""
    if checkpoint is None:
        return
    now = timezone.now()
    of_others = [
        (beside, UNVERIFIED, _("What the audit vouches for has not been compared with it since %(at)s."))
    ]
    for last, longest, words in (
        *(of_others if settings.AUDIT_ALSO_VERIFIED else ()),
        (verified, UNVERIFIED, _("Nothing new has been verified since %(at)s: is a worker running?")),
        (whole, NOT_WHOLE, _("Not everything has been verified since %(at)s: is a worker running?")),
    ):
        # Before the first time, the first checkpoint's age tells.
        since = last.at if last else _first_checkpoint_at()
        if since < now - longest:
            yield words % {"at": _minute(since)}


def _first_checkpoint_at() -> dt.datetime:
    return AuditCheckpoint.objects.order_by("size").values_list("made_at", flat=True)[0]


def _minute(moment: dt.datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
