"""A look at both Redis servers: whether they answer, and how many tasks wait for a worker."""

from dataclasses import dataclass
from functools import lru_cache

import redis
from django.conf import settings

TIMEOUT_SECONDS = 0.5
# The lists in which Celery's messages wait, one for each step of priority.
# Source: kombu.transport.redis, `Channel.sep` and `PRIORITY_STEPS`.
TASK_LISTS = ("celery", *(f"celery\x06\x16{step}" for step in (3, 6, 9)))


@dataclass(frozen=True)
class RedisLook:
    """What was seen.

    Args:
        waiting: Tasks that no worker has taken yet; None where the broker does not answer.
        cache_answers: Whether the profiles' server answers.
    """

    waiting: int | None
    cache_answers: bool


def look() -> RedisLook:
    """Look now; one round trip to each server."""
    return RedisLook(waiting=_waiting(), cache_answers=_answers(settings.CACHE_URL))


def _waiting() -> int | None:
    pipeline = _client(settings.REDIS_URL).pipeline(transaction=False)
    for name in TASK_LISTS:
        pipeline.llen(name)
    try:
        lengths: list[int] = pipeline.execute()
    except redis.RedisError:
        return None
    return sum(lengths)


def _answers(url: str) -> bool:
    try:
        return bool(_client(url).ping())
    except redis.RedisError:
        return False


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS)
