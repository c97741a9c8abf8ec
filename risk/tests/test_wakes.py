"""Waking the refresh: one message at a time, never in the way; what the tasks do with it."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
import structlog
from celery import current_app
from django.conf import settings as django_settings

from customers.tests.factories import CustomerFactory
from risk import tasks, wakes
from risk.models import CurrentRisk, DayEvaluation
from risk.services import mark_dirty
from risk.wakes import KEY, Waker

# Where kombu keeps messages that come after the others.
QUEUE = "celery\x06\x169"


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        yield client


@pytest.fixture
def fresh_tasks() -> Iterator[None]:
    """A worker process that has just started."""
    tasks._refresher.cache_clear()
    tasks._waker.cache_clear()
    yield
    tasks._refresher.cache_clear()
    tasks._waker.cache_clear()


@pytest.mark.redis
def test_wakes_are_one_message_until_the_refresh_has_begun(broker: redis.Redis) -> None:
    consumer, worker = Waker(), Waker()

    for _ in range(5):
        consumer.wake()
    assert broker.llen(QUEUE) == 1

    worker.begun()
    consumer.wake()
    assert broker.llen(QUEUE) == 2


@pytest.mark.redis
def test_wake_flag_gives_way_when_its_message_is_lost(broker: redis.Redis) -> None:
    Waker().wake()

    remaining: Any = broker.pttl(KEY)
    assert 0 < remaining <= wakes.FLAG_MILLISECONDS


def test_broker_being_down_is_logged_and_not_raised(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    waker = Waker()

    with structlog.testing.capture_logs() as logs:
        waker.wake()
        waker.begun()

    assert [line["event"] for line in logs] == ["refresh not woken", "wake flag not cleared"]


@pytest.mark.redis
@pytest.mark.django_db
@pytest.mark.usefixtures("fresh_tasks")
def test_cycle_refreshes_everybody_and_lets_the_next_wake_through(broker: redis.Redis) -> None:
    Waker().wake()
    mark_dirty([CustomerFactory.create().pk])

    tasks.cycle()

    assert CurrentRisk.objects.count() == 1
    assert not broker.exists(KEY)


@pytest.mark.redis
@pytest.mark.django_db
@pytest.mark.usefixtures("fresh_tasks")
def test_cycle_that_runs_out_of_time_wakes_the_next(
    broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks._refresher(), "run", lambda *, until: True)

    tasks.cycle()

    assert broker.llen(QUEUE) == 1


@pytest.mark.redis
@pytest.mark.django_db
@pytest.mark.usefixtures("fresh_tasks")
def test_day_tick_opens_the_day_and_wakes_the_refresh(broker: redis.Redis) -> None:
    CustomerFactory.create()

    tasks.day_tick()

    assert DayEvaluation.objects.get().state == DayEvaluation.State.RUNNING
    assert broker.llen(QUEUE) == 1


@pytest.mark.redis
def test_worker_takes_a_tick_before_the_cycles_that_wait() -> None:
    for _ in range(3):
        tasks.cycle.apply_async()
    tasks.day_tick.apply_async()

    with current_app.connection_for_read() as connected, connected.SimpleQueue("celery") as queue:
        taken = [queue.get(timeout=30).headers["task"] for _ in range(2)]

    assert taken == ["risk.tasks.day_tick", "risk.tasks.cycle"]


def test_cycle_ends_before_a_tick_that_waits_for_it_expires() -> None:
    schedule = django_settings.CELERY_BEAT_SCHEDULE.values()

    assert min(entry["options"]["expires"] for entry in schedule) > tasks.LONGEST_CYCLE_SECONDS
