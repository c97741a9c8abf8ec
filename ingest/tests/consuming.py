"""Running consumers inside the test's process, and waiting for what they do."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.db.models import Sum

from customers.models import Transaction
from embedded.processes import wait_until
from ingest.consumer import TransactionConsumer
from ingest.event_log import MembershipLost, PositionLost
from ingest.models import DeadLetter, OffsetLedger

PATIENCE_SECONDS = 40.0


class Running:
    """A consumer in a thread of its own, started again where its supervisor would; it ends with the block."""

    def __init__(self, topic: str, *, source: str = "core") -> None:
        self.topic = topic
        self.source = source
        self.stopping = threading.Event()
        self.restarts = 0
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"consumer of {topic}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is None and self.failure is not None:
            raise self.failure

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self.stopping.set()
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds."""
        assert wait_until(lambda: self.failure is not None or condition(), PATIENCE_SECONDS), (
            "it took too long"
        )
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        while not self.stopping.is_set():
            try:
                TransactionConsumer(topic=self.topic, source=self.source, stopping=self.stopping).run()
            except (MembershipLost, PositionLost):
                self.restarts += 1
            except BaseException as error:
                self.failure = error
                return


def position(topic: str) -> int:
    """How far the topic is stored, over all partitions."""
    return _sum(topic, "position")


def read(topic: str) -> int:
    """How many messages were read and stored, each time they were."""
    return _sum(topic, "messages")


def kept() -> tuple[int, int]:
    """How many transactions and how many dead letters there are."""
    return Transaction.objects.count(), DeadLetter.objects.count()


def _sum(topic: str, name: str) -> int:
    return int(OffsetLedger.objects.filter(topic=topic).aggregate(sum=Sum(name))["sum"] or 0)
