"""Django's cache, which counts attempts to log in: in Redis, or while Redis is away in the process's own memory."""

import time
from typing import Any, ClassVar

import redis
import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

AWAY_SECONDS = 5.0
MOST_ENTRIES = 10_000
log = structlog.get_logger(__name__)


class AttemptsCache(RedisCache):
    """A cache whose absence neither locks everybody out nor lets anybody try without end.

    While Redis does not answer, each process counts by itself. Covers what a rate limit needs: add, get, set, delete.
    """

    # Of the process: Django makes a cache object for each request.
    away_until: ClassVar[float] = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        options = {"OPTIONS": {"MAX_ENTRIES": MOST_ENTRIES}}
        self._own: LocMemCache = LocMemCache("attempts", params | options)

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        """Set a value unless there is one; says whether there was none."""
        return bool(self._wherever("add", key, value, *args, **kwargs))

    def get(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        """The value, or the default."""
        return self._wherever("get", key, *args, **kwargs)

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        """Set a value."""
        self._wherever("set", key, value, *args, **kwargs)

    def delete(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        """Remove a value; says whether there was one."""
        return bool(self._wherever("delete", key, *args, **kwargs))

    def _wherever(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= AttemptsCache.away_until:
            try:
                return getattr(super(), operation)(*args, **kwargs)
            except redis.RedisError as error:
                log.warning("attempts to log in are counted by this process alone", error=str(error))
                # One person's login asks a dozen times.
                AttemptsCache.away_until = time.monotonic() + AWAY_SECONDS
        return getattr(self._own, operation)(*args, **kwargs)
