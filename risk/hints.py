"""Hints to browsers: "what you look at changed", with a number, never a fact.

The browser notices a gap in the numbers, a new epoch, or the number in the next heartbeat, and fetches again. At most
two hints a second go to each group; the last change of a burst is always announced. What Redis did not take is
announced when it answers again; what a process could not announce any more, its successor does when it starts.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgpack
import redis
import structlog
from django.conf import settings
from django.contrib.auth.models import Group

from customers import roles

EVERYBODY = "risk.all"
EPOCH_KEY = "hints:epoch"
SHORTEST_GAP_SECONDS = 0.5
RETRY_SECONDS = 2.0
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

    One per process. A burst's last hint is sent by a timer thread once the gap has passed, and so are all that Redis
    did not take.
    """

    prefix: str
    client: redis.Redis
    lock: threading.Lock = field(default_factory=threading.Lock)
    sent_at: dict[str, float] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    untaken: set[str] = field(default_factory=set)
    is_retrying: bool = False

    def publish(self, groups: Iterable[str]) -> None:
        """Announce a change to groups. Redis being down is logged, and the groups are told when it is back."""
        for group in groups:
            with self.lock:
                if self.is_retrying:
                    # Redis is down: do not have the refresh wait for it once more.
                    self.untaken.add(group)
                    continue
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
                _later(wait_seconds, self._send_late, group)

    def _send_late(self, group: str) -> None:
        with self.lock:
            self.waiting.discard(group)
            self.sent_at[group] = time.monotonic()
        self._send(group)

    def _send(self, group: str) -> None:
        try:
            self._announce(group)
        except redis.RedisError as error:
            log.warning("hint delayed", group=group, error=str(error))
            with self.lock:
                self.untaken.add(group)
                is_first, self.is_retrying = not self.is_retrying, True
            if is_first:
                _later(RETRY_SECONDS, self._send_untaken)

    def _send_untaken(self) -> None:
        """Tell the groups that wait, until there are none or Redis fails again."""
        while True:
            with self.lock:
                if not self.untaken:
                    self.is_retrying = False
                    return
                group = self.untaken.pop()
            try:
                self._announce(group)
            except redis.RedisError:
                with self.lock:
                    self.untaken.add(group)
                _later(RETRY_SECONDS, self._send_untaken)
                return

    def _announce(self, group: str) -> None:
        pipe = self.client.pipeline(transaction=False)
        pipe.set(EPOCH_KEY, uuid.uuid4().hex, nx=True)
        pipe.get(EPOCH_KEY)
        pipe.incr(sequence_key(group))
        _, epoch, sequence = pipe.execute()
        message = {"type": "risk.hint", "epoch": epoch.decode(), "sequence": sequence}
        self.client.publish(f"{self.prefix}__group__{group}", msgpack.packb(message))


def every_group() -> list[str]:
    """Every group there is: a new process announces to all, for what the one before may not have announced."""
    managers = Group.objects.filter(name=roles.RELATIONSHIP_MANAGERS, user__isnull=False)
    return [EVERYBODY, *map(group_of_manager, managers.values_list("user", flat=True))]


def _later(seconds: float, work: Callable[..., None], *arguments: str) -> None:
    timer = threading.Timer(seconds, work, arguments)
    timer.daemon = True
    timer.start()


def make_publisher() -> Publisher:
    """A publisher for the configured channel layer."""
    return Publisher(
        prefix=settings.CHANNEL_LAYER_PREFIX,
        client=redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        ),
    )
