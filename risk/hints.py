"""Hints to browsers: "what you look at changed", with a number, never a fact.

A hint may be lost. The browser notices a gap in the numbers, a new epoch, or the number in the next heartbeat, and
fetches again. At most two hints a second go to each group; the last change of a burst is always announced.
"""

import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgpack
import redis
import structlog
from django.conf import settings

EVERYBODY = "risk.all"
EPOCH_KEY = "hints:epoch"
SHORTEST_GAP_SECONDS = 0.5
TIMEOUT_SECONDS = 0.5
log = structlog.get_logger(__name__)


def group_of_manager(user_id: int) -> str:
    """The Channels group of one relationship manager's customers."""
    return f"risk.rm.{user_id}"


def sequence_key(group: str) -> str:
    """The Redis key that holds a group's latest sequence number."""
    return f"hints:{group}"


@dataclass
class Publisher:
    """Publishes to the Channels layer with plain Redis, since an event loop per call would cost more than the hint.

    One per process. A burst's last hint is sent by a timer thread once the gap has passed.
    """

    prefix: str
    client: redis.Redis
    lock: threading.Lock = field(default_factory=threading.Lock)
    sent_at: dict[str, float] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)

    def publish(self, groups: Iterable[str]) -> None:
        """Announce a change to groups. Redis being down is logged and changes nothing: hints may be dropped."""
        for group in groups:
            with self.lock:
                wait_seconds = self.sent_at.get(group, 0.0) + SHORTEST_GAP_SECONDS - time.monotonic()
                if wait_seconds <= 0:
                    self.sent_at[group] = time.monotonic()
                elif group in self.waiting:
                    continue
                else:
                    self.waiting.add(group)
            if wait_seconds <= 0:
                self._send(group)
            else:
                timer = threading.Timer(wait_seconds, self._send_late, [group])
                timer.daemon = True
                timer.start()

    def _send_late(self, group: str) -> None:
        with self.lock:
            self.waiting.discard(group)
            self.sent_at[group] = time.monotonic()
        self._send(group)

    def _send(self, group: str) -> None:
        try:
            pipe = self.client.pipeline(transaction=False)
            pipe.set(EPOCH_KEY, uuid.uuid4().hex, nx=True)
            pipe.get(EPOCH_KEY)
            pipe.incr(sequence_key(group))
            _, epoch, sequence = pipe.execute()
            message = {"type": "risk.hint", "epoch": epoch.decode(), "sequence": sequence}
            self.client.publish(f"{self.prefix}__group__{group}", msgpack.packb(message))
        except redis.RedisError as error:
            log.warning("hint dropped", group=group, error=str(error))


def make_publisher() -> Publisher:
    """A publisher for the configured channel layer."""
    return Publisher(
        prefix=settings.CHANNEL_LAYER_PREFIX,
        client=redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        ),
    )
