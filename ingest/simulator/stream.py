"""Producing the future: a portfolio's events, in the order of their times, into the event log.

How far that has come is one moment in the database, moved only after the log has acknowledged everything
up to it. After a crash a few events are appended again, which the consumer knows by their identity; none is
left out.
"""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection

from customers import bank_clock
from ingest.event_log import EventLogUnavailable, Inspector, Producer
from ingest.models import SimulatedPortfolio
from ingest.simulator.arrays import Events, Ints
from ingest.simulator.events import encode, from_us, to_us
from ingest.simulator.pace import Pace
from ingest.simulator.portfolio import Recipe

log = structlog.get_logger(__name__)

BATCH = 2_000
IDLE_SECONDS = 0.2
SAVE_EVERY_SECONDS = 1.0
RETRY_SECONDS = 2.0

Result = TypeVar("Result")


class Stopped(Exception):
    """The producer was asked to stop while it waited for the log or the database."""


class StreamProducer:
    """Appends a portfolio's events, going on where the last run stopped.

    Args:
        recipe: the portfolio.
        topic: the topic of the event log.
        pace: when events may be produced.
        stopping: set from outside to end after the batch at hand.
        until: end before the first event at or after this moment.
        limit: end after so many events.
    """

    def __init__(
        self,
        *,
        recipe: Recipe,
        topic: str,
        pace: Pace,
        stopping: threading.Event,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> None:
        self.recipe = recipe
        self.topic = topic
        self.pace = pace
        self.stopping = stopping
        self.until = until
        self.limit = limit
        self.produced = 0
        self._producer: Producer | None = None
        self._reached_us: int | None = None
        self._saved_at = time.monotonic()

    def run(self) -> None:
        """Produce until stopped or until the end that was asked for; then note how far it came."""
        try:
            for day in self._patiently(self._days):
                self._produce_day(day)
                if self._is_over():
                    break
        except Stopped:
            log.info("stopped while waiting")
        finally:
            self._close()

    def _days(self) -> Iterator[Events]:
        after = SimulatedPortfolio.objects.get().produced_until
        log.info("producing the future", after=after.isoformat(), portfolio=str(self.recipe))
        return days_after(self.recipe, after=after, until=self.until, stopping=self.stopping)

    def _produce_day(self, day: Events) -> None:
        times: Ints = day["at_us"]
        place = 0
        while place < day.size and not self._is_over():
            ready = self._patiently(partial(self.pace.ready, times[place : place + self._most()]))
            if ready == 0:
                self._save_now_and_then()
                self.stopping.wait(IDLE_SECONDS)
                continue
            self._append(day[place : place + ready])
            place += ready
            self._reached_us = covered_until(times, place)
            self._save_now_and_then()

    def _most(self) -> int:
        return BATCH if self.limit is None else min(BATCH, self.limit - self.produced)

    def _is_over(self) -> bool:
        return self.stopping.is_set() or self._most() == 0

    def _append(self, entries: Events) -> None:
        """Append a batch and wait until all is acknowledged; all of it again when some of it was not."""
        messages = encode(entries, seed=self.recipe.seed, zone=bank_clock.zone())
        self._patiently(lambda: self._append_once(messages))
        self.produced += len(messages)

    def _append_once(self, messages: list[tuple[str, bytes]]) -> None:
        if self._producer is None:
            with Inspector() as inspector:
                inspector.ensure_topic(self.topic)
            self._producer = Producer(topic=self.topic)
        for customer_id, event in messages:
            self._producer.append(customer_id=customer_id, event=event)
        self._producer.flush()

    def _patiently(self, work: Callable[[], Result]) -> Result:
        """Do work that needs the log or the database, trying again while either is away.

        Raises:
            Stopped: the producer was asked to stop while it waited.
        """
        while True:
            try:
                return work()
            except EventLogUnavailable as error:
                log.warning("event log unavailable, trying again", error=str(error), seconds=RETRY_SECONDS)
                self._forget_producer()
            except (OperationalError, InterfaceError) as error:
                log.warning("database unavailable, trying again", error=str(error), seconds=RETRY_SECONDS)
                connection.close_if_unusable_or_obsolete()
            if self.stopping.wait(RETRY_SECONDS):
                raise Stopped

    def _save_now_and_then(self) -> None:
        if time.monotonic() - self._saved_at >= SAVE_EVERY_SECONDS:
            self._patiently(self._save)

    def _save(self) -> None:
        """Move the remembered moment forward; never back, should another producer be further."""
        if self._reached_us is not None:
            moment = from_us(self._reached_us)
            SimulatedPortfolio.objects.filter(produced_until__lt=moment).update(produced_until=moment)
            self._reached_us = None
        self._saved_at = time.monotonic()

    def _close(self) -> None:
        self._forget_producer()
        try:
            self._save()
        except (OperationalError, InterfaceError) as error:
            log.warning("how far we came is not noted; a few events will be appended twice", error=str(error))
        log.info("stopped producing", produced=self.produced)

    def _forget_producer(self) -> None:
        """Drop a producer with what it still tries to send: the batch is appended again by a new one."""
        if self._producer is not None:
            self._producer.close()
            self._producer = None


def days_after(
    recipe: Recipe, *, after: datetime, until: datetime | None, stopping: threading.Event
) -> Iterator[Events]:
    """Simulate a portfolio again from its first day and yield what happens after a moment.

    Args:
        recipe: the portfolio.
        after: the last moment that is not wanted any more.
        until: the first moment that is not wanted, None for no end.
        stopping: ends the days when set.

    Yields:
        Entries in the order of time, one bank day at a time.
    """
    world = recipe.world(first=0, count=recipe.customers, zone=bank_clock.zone())
    while not stopping.is_set():
        times = (day := world.step().entries)["at_us"]
        if until is not None and times.size and times[-1] >= to_us(until):
            yield day[(times > to_us(after)) & (times < to_us(until))]
            return
        yield day[times > to_us(after)]


def covered_until(times_us: Ints, produced: int) -> int:
    """Return up to which moment everything is produced, when the first ``produced`` of a day are."""
    return int(times_us[produced] - 1 if produced < times_us.size else times_us[-1])
