"""The consumer while its servers fail: connections die, Redis is away, members come and go."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import structlog
from django.db import OperationalError, connection
from pytest_django import Settings

from ingest import event_log
from ingest.batch import Batch
from ingest.consumer import TransactionConsumer
from ingest.models import DeadLetter, OffsetLedger
from ingest.tests.consuming import Running, kept, position, read
from ingest.tests.events import live, lives
from risk.models import DirtyCustomer
from risk.services import mark_dirty
from tests.databases import TestDatabase
from tests.event_topics import MakeTopic
from tests.kafka_topic import KafkaTopic
from tests.threads import uncommitted

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.django_db(transaction=True)]
TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)
"""


@pytest.fixture
def owner(test_database: TestDatabase) -> Iterator[psycopg.Connection]:
    """A connection that may end those of the application and change tables."""
    with psycopg.connect(test_database.environment()["DATABASE_OWNER_URL"], autocommit=True) as opened:
        yield opened


def own_backend() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def test_terminated_connections_lose_and_double_nothing(topic: KafkaTopic, owner: psycopg.Connection) -> None:
    terminated = 0
    with Running(topic.name) as consumer:
        consumer.until(lambda: topic.members() == 1)
        for begin in range(0, 2000, 100):
            topic.append(lives(begin, begin + 100))
            (count,) = owner.execute(TERMINATE, [own_backend()]).fetchone() or (0,)
            terminated += count
        consumer.until(lambda: position(topic.name) == 2000)

    assert terminated >= 3
    assert (kept(), read(topic.name), consumer.restarts) == ((2000, 0), 2000, 0)


def test_messages_gathered_before_the_log_failed_are_not_skipped(
    topic: KafkaTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled, failures = event_log.Consumer._poll_once, iter(range(3))

    def failing(self: event_log.Consumer, slices: Any, wait_ms: int, most: int) -> int:
        if slices and next(failures, None) is not None:
            raise event_log.EventLogUnavailable("the broker went away between two fetches")
        return polled(self, slices, wait_ms, most)

    monkeypatch.setattr(event_log.Consumer, "_poll_once", failing)
    topic.append(lives(0, 50))

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 50)

    assert kept() == (50, 0)


def test_log_that_fails_while_the_database_is_away_is_waited_for(
    topic: KafkaTopic, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: event_log.Consumer) -> None:
        raise event_log.EventLogUnavailable("the broker went away, too")

    monkeypatch.setattr(event_log.Consumer, "keep_alive", failing)
    with Running(topic.name) as consumer:
        topic.append(lives(0, 1))
        consumer.until(lambda: position(topic.name) == 1)
        owner.execute(TERMINATE, [own_backend()])
        topic.append(lives(1, 5))
        consumer.until(lambda: position(topic.name) == 5)

    assert consumer.restarts == 0


def test_commit_whose_answer_was_lost_is_not_stored_again(
    topic: KafkaTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    storing, losses = TransactionConsumer._store_all, iter(range(2))

    def unanswered(self: TransactionConsumer, batch: Batch) -> None:
        storing(self, batch)
        if next(losses, None) is not None:
            raise OperationalError("the connection was lost while committing")

    monkeypatch.setattr(TransactionConsumer, "_store_all", unanswered)
    with Running(topic.name) as consumer:
        topic.append(lives(0, 5))
        consumer.until(lambda: position(topic.name) == 5)
        topic.append(lives(5, 10))
        consumer.until(lambda: position(topic.name) == 10)

    assert (kept(), read(topic.name)) == ((10, 0), 10)


def test_batch_stored_already_is_not_stored_again_when_settling_fails(
    topic: KafkaTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    storing, losses = TransactionConsumer._store_all, iter(range(1))
    reading, begins = event_log.Consumer.read_from, list[Any]()

    def unanswered(self: TransactionConsumer, batch: Batch) -> None:
        storing(self, batch)
        if next(losses, None) is not None:
            raise OperationalError("the connection was lost while committing")

    def failing(self: event_log.Consumer, positions: Any) -> None:
        begins.append(positions)
        if len(begins) == 2:
            raise event_log.EventLogUnavailable("the broker went away just then")
        reading(self, positions)

    monkeypatch.setattr(TransactionConsumer, "_store_all", unanswered)
    monkeypatch.setattr(event_log.Consumer, "read_from", failing)
    topic.append(lives(0, 5))

    with Running(topic.name) as consumer:
        consumer.until(lambda: len(begins) == 3)
        topic.append(lives(5, 9))
        consumer.until(lambda: position(topic.name) == 9)

    assert (kept(), read(topic.name)) == ((9, 0), 9)


def test_redis_away_never_stops_ingestion(
    topic: KafkaTopic, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("redis.retry.sleep")  # nobody may wait for Redis to come back
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    topic.append(lives(0, 300))

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 300)


def test_members_that_come_and_go_lose_and_double_nothing(make_topic: MakeTopic) -> None:
    topic = make_topic(partitions=4)
    with Running(topic.name) as first:
        topic.append(lives(0, 400), partition=None)
        with Running(topic.name) as second:
            second.until(lambda: topic.members() == 2)
            for begin in range(400, 1200, 100):
                topic.append(lives(begin, begin + 100), partition=None)
            first.stop()
            topic.append(lives(1200, 1600), partition=None)
            second.until(lambda: position(topic.name) == 1600)

    assert (kept(), read(topic.name)) == ((1600, 0), 1600)


def test_month_that_retention_took_away_is_made_again(topic: KafkaTopic, owner: psycopg.Connection) -> None:
    old = {"timestamp": "2024-02-29T12:00:00Z"}
    with Running(topic.name) as consumer:
        topic.append([live(0, **old)])
        consumer.until(lambda: position(topic.name) == 1)
        owner.execute("DROP TABLE customers_transaction_202402")
        topic.append([live(1, **old)])
        consumer.until(lambda: position(topic.name) == 2)

    assert kept() == (1, 0)


def test_refused_row_is_not_repeated_in_the_log(topic: KafkaTopic, owner: psycopg.Connection) -> None:
    owner.execute("ALTER TABLE customers_transaction ADD CONSTRAINT no_cafe CHECK (merchant <> 'Blue Café')")
    topic.append([live(0), live(1, merchant="Blue Café", account_id="ACC-77"), live(2)])

    with structlog.testing.capture_logs() as logs, Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 3)

    (refused,) = [entry for entry in logs if "refused" in entry["event"]]
    assert (refused["sqlstate"], "no_cafe" in refused["error"]) == ("23514", True)
    assert not [
        entry for entry in logs if "Café" in str(entry) or "ACC-77" in str(entry) or "exc_info" in entry
    ]
    assert kept() == (2, 1)


def test_new_partitions_are_read_from_their_first_message(make_topic: MakeTopic) -> None:
    topic = make_topic(partitions=3)
    topic.append(lives(0, 2), partition=2)

    with Running(topic.name) as consumer:
        consumer.until(lambda: OffsetLedger.objects.filter(topic=topic.name).count() == 3)
        consumer.until(lambda: position(topic.name) == 2)


def test_a_source_keeps_its_name_on_dead_letters(topic: KafkaTopic) -> None:
    topic.append([b"?"])
    with Running(topic.name, source="cards") as consumer:
        consumer.until(lambda: position(topic.name) == 1)

    assert DeadLetter.objects.get().source == "cards"


def test_lock_that_somebody_keeps_pauses_the_consumer(topic: KafkaTopic, settings: Settings) -> None:
    settings.CONSUMER_LOCK_TIMEOUT_SECONDS = 0.1
    topic.append(lives(0, 10))
    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 10)
        marked = list(DirtyCustomer.objects.values_list("pk", flat=True))

        with uncommitted(lambda: mark_dirty(marked)), structlog.testing.capture_logs() as logs:
            topic.append(lives(10, 20))
            consumer.until(lambda: any("lock timeout" in line.get("error", "") for line in logs))

        consumer.until(lambda: position(topic.name) == 20)
    assert kept() == (20, 0)
