"""Fixtures of the console's tests."""

from collections.abc import Iterator

import pytest
import time_machine
from pytest_django.fixtures import Settings

from interventions.console import hint_state
from risk.tests.factories import NOON


@pytest.fixture
def at_noon() -> Iterator[time_machine.Traveller]:
    """It is noon of `risk.tests.factories.TODAY`, and time goes on from there."""
    with time_machine.travel(NOON, tick=True) as traveller:
        yield traveller


@pytest.fixture
def no_redis(settings: Settings) -> Iterator[None]:
    """Redis is away: nothing listens at its address."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    hint_state._client.cache_clear()
    yield
    hint_state._client.cache_clear()
