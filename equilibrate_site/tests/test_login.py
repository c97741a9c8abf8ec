"""Logging in, with and without Redis: possible, and not without end."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache, caches
from django.test import Client
from pytest_django import Settings

from equilibrate_site.caches import AttemptsCache

PASSWORD = "correct horse battery staple"
pytestmark = pytest.mark.django_db


@pytest.fixture
def somebody(settings: Settings) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_user("rm1", password=PASSWORD)


@pytest.fixture
def redis_is_away(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(AttemptsCache, "away_until", 0.0)
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    used = caches["default"]
    assert isinstance(used, AttemptsCache)
    used._own.clear()
    yield
    used._own.clear()


def log_in(password: str) -> Any:
    return Client().post("/accounts/login/", {"login": "rm1", "password": password})


@pytest.mark.redis
@pytest.mark.usefixtures("somebody")
def test_staff_log_in() -> None:
    assert log_in(PASSWORD).status_code == 302


@pytest.mark.usefixtures("somebody", "redis_is_away")
def test_staff_log_in_while_redis_is_away() -> None:
    assert log_in(PASSWORD).status_code == 302


@pytest.mark.usefixtures("somebody", "redis_is_away")
def test_attempts_end_while_redis_is_away() -> None:
    refused = [b"Too many failed" in log_in("wrong").content for _ in range(8)]

    assert (refused[0], refused[-1]) == (False, True)
    assert b"Too many failed" in log_in(PASSWORD).content


@pytest.mark.usefixtures("redis_is_away")
def test_own_memory_answers_as_redis_would() -> None:
    assert cache.add("key", 1, timeout=60)
    assert not cache.add("key", 2)
    assert cache.get("key") == 1
    cache.set("key", 3, 60)
    assert (cache.get("key"), cache.get("other", 4)) == (3, 4)
    assert (cache.delete("key"), cache.delete("key")) == (True, False)
