"""Fixtures of the console's tests."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from interventions import hint_state


@pytest.fixture
def no_redis(settings: Settings) -> Iterator[None]:
    """Redis is away: nothing listens at its address."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    hint_state._client.cache_clear()
    yield
    hint_state._client.cache_clear()
