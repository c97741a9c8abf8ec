"""The queue's WebSocket: tells a browser that what it shows has changed, never what changed.

A browser compares the epoch and number in each message with those its page was made from and fetches the page
again when they differ. So a lost hint, a restarted Redis and a slept laptop all heal with the next heartbeat.
"""

import asyncio
import time
from typing import Any

import redis
import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _
from redis import asyncio as async_redis

from interventions.console import hint_state
from interventions.console.hint_state import HintState

HEARTBEAT_SECONDS = 5.0
# While Redis is away: its return is on every screen within a second or two.
RETRY_SECONDS = 1.0
SHORTEST_GAP_SECONDS = 0.5
# A role that was taken away, a closed account or a logout ends the connection within this many heartbeats.
HEARTBEATS_PER_CHECK = 6
NOT_ALLOWED = 4403
TRY_AGAIN_LATER = 1013
log = structlog.get_logger(__name__)


class QueueConsumer(AsyncJsonWebsocketConsumer):
    """One browser that shows the queue."""

    group: str | None = None
    is_joined = False
    sent_at = 0.0
    trailing: asyncio.Task[None] | None = None
    heart: asyncio.Task[None] | None = None
    client: async_redis.Redis | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the connection; without Redis there is none, which the browser shows and retries."""
        try:
            await super().__call__(scope, receive, send)
        except (redis.RedisError, OSError) as error:
            log.warning("queue connection refused", error=str(error))
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})

    async def connect(self) -> None:
        self.group = await _group_of(self.scope)
        if self.group is None:
            await self.close(code=NOT_ALLOWED)
            return
        self.client = async_redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=hint_state.TIMEOUT_SECONDS,
            socket_connect_timeout=hint_state.TIMEOUT_SECONDS,
        )
        await self.accept()
        self.heart = asyncio.create_task(self._beat())

    async def disconnect(self, code: int) -> None:
        await _end([task for task in (self.heart, self.trailing) if task is not None])
        if self.group is not None and self.is_joined:
            try:
                await self.channel_layer.group_discard(self.group, self.channel_name)
            except (redis.RedisError, OSError):
                self.is_joined = False
        if self.client is not None:
            await self.client.aclose()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        """Browsers have nothing to say; what they send is not even read."""

    async def risk_hint(self, message: dict[str, Any]) -> None:
        """Pass a hint on: at most two a second, and the last one of a burst always."""
        wait_seconds = self.sent_at + SHORTEST_GAP_SECONDS - time.monotonic()
        if wait_seconds <= 0:
            await self._tell(HintState(epoch=message["epoch"], sequence=message["sequence"]))
        elif self.trailing is None or self.trailing.done():
            self.trailing = asyncio.create_task(self._tell_late(wait_seconds))

    async def _tell_late(self, wait_seconds: float) -> None:
        # Read then rather than kept now: whatever comes meanwhile is included.
        await asyncio.sleep(wait_seconds)
        await self._tell_latest()

    async def _beat(self) -> None:
        beats = 0
        while True:
            await self._join()
            is_answered = await self._tell_latest()
            await asyncio.sleep(HEARTBEAT_SECONDS if is_answered else min(HEARTBEAT_SECONDS, RETRY_SECONDS))
            beats += 1
            if beats % HEARTBEATS_PER_CHECK == 0 and await _group_now(self.scope) != self.group:
                await self.close(code=NOT_ALLOWED)
                return

    async def _join(self) -> None:
        if self.is_joined or self.group is None:
            return
        try:
            async with asyncio.timeout(2 * hint_state.TIMEOUT_SECONDS):
                await self.channel_layer.group_add(self.group, self.channel_name)
        except (redis.RedisError, OSError):
            return  # the heartbeat says so, and the next one tries again
        self.is_joined = True

    async def _tell_latest(self) -> bool:
        """Say how far the hints have come, or that nobody knows; returns whether Redis answered."""
        if self.client is None or self.group is None:
            return False
        try:
            values = await self.client.mget(hint_state.keys(self.group))
        except (redis.RedisError, OSError):
            # It may come back without knowing who was in the group.
            self.is_joined = False
            await self.send_json({"live": False, "reason": _("Redis does not answer")})
            return False
        await self._tell(hint_state.parse(values))
        return True

    async def _tell(self, state: HintState) -> None:
        self.sent_at = time.monotonic()
        await self.send_json({"live": self.is_joined, "epoch": state.epoch, "sequence": state.sequence})


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Stop these tasks, and wait until they have: the connection that they may be writing to is closed next."""
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            log.error("a queue connection's task failed", exc_info=ended)


@database_sync_to_async  # type: ignore[untyped-decorator]  # channels ships no types
def _group_of(scope: dict[str, Any]) -> str | None:
    return _let_in(scope, scope["user"])


@database_sync_to_async  # type: ignore[untyped-decorator]  # channels ships no types
def _group_now(scope: dict[str, Any]) -> str | None:
    """The group as the database has it now: None once the session is over or the account closed."""
    if not scope["session"].exists(scope["session"].session_key):
        return None
    user = User.objects.filter(pk=scope["user"].pk, is_active=True).first()
    return _let_in(scope, user) if user else None


def _let_in(scope: dict[str, Any], user: User | AnonymousUser) -> str | None:
    """The user's group; None as well for whoever still has to add a second factor (the site says who that is)."""
    group = hint_state.group_of(user)
    return None if group is None or scope["lacks_factor"](user) else group
