import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis
from allauth.mfa.models import Authenticator
from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django.fixtures import Settings

from customers import roles
from interventions.console import consumers
from interventions.tests import staff
from interventions.tests.sockets import Socket
from risk import hints

pytestmark = [pytest.mark.django_db, pytest.mark.redis]
Scenario = Callable[[Socket], Awaitable[None]]
SOON = 20


@pytest.fixture(autouse=True)
def _fast_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "HEARTBEAT_SECONDS", 0.1)


@pytest.fixture(autouse=True)
def _one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels closes connections as Django does between requests: here it would be the test's own."""
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)


def browser(user: User | None, **options: str) -> Socket:
    client = Client()
    if user:
        client.force_login(user)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return Socket("/ws/queue/", cookies=cookies, **options)


def run(user: User | None, scenario: Scenario, **options: str) -> None:
    async def connected() -> None:
        socket = browser_socket
        try:
            await scenario(socket)
        finally:
            await socket.disconnect()
            await get_channel_layer().flush()

    browser_socket = browser(user, **options)
    async_to_sync(connected)()


def publish(*groups: str) -> None:
    hints.make_publisher().publish(groups)


async def heard_until(socket: Socket, wanted: dict[str, Any]) -> dict[str, Any]:
    """The first message that has these fields; fails when none comes soon."""
    async with asyncio.timeout(SOON):
        while True:
            message: dict[str, Any] = await socket.hear()
            if wanted.items() <= message.items():
                return message


@pytest.mark.parametrize("is_known", [True, False])
def test_who_may_see_nobody_is_refused(is_known: bool) -> None:
    async def scenario(socket: Socket) -> None:
        assert await socket.connect() == consumers.NOT_ALLOWED

    run(staff.user("nobody") if is_known else None, scenario)


def test_who_still_has_to_add_a_second_factor_hears_nothing(settings: Settings) -> None:
    settings.SECOND_FACTOR_ROLES = [roles.SUPERVISORS]

    async def scenario(socket: Socket) -> None:
        assert await socket.connect() == consumers.NOT_ALLOWED

    run(staff.supervisor(), scenario)


def test_factor_that_was_added_lets_in_and_its_removal_ends_the_connection(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SECOND_FACTOR_ROLES = [roles.SUPERVISORS]
    monkeypatch.setattr(consumers, "HEARTBEATS_PER_CHECK", 1)
    supervisor = staff.supervisor()
    factor = Authenticator.objects.create(user=supervisor, type=Authenticator.Type.TOTP, data={})

    async def scenario(socket: Socket) -> None:
        assert await socket.connect() is None
        await heard_until(socket, {"live": True})
        await factor.adelete()
        while (message := await socket.receive())["type"] != "websocket.close":
            pass
        assert message["code"] == consumers.NOT_ALLOWED

    run(supervisor, scenario)


def test_other_origins_are_refused() -> None:
    async def scenario(socket: Socket) -> None:
        assert await socket.connect() is not None

    run(staff.supervisor(), scenario, origin="http://evil.example")


def test_supervisor_hears_of_every_customer() -> None:
    async def scenario(socket: Socket) -> None:
        await socket.connect()
        first = await heard_until(socket, {"live": True})
        await sync_to_async(publish)(hints.EVERYBODY)
        message = await heard_until(socket, {"sequence": first["sequence"] + 1})
        assert message["epoch"]

    run(staff.supervisor(), scenario)


def test_manager_hears_of_own_customers_only() -> None:
    manager = staff.manager()

    async def scenario(socket: Socket) -> None:
        await socket.connect()
        await heard_until(socket, {"live": True, "sequence": 0})
        await sync_to_async(publish)(hints.EVERYBODY, hints.group_of_manager(manager.pk + 1))
        await asyncio.sleep(0.3)
        await sync_to_async(publish)(hints.group_of_manager(manager.pk))
        sequences = [(await socket.hear())["sequence"]]
        while sequences[-1] != 1:
            sequences.append((await socket.hear())["sequence"])
        assert set(sequences) <= {0, 1}

    run(manager, scenario)


def test_heartbeat_tells_of_hints_that_were_lost() -> None:
    async def scenario(socket: Socket) -> None:
        await socket.connect()
        await heard_until(socket, {"live": True, "sequence": 0})
        with redis.Redis.from_url(settings.REDIS_URL) as server:
            server.set(hints.sequence_key(hints.EVERYBODY), 812)
        await heard_until(socket, {"sequence": 812})

    run(staff.supervisor(), scenario)


def test_burst_is_told_at_most_twice_a_second_and_its_last_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "HEARTBEAT_SECONDS", 60.0)

    async def scenario(socket: Socket) -> None:
        await socket.connect()
        await heard_until(socket, {"live": True})
        layer, started = get_channel_layer(), time.monotonic()
        told: list[int] = []
        with redis.Redis.from_url(settings.REDIS_URL) as server:
            for number in range(1, 21):
                server.set(hints.sequence_key(hints.EVERYBODY), number)
                await layer.group_send(
                    hints.EVERYBODY, {"type": "risk.hint", "epoch": "e", "sequence": number}
                )
                await asyncio.sleep(0.05)
        while not told or told[-1] != 20:
            told.append((await socket.hear())["sequence"])
        assert len(told) <= 2 * (time.monotonic() - started) + 1

    run(staff.supervisor(), scenario)


@pytest.mark.parametrize("loss", ["logout", "role", "account"])
def test_connection_ends_when_its_right_does(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "HEARTBEATS_PER_CHECK", 1)
    user = staff.supervisor()

    def lose() -> None:
        if loss == "logout":
            Session.objects.all().delete()
        elif loss == "role":
            user.groups.clear()
        else:
            User.objects.filter(pk=user.pk).update(is_active=False)

    async def scenario(socket: Socket) -> None:
        await socket.connect()
        await heard_until(socket, {"live": True})
        await sync_to_async(lose)()
        async with asyncio.timeout(SOON):
            while (output := await socket.receive())["type"] != "websocket.close":
                pass
        assert output["code"] == consumers.NOT_ALLOWED

    run(user, scenario)


def test_supervisor_who_is_also_a_manager_hears_everything() -> None:
    user = staff.supervisor()
    user.groups.add(Group.objects.get(name=roles.RELATIONSHIP_MANAGERS))

    async def scenario(socket: Socket) -> None:
        await socket.connect()
        await heard_until(socket, {"sequence": 0})
        await sync_to_async(publish)(hints.EVERYBODY)
        await heard_until(socket, {"sequence": 1})

    run(user, scenario)


def test_silent_redis_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(socket: Socket) -> None:
        await socket.connect()
        await heard_until(socket, {"live": True})

        async def no_answer(*_: object) -> None:
            raise redis.ConnectionError("gone")

        monkeypatch.setattr("redis.asyncio.Redis.mget", no_answer)
        message = await heard_until(socket, {"live": False})
        assert message["reason"] == "Redis does not answer"
        monkeypatch.undo()
        monkeypatch.setattr(consumers, "HEARTBEAT_SECONDS", 0.1)
        await heard_until(socket, {"live": True})

    run(staff.supervisor(), scenario)


def test_browsers_words_are_ignored() -> None:
    async def scenario(socket: Socket) -> None:
        await socket.connect()
        await socket.say(text="{not json")
        await socket.say(bytes=b"\x00")
        await heard_until(socket, {"live": True})

    run(staff.supervisor(), scenario)
