"""Fixtures of the risk tests."""

from collections.abc import Iterator

import pytest
import time_machine

from risk.refresh import Refresher
from risk.tests.factories import NOON


@pytest.fixture
def at_noon() -> Iterator[time_machine.Traveller]:
    """It is noon of `factories.TODAY`, and time goes on from there."""
    with time_machine.travel(NOON, tick=True) as traveller:
        yield traveller


@pytest.fixture
def refresher() -> Refresher:
    """A refresher of its own. Where no Redis is, it logs that and goes on, as it should."""
    return Refresher()
