"""Waking the refresh: a message without content, one at a time, never in the way of ingestion."""

import redis
import structlog
from django.conf import settings
from kombu.exceptions import OperationalError

KEY = "risk:woken"
# The flag outlives a lost message by this much; the next wake, or beat, then gets through.
FLAG_MILLISECONDS = 5_000
TIMEOUT_SECONDS = 0.25
log = structlog.get_logger(__name__)


class Waker:
    """Wakes the refresh unless it has been woken already and not begun. One per process."""

    def __init__(self) -> None:
        self._redis = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        )

    def wake(self) -> None:
        """Send the message. Redis being down is logged: beat wakes the refresh every few seconds anyway."""
        from risk.tasks import cycle

        try:
            if self._redis.set(KEY, 1, nx=True, px=FLAG_MILLISECONDS):
                cycle.apply_async(retry=False, expires=30)
        except (redis.RedisError, OperationalError) as error:
            log.warning("refresh not woken", error=str(error))

    def begun(self) -> None:
        """The refresh has begun: what comes from now on needs a new wake."""
        try:
            self._redis.delete(KEY)
        except redis.RedisError as error:
            log.warning("wake flag not cleared", error=str(error))
