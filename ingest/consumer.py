"""The consumer's policy: poll, judge, store in one transaction, commit, wake. Faults pause; they never skip."""

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial

import psycopg
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from customers import bank_clock
from ingest import batch as batches
from ingest import dead_letters, halt_words, halts, ledger, schemas, store
from ingest.batch import Batch, Letter
from ingest.event_log import Consumer, EventLogUnavailable, Inspector, Partition, Slice
from ingest.ledger import LedgerMoved
from ingest.models import Halt
from ingest.origins import origins_of
from risk import probing
from risk.models import SystemProbe
from risk.wakes import Waker

log = structlog.get_logger(__name__)

SETTLE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 5.0
IDENTITY_SECONDS = 5.0


class TransactionConsumer:
    """Stores a topic's transactions. Several may run at once, in one process each.

    Args:
        topic: The topic to read.
        source: The system it comes from; part of each customer's identity.
        stopping: Set from outside to end after the batch at hand.
    """

    def __init__(self, *, topic: str, source: str, stopping: threading.Event) -> None:
        self.topic = topic
        self.source = source
        self.stopping = stopping
        self.runs: dict[Partition, int] = {}
        self.accept_through: dict[Partition, int] = {}
        self.halting: dict[Partition, int] = {}
        self.log_ids: dict[Partition, int] = {}
        self.ids = store.CustomerIds(source=source)
        self.months = store.Months()
        self.waker = Waker()
        self._settled_at = float("-inf")
        self._identity: uuid.UUID | None = None
        self._identified_at = float("-inf")

    def run(self) -> None:
        """Read until `stopping` is set, then leave the group.

        Raises:
            MembershipLost: the group has gone on without us; start again.
            EventLogUnavailable: the log cannot be reached at the start.
        """
        with Inspector() as self.inspector:
            self.inspector.ensure_topic(self.topic)
            self.log = Consumer(topic=self.topic)
            try:
                while not self.stopping.is_set():
                    self._round()
            finally:
                self.log.close()
                connection.close()

    def _round(self) -> None:
        if time.monotonic() - self._identified_at > IDENTITY_SECONDS:
            self._patiently(self._identify)
        if self.log.unsettled and time.monotonic() - self._settled_at > SETTLE_SECONDS:
            self._patiently(self._settle)
        before = set(self.log.unsettled)
        try:
            slices = self.log.poll(most=settings.CONSUMER_BATCH_MAX)
        except EventLogUnavailable as error:
            log.warning("event log unavailable", error=str(error))
            self.stopping.wait(1.0)
            return
        if self.log.unsettled - before:
            self._settled_at = float("-inf")
        if slices:
            self._patiently(lambda: self._take(slices))
        for partition, position in self.halting.items():
            self._patiently(partial(self._halt, partition, position))
        self.halting = {}

    def _patiently(self, work: Callable[[], None]) -> None:
        """Do work that needs the database, waiting while it is away; the log keeps us a member meanwhile."""
        pause_seconds = 0.1
        while True:
            try:
                work()
                return
            except (OperationalError, InterfaceError, EventLogUnavailable) as error:
                log.warning(
                    "paused: a server is unavailable", error=str(error).strip(), seconds=pause_seconds
                )
                connection.close()
            if self.stopping.wait(pause_seconds):
                return
            self._stay()
            pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)

    def _stay(self) -> None:
        try:
            self.log.keep_alive()
        except EventLogUnavailable as error:
            log.warning("event log unavailable", error=str(error))

    def _identify(self) -> None:
        """Read on only from the topic we know; one made anew has other messages at the same positions.

        Looking now and then is enough: a ledger that has moved meanwhile still bears the old identity, so that the
        partition is halted, and whoever lifts the halt reads the new topic from its beginning.
        """
        self._identified_at = time.monotonic()
        identity = self.inspector.topic_id(self.topic)
        self._seen()
        if identity != self._identity:
            self._identity = identity
            self._settled_at = float("-inf")
            for partition in self.log.assignment():
                self.log.stop_reading(partition)

    def _seen(self) -> None:
        """Note for the status page that this consumer's loop goes round, with log and database at hand."""
        who = f"{socket.gethostname()}:{os.getpid()}"
        probing.seen(part=SystemProbe.CONSUMERS, who=who, partitions=len(self.log.assignment()))

    def _settle(self) -> None:
        """Find out from where to read newly assigned partitions, and those whose halt may have been lifted."""
        self._settled_at = time.monotonic()
        positions, changed = ledger.settle(inspector=self.inspector, partitions=set(self.log.unsettled))
        for change in changed:
            message = halt_words.LOG_CHANGED % {
                "partition": change.partition,
                "why": change.message,
                "topic": change.partition.topic,
                "number": change.partition.number,
            }
            log.error("halted", message=message)
            halts.halt(
                partition=change.partition,
                cause=Halt.Cause.LOG_CHANGED,
                position=change.position,
                message=message,
            )
        if positions:
            self.accept_through = halts.accepted_through(self.topic)
            self.runs.update(dict.fromkeys(positions, 0))
            self.log_ids.update(ledger.log_ids(set(positions)))
            self.log.read_from(positions)
            log.info("reading begins", partitions=sorted(partition.number for partition in positions))

    def _take(self, slices: list[Slice]) -> None:
        """Store what was polled, all or nothing."""
        judge = batches.Judge(
            window=schemas.Window.at(bank_clock.now(), retention_years=settings.RETENTION_YEARS),
            zone=bank_clock.zone(),
            currency=settings.BANK_CURRENCY,
            invalid_run_limit=settings.CONSUMER_INVALID_RUN_LIMIT,
            accept_through=self.accept_through,
        )
        batch = batches.read(slices, judge=judge, runs=self.runs)
        try:
            self._store(batch)
        except LedgerMoved as error:
            log.info("another consumer stored this batch", error=str(error))
            for part in slices:
                self.log.stop_reading(part.partition)
            self._settle()
            return
        self.runs.update(batch.runs)
        self.halting = batch.halted

    def _store(self, batch: Batch) -> None:
        if not batch.slices:
            return
        self.ids.resolve({row.bank_id for row in batch.rows})
        self.months.ensure(batch.rows)
        try:
            self._store_all(batch)
        except store.REFUSED as error:
            # Validation let something through that PostgreSQL refuses: find it, keep it, go on.
            log.error("a row was refused by the database", **_without_row(error))
            self.months = store.Months()
            self.months.ensure(batch.rows)
            self._store_all(self._without_poison(batch))
        moved = {part.partition: part.next_position for part in batch.slices}
        self.log.commit(moved)
        if batch.rows:
            self.waker.wake()

    def _store_all(self, batch: Batch) -> None:
        with transaction.atomic():
            _limit_waiting()
            report = store.store(rows=batch.rows, ids=self.ids.known, arrival=self._arrival(batch))
            conflicts = [
                Letter(*batch.sources[index], "conflict", "differs from the transaction already stored")
                for index in report.conflicts
            ]
            dead_letters.keep([*batch.letters, *conflicts], source=self.source)
            ledger.advance(slices=batch.slices, last_event_at=report.last_event_at)

    def _arrival(self, batch: Batch) -> store.Arrival:
        epoch_ms, now_ms = schemas.POSTGRES_EPOCH.timestamp() * 1000, time.time() * 1000
        return store.Arrival(
            recorded_us=schemas.to_us(bank_clock.now()),
            # A producer may write any time it likes there.
            appended_us=[
                int((min(message.timestamp, now_ms) - epoch_ms) * 1000) for _, message in batch.sources
            ],
            origins=origins_of(batch.sources, log_ids=self.log_ids),
        )

    def _without_poison(self, batch: Batch) -> Batch:
        """The batch with each row that the database refuses turned into a dead letter."""
        clean = Batch(slices=batch.slices, letters=list(batch.letters), runs=batch.runs, halted=batch.halted)
        refusals = store.refusals(batch.rows, ids=self.ids.known)
        for position, (row, source) in enumerate(zip(batch.rows, batch.sources, strict=True)):
            if error := refusals.get(position):
                clean.letters.append(Letter(*source, "invalid", error))
            else:
                clean.rows.append(row)
                clean.sources.append(source)
        return clean

    def _halt(self, partition: Partition, position: int) -> None:
        message = halt_words.INVALID_RUN % {
            "partition": partition,
            "limit": settings.CONSUMER_INVALID_RUN_LIMIT,
            "position": position,
            "topic": partition.topic,
            "number": partition.number,
        }
        log.error("halted", message=message)
        halts.halt(partition=partition, cause=Halt.Cause.INVALID_RUN, position=position, message=message)
        self.log.stop_reading(partition)


def _without_row(error: Exception) -> dict[str, str | None]:
    """What the database refused, without its detail: that repeats the row, which is personal data."""
    cause = error.__cause__
    if not isinstance(cause, psycopg.Error):
        return {"kind": type(error).__name__}
    return {"kind": type(cause).__name__, "sqlstate": cause.sqlstate, "error": cause.diag.message_primary}


def _limit_waiting() -> None:
    """Let this transaction end with OperationalError rather than wait long for a lock that somebody keeps."""
    with connection.cursor() as cursor:
        limit_ms = round(1000 * settings.CONSUMER_LOCK_TIMEOUT_SECONDS)
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(limit_ms)])
