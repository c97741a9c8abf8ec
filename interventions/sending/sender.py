"""The worker's run: what is due is claimed, asked for, handed over and settled, one after another.

One delivery takes two transactions with the provider between them; what a killed worker leaves is `reaping`'s.
"""

import os
import socket
import time
import uuid
from collections import deque
from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers import bank_clock
from interventions.contact import breaker, packs
from interventions.models import Delivery
from interventions.sending import asking, exchange, resting, stuck
from interventions.sending.exchange import Transport
from risk.alerts import raise_operational

log = structlog.get_logger(__name__)
# Less than the time after which Celery ends a task, with the longest exchange on top.
LONGEST_RUN_SECONDS = 4.0
SETTLE_PAUSES_SECONDS = (0.1, 0.5, 2.0)


def send_due(*, limit: int) -> int:
    """Send what is due, channel by channel in turn; returns how many deliveries were looked at.

    No channel waits behind another's queue, and none is looked at whose provider rests or has its hands full.

    Args:
        limit: at most so many; the run also ends after some seconds.
    """
    rules = packs.active_rules()
    if rules is None:
        _tell_of_missing_rules()
        return 0
    transports = exchange.transports()
    turns = deque(transports)
    worker, until, count = _worker(), time.monotonic() + LONGEST_RUN_SECONDS, 0
    while turns and count < limit and time.monotonic() < until:
        if breaker.look(rules).is_open:
            # Everything waits: asking for each would only fill the records.
            break
        transport = transports[turns[0]]
        if transport.name in resting.unavailable():
            turns.popleft()
            continue
        delivery_id = asking.claim(worker=worker, channel=turns[0])
        if delivery_id is None:
            turns.popleft()
            continue
        turns.rotate(-1)
        count += 1
        _send(delivery_id, worker, transport)
    return count


def _send(delivery_id: uuid.UUID, worker: str, transport: Transport) -> None:
    try:
        allowed = asking.ask(delivery_id=delivery_id, worker=worker, provider=transport.name)
    except Exception as error:
        # Nothing was handed over. Its claim ends by itself, and meanwhile the others go out.
        stuck.tell(delivery_id, error)
        return
    if allowed:
        outcome = exchange.handed_over(allowed, transport)
        _insist(outcome.settle)
        outcome.note()


def _insist(settle: Callable[[], None]) -> None:
    """Transaction 2, more than once where the database does not answer: the message is out already."""
    for pause_seconds in SETTLE_PAUSES_SECONDS:
        try:
            return settle()
        except (OperationalError, InterfaceError) as error:
            log.warning("settling again", error=type(error).__name__)
            if not connection.in_atomic_block:
                connection.close()
            time.sleep(pause_seconds)
    return settle()


def _tell_of_missing_rules() -> None:
    """Without an approved pack nothing is sent; what waits for it must not wait unseen."""
    if Delivery.objects.filter(state=Delivery.State.PENDING, not_before_at__lte=bank_clock.now()).exists():
        raise_operational(
            dedupe_key=f"outbox.no_rules.{timezone.now():%Y-%m-%d}",
            message=gettext_noop(
                "Messages wait: there is no active pack of contact rules. Have one approved and activated."
            ),
            detail={},
        )


def _worker() -> str:
    """A name that no other run has."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
