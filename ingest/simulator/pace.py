"""When the simulated future may be produced: with the bank's clock, or at a rate."""

import time
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
import structlog

from customers import bank_clock
from ingest.simulator.arrays import Ints
from ingest.simulator.events import to_us

log = structlog.get_logger(__name__)

# The consumer refuses what lies more than a day ahead of the bank's clock.
MOST_AHEAD = timedelta(hours=23)


class Pace(Protocol):
    """When events may be produced."""

    def ready(self, times_us: Ints) -> int:
        """Say how many of the next events, whose times are given in order, may be produced now."""


class ClockPace:
    """An event is produced when the bank's clock reaches its time."""

    def ready(self, times_us: Ints) -> int:
        """Count the events whose time has come."""
        return due_by(bank_clock.now(), times_us)


class RatePace:
    """So many events a second, whatever the clock says, as long as they are not too far ahead of it.

    Events keep the times at which they happen in the simulated world, since a person's days follow from each
    other. The stream may therefore run ahead of the bank's clock by less than a day, which is all that the
    consumer accepts; then it waits for the clock.

    Args:
        per_second: events for each second of the wall clock, above 0.
    """

    def __init__(self, *, per_second: float) -> None:
        self._per_second = per_second
        self._since = time.monotonic()
        self._given = 0
        self._is_waiting = False

    def ready(self, times_us: Ints) -> int:
        """Count the events that the rate allows by now."""
        within = due_by(bank_clock.now() + MOST_AHEAD, times_us)
        self._note(is_waiting=within == 0)
        allowed = int((time.monotonic() - self._since) * self._per_second) - self._given
        count = max(0, min(allowed, within))
        self._given += count
        return count

    def _note(self, *, is_waiting: bool) -> None:
        """While waiting for the clock nothing is saved up that would burst out afterwards."""
        if is_waiting and not self._is_waiting:
            log.info("almost a day ahead of the bank's clock, waiting for it")
        if is_waiting:
            self._since, self._given = time.monotonic(), 0
        self._is_waiting = is_waiting


def due_by(moment: datetime, times_us: Ints) -> int:
    """Count how many of the ordered times are not after a moment."""
    return int(np.searchsorted(times_us, to_us(moment), side="right"))
