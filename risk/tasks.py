"""Celery's view of the risk engine. Messages are wake-ups without content: losing one costs seconds, not data."""

import time
from functools import lru_cache

from celery import Task, shared_task

from customers import bank_clock
from risk import hints, probing, services
from risk.model.standing import collector_spare
from risk.models import SystemProbe
from risk.monitoring.daily import monitor_next
from risk.portfolio.services import counts_record
from risk.refresh import Refresher
from risk.wakes import Waker

# Shorter than the ticks live: under a backlog every child is in a cycle, and a tick waits for the end of one.
LONGEST_CYCLE_SECONDS = 4.0


@lru_cache(maxsize=1)
def _refresher() -> Refresher:
    """This worker process's refresher, with its connections."""
    refresher = Refresher()
    # One that was killed may have committed what it could not announce any more.
    refresher.publisher.publish(hints.every_group())
    collector_spare()
    return refresher


@lru_cache(maxsize=1)
def _waker() -> Waker:
    return Waker()


@shared_task
def cycle() -> None:
    """The risk engine's cycle: refresh everybody who waits."""
    _waker().begun()
    if _refresher().run(until=time.monotonic() + LONGEST_CYCLE_SECONDS):
        _waker().wake()


@shared_task
def day_tick() -> None:
    """Keep the bank's clock running and evaluate everybody when a bank day has begun."""
    services.bank_day_tick()
    _waker().wake()


@shared_task
def trend() -> None:
    """Store this minute's counts per level."""
    services.trend_record()


@shared_task(bind=True)
def tick(self: "Task[[], None]") -> None:
    """Note that a worker does what beat asks for: neither can seem to run while the other stands still."""
    probing.seen(part=SystemProbe.WORKERS, who=str(self.request.hostname))


@shared_task
def look_at_audit() -> None:
    """Note how the audit stands, for the status page."""
    probing.look_at_audit()


@shared_task
def portfolio() -> None:
    """Count the whole bank's customers by everything that the portfolio shows."""
    counts_record()


@shared_task
def monitor() -> None:
    """Do the next part of the bank day's monitoring of the models, if any is left; each takes some seconds."""
    monitor_next(day=bank_clock.today())
