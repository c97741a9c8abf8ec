"""What the status page is told about the event log is what is there."""

import datetime as dt
import gc
from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django import Settings

from ingest import event_log, tasks
from ingest.models import Halt
from ingest.tests.consuming import Running, position
from ingest.tests.events import live, lives
from risk.models import SystemProbe
from tests.kafka_topic import KafkaTopic

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def fresh_connection() -> Iterator[None]:
    """The worker process keeps its connection between probes; each test has its own."""
    tasks._disconnect()
    yield
    tasks._disconnect()


def probed() -> SystemProbe:
    tasks.probe_lag()
    return SystemProbe.objects.get(name=SystemProbe.EVENT_LOG)


def consume(topic: KafkaTopic, through: int) -> None:
    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == through)


def test_lag_is_what_is_in_the_log_and_not_stored(topic: KafkaTopic) -> None:
    topic.append(lives(0, 5))
    consume(topic, 5)
    topic.append(lives(5, 8))

    probe = probed()

    assert probe.is_ok
    assert (probe.detail["lag"], probe.detail["messages"], probe.detail["partitions"]) == (3, 5, 1)
    assert probe.detail["last_event_at"] is not None


def test_nothing_left_is_no_lag_after_transactions_of_producers_too(topic: KafkaTopic) -> None:
    topic.append_in_transaction([live(0)], commit=True)
    consume(topic, 2)

    assert probed().detail["lag"] == 0


def test_rate_is_messages_per_second_since_the_last_look(topic: KafkaTopic) -> None:
    assert probed().detail["per_second"] is None
    SystemProbe.objects.update(probed_at=timezone.now() - dt.timedelta(seconds=10))
    topic.append(lives(0, 50))
    consume(topic, 50)

    assert 2 < probed().detail["per_second"] <= 5


def test_halt_is_not_ok(topic: KafkaTopic) -> None:
    Halt.objects.create(topic=topic.name, partition=0, cause="invalid_run", message="m", position=0)

    probe = probed()

    assert not probe.is_ok
    assert probe.detail["halted"] == [f"{topic.name}[0]"]


# The library leaves the sockets of a connection that it could not make to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_log_out_of_reach_is_not_ok_and_keeps_what_was_known(
    topic: KafkaTopic, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic.append(lives(0, 2))
    reachable, before = settings.KAFKA_BOOTSTRAP_SERVERS, probed()
    tasks._disconnect()
    monkeypatch.setattr(event_log, "LOOK_TIMEOUT_MS", 300)
    settings.KAFKA_BOOTSTRAP_SERVERS = ["127.0.0.1:1"]

    probe = probed()

    assert (probe.is_ok, probe.detail["lag"]) == (False, before.detail["lag"])
    assert "127.0.0.1:1" in probe.detail["error"]
    settings.KAFKA_BOOTSTRAP_SERVERS = reachable
    again = probed()
    assert (again.is_ok, again.detail["per_second"], "error" in again.detail) == (True, None, False)
    gc.collect()


def test_missing_topic_is_not_ok(settings: Settings) -> None:
    settings.KAFKA_TOPIC = "never-made"

    probe = probed()

    assert not probe.is_ok
    assert "never-made" in probe.detail["error"]
