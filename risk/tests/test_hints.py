"""Hints: numbered, at most two a second, the last one never lost, in the form that Channels reads."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import structlog
from channels.layers import get_channel_layer
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, User

from customers import roles
from embedded.processes import wait_until
from risk import hints, tasks
from risk.hints import EVERYBODY, SHORTEST_GAP_SECONDS, Publisher, group_of_manager, make_publisher

PATIENCE_SECONDS = 10.0


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        yield client


def heard(groups: list[str], publish: Any, *, hints_expected: int) -> list[tuple[float, dict[str, Any]]]:
    """What a browser's consumer receives through the Channels layer, and when."""

    async def listen() -> list[tuple[float, dict[str, Any]]]:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        for group in groups:
            await layer.group_add(group, channel)
        await asyncio.to_thread(publish)
        received = []
        for _ in range(hints_expected):
            message = await asyncio.wait_for(layer.receive(channel), PATIENCE_SECONDS)
            received.append((time.monotonic(), message))
        await layer.flush()
        return received

    return asyncio.run(listen())


@pytest.mark.redis
def test_hint_arrives_through_the_channels_layer() -> None:
    ((_, message),) = heard([EVERYBODY], lambda: make_publisher().publish([EVERYBODY]), hints_expected=1)

    assert message.keys() == {"type", "epoch", "sequence"}
    assert message["type"] == "risk.hint"
    assert (len(message["epoch"]), message["sequence"]) == (32, 1)


@pytest.mark.redis
def test_hint_reaches_its_group_only(broker: redis.Redis) -> None:
    mine, other = group_of_manager(1), group_of_manager(2)

    ((_, message),) = heard([mine], lambda: make_publisher().publish([other, mine]), hints_expected=1)

    assert message["sequence"] == 1
    assert [broker.get(hints.sequence_key(group)) for group in (mine, other)] == [b"1", b"1"]


@pytest.mark.redis
def test_sequence_grows_across_processes_within_one_epoch() -> None:
    def publish() -> None:
        for _ in range(3):
            make_publisher().publish([EVERYBODY])

    received = [message for _, message in heard([EVERYBODY], publish, hints_expected=3)]

    assert [message["sequence"] for message in received] == [1, 2, 3]
    assert len({message["epoch"] for message in received}) == 1


@pytest.mark.redis
def test_lost_broker_begins_a_new_epoch(broker: redis.Redis) -> None:
    def publish() -> None:
        make_publisher().publish([EVERYBODY])
        broker.flushall()
        make_publisher().publish([EVERYBODY])

    (_, first), (_, second) = heard([EVERYBODY], publish, hints_expected=2)

    assert (first["sequence"], second["sequence"]) == (1, 1)
    assert first["epoch"] != second["epoch"]


@pytest.mark.redis
def test_burst_becomes_two_hints_half_a_second_apart(broker: redis.Redis) -> None:
    publisher = make_publisher()
    sent_at: list[float] = []

    def publish() -> None:
        for _ in range(50):
            publisher.publish([EVERYBODY])
            sent_at.append(publisher.sent_at[EVERYBODY])

    _, (_, last) = heard([EVERYBODY], publish, hints_expected=2)

    # By the publisher's own clock: when they are heard depends on the machine.
    assert publisher.sent_at[EVERYBODY] - sent_at[0] >= SHORTEST_GAP_SECONDS
    assert last["sequence"] == 2
    assert broker.get(hints.sequence_key(EVERYBODY)) == b"2"
    assert publisher.waiting == set()


def test_broker_being_down_is_logged_and_not_raised(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    publisher: Publisher = make_publisher()

    with structlog.testing.capture_logs() as logs:
        publisher.publish([EVERYBODY])

    assert [(line["event"], line["group"]) for line in logs] == [("hint delayed", EVERYBODY)]


def test_hint_that_redis_did_not_take_is_sent_when_it_answers_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "RETRY_SECONDS", 0.01)
    taken: list[str] = []
    failures = iter(range(3))

    def announce(group: str) -> None:
        if next(failures, None) is not None:
            raise redis.ConnectionError
        taken.append(group)

    publisher = make_publisher()
    monkeypatch.setattr(publisher, "_announce", announce)

    publisher.publish([EVERYBODY, group_of_manager(1)])

    assert wait_until(lambda: not publisher.is_retrying, PATIENCE_SECONDS)
    assert sorted(taken) == [EVERYBODY, group_of_manager(1)]
    publisher.publish([group_of_manager(2)])
    assert taken[-1] == group_of_manager(2)


def test_refresh_does_not_wait_again_for_redis_that_is_down(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    publisher = make_publisher()

    with structlog.testing.capture_logs() as logs:
        publisher.publish([EVERYBODY, *map(group_of_manager, range(100))])

    assert len(logs) == 1
    assert len(publisher.untaken) == 101


@pytest.mark.django_db
def test_groups_are_everybodys_and_each_managers() -> None:
    managers, other = [User.objects.create(username=name) for name in ("rm1", "rm2")], User.objects.create()
    Group.objects.get(name=roles.RELATIONSHIP_MANAGERS).user_set.set(managers)
    Group.objects.get(name=roles.SUPERVISORS).user_set.add(other)

    assert hints.every_group()[0] == EVERYBODY
    assert set(hints.every_group()[1:]) == {group_of_manager(manager.pk) for manager in managers}


@pytest.mark.redis
@pytest.mark.django_db
def test_new_worker_process_announces_to_everybody(broker: redis.Redis) -> None:
    tasks._refresher.cache_clear()

    tasks.cycle()
    tasks.cycle()

    assert broker.get(hints.sequence_key(EVERYBODY)) == b"1"
    tasks._refresher.cache_clear()
