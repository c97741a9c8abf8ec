"""Once per bank day and model: every check, one at a time, so that no worker is kept from the risk cycle for long.

A beat tick asks what has not been done yet. What has been done is known by its report; who is at it holds a lock in
the database, which goes when a process is killed, so that the next tick does it again.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from django.db import InterfaceError, OperationalError, connection

from risk.alerts import raise_operational
from risk.claims import CHUNK
from risk.model.standing import registered_now
from risk.models import DayEvaluation, DirtyCustomer, ModelVersion, MonitoringReport
from risk.monitoring import drift, fairness, parity, realised, words
from risk.monitoring.checks import Check, check_run, seed_of
from risk.monitoring.sampling import Sample
from risk.monitoring.subject import Subject, standing_subjects
from risk.rulebook import EQUILIBRATE_1

Key = tuple[str, int | None]
CHECKS: tuple[Check, ...] = (drift.CHECK, realised.CHECK, fairness.CHECK)
CUSTOMERS = 2_000
PARITY_CUSTOMERS = 500
# Reading a sample stops here. On a slow day it is smaller, and still one: its customers come in random order.
SECONDS = 8.0
# What a database refuses for minutes (a statement that takes too long, say), it mostly refuses for the day.
TRIES = 3
TRIED_AGAIN = "tried_again"
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What a part of the monitoring found, in words, and whether operators were told."""

    in_words: str
    is_alarm: bool


@dataclass(frozen=True)
class Step:
    """A part of a day's monitoring.

    Args:
        kind: of the report that shows that it was done.
        model: which it is about, None for all.
        run: does it and stores the report.
    """

    kind: str
    model: ModelVersion | None
    run: Callable[[], Outcome]

    @property
    def key(self) -> Key:
        """What its report is found by."""
        return self.kind, self.model.pk if self.model else None


def monitor_next(*, day: dt.date) -> bool:
    """Do the next part of a bank day's monitoring, unless another process is at it.

    A part that fails is not tried again that day: its report says so, and operators are told. One that the database
    interrupted is, a few times; a database that is away altogether is asked again with the next tick.

    Returns:
        Whether something was done.
    """
    with _alone() as is_alone:
        # Models are loaded only when something is left to do: this is asked every minute.
        if not (is_alone and _is_left(day) and _is_evaluated(day) and _is_level()):
            return False
        done = _done(day)
        step = next((step for step in steps(day=day) if step.key not in done), None)
        if step is None:
            return False
        _attempt(step, day)
    return True


def steps(*, day: dt.date, customers: int = CUSTOMERS, seconds: float = SECONDS) -> list[Step]:
    """The parts of a bank day's monitoring: none when no model stands.

    Args:
        day: the bank day.
        customers: the size of the samples.
        seconds: for how long each may be read, from the time its part begins.
    """
    subjects = standing_subjects()
    found = [
        Step(check.kind, subject.model, partial(_run, check, subject, day, customers, seconds))
        for subject in subjects
        for check in CHECKS
    ]
    if subjects:
        found.append(Step(parity.KIND, None, partial(_parity, day)))
    return found


def _run(check: Check, subject: Subject, day: dt.date, customers: int, seconds: float) -> Outcome:
    sample = Sample(
        day=day,
        count=customers,
        seed=seed_of(subject=subject, day=day),
        until=time.monotonic() + seconds,
    )
    report = check_run(check=check, subject=subject, sample=sample).report
    return Outcome(in_words=report["in_words"], is_alarm=bool(report["alarms"]))


def _parity(day: dt.date) -> Outcome:
    found = parity.parity_check(
        sample=parity.Sample(number=PARITY_CUSTOMERS), seed=day.toordinal(), as_of=day, rules=EQUILIBRATE_1
    )
    stored = parity.parity_record(found)
    counts = {"mismatches": f"{found.mismatches:,}", "values": f"{found.values:,}"}
    in_words = words.NOT_IN_ROWS % counts
    if not found.holds:
        raise_operational(
            dedupe_key=f"{parity.KIND}.{day}", message=f"{day}: {in_words}", detail={"report": stored.pk}
        )
    return Outcome(in_words=in_words, is_alarm=not found.holds)


def _attempt(step: Step, day: dt.date) -> None:
    try:
        step.run()
    except (OperationalError, InterfaceError) as error:
        log.exception("monitoring interrupted", kind=step.kind, model=str(step.model))
        # A part that costs its connection each time must be counted, too: over a new one.
        connection.close_if_unusable_or_obsolete()
        _failed(step, day, error, is_over=_interruptions(step, day) + 1 >= TRIES)
    except Exception as error:
        log.exception("monitoring failed", kind=step.kind, model=str(step.model))
        _failed(step, day, error, is_over=True)


def _interruptions(step: Step, day: dt.date) -> int:
    """How many tries of a part have ended without a result on a bank day."""
    reports = MonitoringReport.objects.filter(kind=step.kind, model=step.model, as_of_on=day)
    return reports.filter(**{f"report__{TRIED_AGAIN}": True}).count()


def _failed(step: Step, day: dt.date, error: Exception, *, is_over: bool) -> None:
    """Keep why a part failed; operators are told when it is not tried again.

    Raises:
        django.db.OperationalError: the database is away altogether: nothing can be kept, and the next tick asks again.
    """
    MonitoringReport.objects.create(
        kind=step.kind,
        model=step.model,
        as_of_on=day,
        report={
            "verdict": "failed",
            "alarms": [],
            "in_words": f"{type(error).__name__}: {error}",
            TRIED_AGAIN: not is_over,
        },
    )
    if is_over:
        raise_operational(
            dedupe_key=f"monitoring_failed.{step.kind}.{step.model.pk if step.model else ''}.{day}",
            message=f"{step.model or words.LIVE_FEATURES}, {day}: {words.CHECK_FAILED % {'kind': step.kind}}",
            detail={"error": f"{type(error).__name__}: {error}"},
        )


def _done(day: dt.date) -> set[Key]:
    """The parts that need not be done, or not any more."""
    reports = MonitoringReport.objects.filter(as_of_on=day)
    found = reports.values_list("kind", "model_id", f"report__{TRIED_AGAIN}")
    return {(kind, model) for kind, model, is_tried_again in found if not is_tried_again}


def _is_left(day: dt.date) -> bool:
    """Whether a part may be left to do, by the registry alone."""
    models = [each.pk for each in registered_now()]
    wanted: set[Key] = {(check.kind, pk) for check in CHECKS for pk in models}
    if models:
        wanted.add((parity.KIND, None))
    return bool(wanted - _done(day))


def _is_evaluated(day: dt.date) -> bool:
    """Whether everybody has been evaluated for the day: that comes first, and books what was paid overnight."""
    return DayEvaluation.objects.filter(day_on=day, state=DayEvaluation.State.DONE).exists()


def _is_level() -> bool:
    """Whether the risk cycle keeps up: a worker that is behind has no seconds to spare."""
    waiting = DirtyCustomer.objects.filter(failed_at=None)[:CHUNK]
    return waiting.count() < CHUNK


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the lock of the monitoring, if nobody else does; a process that is killed lets go of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('risk.monitoring'))")
        [is_alone] = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('risk.monitoring'))")
