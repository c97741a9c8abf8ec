"""What the status page is told about the event log is what is there."""

import datetime as dt
import gc
import logging
import threading
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


@pytest.fixture
def nobody_there(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """No broker at the configured address.

    The library leaves a refused connection's socket unclosed; its log messages would keep it beyond the test.
    """
    caplog.set_level(logging.CRITICAL, logger="kafka")
    monkeypatch.setattr(event_log, "LOOK_TIMEOUT_MS", 200)
    settings.KAFKA_BOOTSTRAP_SERVERS = ["127.0.0.1:1"]
    yield
    gc.collect()


UNCLOSED = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


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


def test_a_lag_that_stands_still_keeps_the_moment_at_which_positions_moved_last(topic: KafkaTopic) -> None:
    topic.append(lives(0, 5))
    first = probed().detail["moved_at"]

    assert probed().detail["moved_at"] == first
    consume(topic, 5)
    assert probed().detail["moved_at"] > first


def test_nothing_waiting_is_no_standstill(topic: KafkaTopic) -> None:
    topic.append(lives(0, 5))
    consume(topic, 5)

    assert probed().detail["moved_at"] < probed().detail["moved_at"]


def test_running_consumer_is_seen(topic: KafkaTopic) -> None:
    began_at = timezone.now()
    topic.append(lives(0, 1))
    consume(topic, 1)

    found = SystemProbe.objects.get(name=SystemProbe.CONSUMERS)

    assert len(found.detail["seen"]) == 1
    assert found.probed_at >= began_at


def test_halt_is_not_ok(topic: KafkaTopic) -> None:
    Halt.objects.create(topic=topic.name, partition=0, cause="invalid_run", message="m", position=0)

    probe = probed()

    assert not probe.is_ok
    assert probe.detail["halted"] == [f"{topic.name}[0]"]


@UNCLOSED
def test_log_out_of_reach_is_not_ok_and_keeps_what_was_known(
    topic: KafkaTopic, request: pytest.FixtureRequest
) -> None:
    topic.append(lives(0, 2))
    before = probed()
    tasks._disconnect()
    request.getfixturevalue("nobody_there")

    probe = probed()

    assert (probe.is_ok, probe.detail["lag"]) == (False, before.detail["lag"])
    assert "127.0.0.1:1" in probe.detail["error"]


def test_look_after_a_failed_one_has_no_rate(topic: KafkaTopic) -> None:
    SystemProbe.objects.create(
        name=SystemProbe.EVENT_LOG, is_ok=False, detail={"messages": 10, "error": "away"}
    )

    probe = probed()

    assert (probe.is_ok, probe.detail["per_second"], "error" in probe.detail) == (True, None, False)


@UNCLOSED
@pytest.mark.usefixtures("nobody_there")
def test_failed_probes_leave_no_threads_behind() -> None:
    before = threading.active_count()

    for _ in range(3):
        assert not probed().is_ok

    assert threading.active_count() == before


def test_missing_topic_is_not_ok(settings: Settings) -> None:
    settings.KAFKA_TOPIC = "never-made"

    probe = probed()

    assert not probe.is_ok
    assert "never-made" in probe.detail["error"]
