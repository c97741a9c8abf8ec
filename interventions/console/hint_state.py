"""How far the hints have come for one reader; beside that of a page it tells whether the page is stale.

Reading it is also the look at Redis that the status strip reports.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import redis
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from customers import roles
from risk import hints

TIMEOUT_SECONDS = 0.5


@dataclass(frozen=True)
class HintState:
    """The epoch of the numbers ("" before the first hint) and the latest number of one group."""

    epoch: str
    sequence: int


def group_of(user: AbstractBaseUser | AnonymousUser) -> str | None:
    """The hint group a user may join; None for those who may see nobody."""
    if roles.sees_everybody(user):
        return hints.EVERYBODY
    if user.pk is not None and roles.is_relationship_manager(user):
        return hints.group_of_manager(user.pk)
    return None


def keys(group: str) -> list[str]:
    """The Redis keys that `parse` wants the values of."""
    return [hints.EPOCH_KEY, hints.sequence_key(group)]


def parse(values: Sequence[bytes | str | None]) -> HintState:
    """The state in the values of `keys()`."""
    epoch, sequence = values
    return HintState(
        epoch=epoch.decode() if isinstance(epoch, bytes) else epoch or "", sequence=int(sequence or 0)
    )


def latest(group: str) -> HintState | None:
    """The state now; None while Redis does not answer."""
    try:
        return parse(_client().mget(keys(group)))
    except redis.RedisError:
        return None


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )
