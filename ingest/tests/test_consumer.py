"""The consumer on the real event log: stored once, whatever happens on the way."""

from typing import Any

import pytest
from pytest_django import Settings

from customers.models import Transaction
from ingest import schemas
from ingest.event_log import Consumer
from ingest.models import DeadLetter, OffsetLedger
from ingest.tests.consuming import Running, kept, position, read
from ingest.tests.events import live, lives
from risk.models import DirtyCustomer, LogPartition
from tests.kafka_topic import KafkaTopic

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.django_db(transaction=True)]


def test_events_are_stored_once_and_customers_marked(topic: KafkaTopic) -> None:
    topic.append(lives(0, 20) + lives(5, 10))

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 25)

    assert kept() == (20, 0)
    assert DirtyCustomer.objects.filter(appended_at__isnull=False).count() == 7


def test_mark_knows_the_position_after_the_customers_newest_event(topic: KafkaTopic) -> None:
    topic.append([live(0), b"\xff{", live(7), live(1)])

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 4)

    told = dict(DirtyCustomer.objects.values_list("customer__bank_id", "log_position"))
    by_bank_id = dict(Transaction.objects.values_list("transaction_id", "customer__bank_id"))
    assert told[by_bank_id["T1"]] == 4
    (log,) = LogPartition.objects.all()
    assert (log.topic, log.partition, log.topic_id) == (topic.name, 0, OffsetLedger.objects.get().topic_id)


def test_invalid_messages_are_kept_beside_the_good_ones(topic: KafkaTopic) -> None:
    topic.append([live(0), b"\xff{", None, live(1)], key=b"7")

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 4)

    first, second = DeadLetter.objects.order_by("offset")
    assert kept() == (2, 2)
    assert (first.topic, first.partition, first.offset, first.reason) == (topic.name, 0, 1, "invalid")
    assert (bytes(first.raw), bytes(first.key or b""), bytes(second.raw)) == (b"\xff{", b"7", b"")


def test_conflict_is_kept_with_its_reason_and_overwrites_nothing(topic: KafkaTopic) -> None:
    topic.append([live(0, amount=10), live(0, amount=11), live(1)])

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 3)

    letter = DeadLetter.objects.get()
    assert (letter.offset, letter.reason, bytes(letter.raw)) == (1, "conflict", live(0, amount=11))
    assert Transaction.objects.get(transaction_id="T0").amount == 10


def test_ledger_counts_whatever_the_logs_own_commits_say(topic: KafkaTopic) -> None:
    topic.append(lives(0, 10))
    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 10)
    topic.forget_commits()
    topic.append(lives(10, 12))

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 12)

    assert (kept(), read(topic.name)) == ((12, 0), 12)


def test_crash_between_database_commit_and_offset_commit_doubles_nothing(
    topic: KafkaTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    def crash(*_: Any) -> None:
        raise Crash

    topic.append(lives(0, 10))
    with monkeypatch.context() as patched, pytest.raises(Crash), Running(topic.name) as consumer:
        patched.setattr(Consumer, "commit", crash)
        consumer.until(lambda: False)
    assert kept() == (10, 0)

    topic.append(lives(10, 11))
    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 11)

    assert (kept(), read(topic.name)) == ((11, 0), 11)


def test_stale_twin_stores_nothing_a_second_time(topic: KafkaTopic, settings: Settings) -> None:
    with Running(topic.name) as one:
        one.until(lambda: topic.members() == 1)
        settings.KAFKA_GROUP = f"{topic.name}-twin"
        with Running(topic.name) as twin:
            for begin in range(0, 1000, 50):
                topic.append(lives(begin, begin + 50))
            twin.until(lambda: position(topic.name) == 1000)

    assert (kept(), read(topic.name)) == ((1000, 0), 1000)


def test_gaps_that_transactional_producers_leave_are_stored_over(topic: KafkaTopic) -> None:
    topic.append_in_transaction([live(0), live(1)], commit=True)  # and a marker
    topic.append_in_transaction([live(2), live(3)], commit=False)  # and a marker

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 6)
        topic.append([live(4)])
        consumer.until(lambda: position(topic.name) == 7)

    assert set(Transaction.objects.values_list("transaction_id", flat=True)) == {"T0", "T1", "T4"}
    assert read(topic.name) == 3


def test_row_that_only_the_database_refuses_becomes_a_dead_letter(
    topic: KafkaTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schemas, "_refuse_unstorable", lambda row: None)
    topic.append([*lives(0, 30), live(30, merchant="a\x00"), live(31)])

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 32)

    assert kept() == (31, 1)
    assert DeadLetter.objects.get().offset == 30


def test_message_times_of_the_producers_choosing_stop_nothing(topic: KafkaTopic) -> None:
    topic.append([live(0)], timestamp_ms=0)

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 1)

    assert kept() == (1, 0)


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
def test_messages_of_any_codec_are_read(topic: KafkaTopic, codec: str) -> None:
    topic.append(lives(0, 5), compression=codec)

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 5)

    assert kept() == (5, 0)
