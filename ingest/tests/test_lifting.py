"""Lifting a halt, with a log that says when it is asked."""

import uuid
from collections.abc import Callable, Iterable

import pytest
from django.db import connection

from ingest.event_log import Inspector, Partition
from ingest.halts import NotHalted, halt, lift
from ingest.models import Halt, OffsetLedger
from ingest.tests.events import PARTITION

pytestmark = pytest.mark.django_db(transaction=True)
TOPIC_ID = uuid.uuid4()


class Log(Inspector):
    """A log of the messages 7 to 19, which may do something when it is looked at."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.were_open: list[bool] = []
        self._meanwhile = meanwhile

    def topic_id(self, topic: str) -> uuid.UUID:
        self._look()
        return TOPIC_ID

    def beginnings(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        self._look()
        return dict.fromkeys(partitions, 7)

    def ends(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        self._look()
        return dict.fromkeys(partitions, 20)

    def _look(self) -> None:
        self.were_open.append(connection.in_atomic_block)
        self._meanwhile()


@pytest.fixture
def halted() -> Halt:
    OffsetLedger.objects.create(
        topic=PARTITION.topic, partition=PARTITION.number, topic_id=uuid.uuid4(), position=3
    )
    return halt(partition=PARTITION, cause=Halt.Cause.LOG_CHANGED, position=3, message="m")


@pytest.mark.parametrize("restart,position", [("stored", 3), ("beginning", 7), ("end", 20)])
def test_log_is_looked_at_outside_any_transaction(halted: Halt, restart: str, position: int) -> None:
    log = Log()

    lifted = lift(partition=PARTITION, inspector=log, restart=restart)  # type: ignore[arg-type]

    assert set(log.were_open) == {False}
    assert (lifted.pk, lifted.accept_through) == (halted.pk, 20)
    assert OffsetLedger.objects.get().position == position


def test_halt_lifted_meanwhile_is_not_lifted_twice(halted: Halt) -> None:
    def another_lifts() -> None:
        Halt.objects.update(lifted_at=halted.halted_at)

    with pytest.raises(NotHalted):
        lift(partition=PARTITION, inspector=Log(another_lifts), restart="end")

    assert OffsetLedger.objects.get().position == 3


def test_log_is_not_asked_about_what_is_not_halted() -> None:
    log = Log()

    with pytest.raises(NotHalted):
        lift(partition=PARTITION, inspector=log)

    assert log.were_open == []
