"""Who else has a case open now, and whether they write: in Redis, for as long as their page asks for news.

It is a courtesy, no lock: two people who write at once are told apart by the case's version. Redis away: nothing is
shown, and nothing fails.
"""

import time
from dataclasses import dataclass
from functools import lru_cache

import redis
from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

TIMEOUT_SECONDS = 0.2
# Two polls of a resting page and some; a page that was closed is forgotten after it.
LASTS_SECONDS = 25
LOOKING, WRITING = "looking", "writing"
KEY = "equilibrate:case:{}:readers"


@dataclass(frozen=True)
class Other:
    """Somebody else at the same case."""

    user_id: int
    is_writing: bool


def note(*, case_id: int, user_id: int, is_writing: bool) -> list[Other]:
    """Note that somebody has a case open; returns who else has, those who write first. One round trip.

    Args:
        case_id: Of a case that they may see.
        user_id: Who reads.
        is_writing: Whether something of theirs stands in a form that was not sent yet.
    """
    now, key = time.time(), KEY.format(case_id)
    mine = {LOOKING: f"{user_id} {LOOKING}", WRITING: f"{user_id} {WRITING}"}
    try:
        with _client().pipeline(transaction=False) as pipe:
            pipe.zadd(key, {mine[WRITING if is_writing else LOOKING]: now})
            pipe.zrem(key, mine[LOOKING if is_writing else WRITING])
            pipe.zremrangebyscore(key, "-inf", now - LASTS_SECONDS)
            pipe.expire(key, LASTS_SECONDS)
            pipe.zrange(key, 0, -1)
            *_answers, members = pipe.execute()
    except redis.RedisError:
        return []
    return _others(members, user_id)


def in_words(others: list[Other]) -> list[str]:
    """Sentences about them. One query; none where nobody is there."""
    if not others:
        return []
    users = User.objects.in_bulk([other.user_id for other in others])
    return [_sentence(users[other.user_id], other) for other in others if other.user_id in users]


def signature(others: list[Other]) -> str:
    """Changes with who is there and what they do."""
    return ".".join(f"{other.user_id}{'w' if other.is_writing else ''}" for other in others)


def _others(members: list[bytes], user_id: int) -> list[Other]:
    found: dict[int, bool] = {}
    for member in members:
        number, doing = member.decode().split()
        found[int(number)] = found.get(int(number), False) or doing == WRITING
    found.pop(user_id, None)
    return [Other(number, is_writing) for number, is_writing in sorted(found.items(), key=_writers_first)]


def _writers_first(each: tuple[int, bool]) -> tuple[bool, int]:
    return not each[1], each[0]


def _sentence(user: User, other: Other) -> str:
    name = user.get_full_name() or user.get_username()
    if other.is_writing:
        return _("%(name)s is writing here.") % {"name": name}
    return _("%(name)s is looking at this.") % {"name": name}


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )
