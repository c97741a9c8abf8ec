"""The offset ledger: compare and set, and where to read from while others go on."""

import uuid
from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

from ingest import ledger
from ingest.event_log import Inspector, Partition
from ingest.ledger import LedgerMoved, advance, settle
from ingest.models import Halt, OffsetLedger
from ingest.tests.events import PARTITION, live, polled

pytestmark = pytest.mark.django_db
TOPIC_ID = uuid.uuid4()
T = TypeVar("T")


class Log(Inspector):
    """A log of one topic, on which something may happen right after each look."""

    def __init__(
        self, *, begin: int = 0, end: int = 0, meanwhile: Callable[["Log"], None] | None = None
    ) -> None:
        self.begin, self.end, self.identity = begin, end, TOPIC_ID
        self._meanwhile = meanwhile or (lambda _: None)

    def topic_id(self, topic: str) -> uuid.UUID:
        return self._looked(self.identity)

    def beginnings(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        return self._looked(dict.fromkeys(partitions, self.begin))

    def ends(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        return self._looked(dict.fromkeys(partitions, self.end))

    def _looked(self, seen: T) -> T:
        self._meanwhile(self)
        return seen


def stand(position: int, *, topic_id: uuid.UUID = TOPIC_ID) -> None:
    """Let the ledger stand at a position."""
    OffsetLedger.objects.update_or_create(
        topic=PARTITION.topic,
        partition=PARTITION.number,
        defaults={"topic_id": topic_id, "position": position},
    )


def test_ledger_moves_over_what_was_stored() -> None:
    stand(40)

    advance(slices=[polled([live(0), None], first=40)], last_event_at=None)

    assert OffsetLedger.objects.values_list("position", "messages").get() == (42, 2)


@pytest.mark.parametrize("standing", [39, 41, 42])
def test_ledger_that_stands_elsewhere_does_not_move(standing: int) -> None:
    stand(standing)

    with pytest.raises(LedgerMoved):
        advance(slices=[polled([live(0), None], first=40)], last_event_at=None)

    assert OffsetLedger.objects.get().position == standing


def test_one_partition_that_moved_holds_all() -> None:
    other = Partition(PARTITION.topic, 5)
    stand(0)
    slices = [polled([live(0)]), polled([live(1)], partition=other)]

    with pytest.raises(LedgerMoved):
        advance(slices=slices, last_event_at=None)

    assert OffsetLedger.objects.get().position == 0


def test_new_partition_begins_at_the_logs_first_message() -> None:
    positions, changed = settle(inspector=Log(begin=7, end=9), partitions={PARTITION})

    assert (positions, changed) == ({PARTITION: 7}, [])


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (Log(begin=11, end=20), "messages 10 to 10 are no longer in the log"),
        (Log(end=9), "the log ends at 9, before the position 10"),
    ],
)
def test_log_that_no_longer_fits_is_told(log: Log, message: str) -> None:
    stand(10)

    positions, (change,) = settle(inspector=log, partitions={PARTITION})

    assert (positions, change.position) == ({}, 10)
    assert message in change.message


def test_topic_of_another_identity_is_told() -> None:
    stand(10, topic_id=uuid.uuid4())

    _, (change,) = settle(inspector=Log(end=20), partitions={PARTITION})

    assert "made anew" in change.message


def test_what_others_store_meanwhile_is_no_truncation() -> None:
    def another_consumer_stores(log: Log) -> None:
        log.end += 100
        stand(log.end)

    stand(10)
    log = Log(end=10, meanwhile=another_consumer_stores)

    _, changed = settle(inspector=log, partitions={PARTITION})

    assert changed == []


def test_halt_lifted_meanwhile_is_not_halted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stand(10, topic_id=uuid.uuid4())
    Halt.objects.create(topic=PARTITION.topic, partition=3, cause="log_changed", message="m", position=10)
    asked = ledger.open_halts

    def lifted_right_after(topics: set[str]) -> dict[Partition, Halt]:
        found = asked(topics)
        Halt.objects.all().delete()
        stand(0)
        return found

    monkeypatch.setattr(ledger, "open_halts", lifted_right_after)

    assert settle(inspector=Log(end=20), partitions={PARTITION}) == ({}, [])
    assert settle(inspector=Log(end=20), partitions={PARTITION}) == ({PARTITION: 0}, [])
