"""Fixtures for every test: the database with its roles, variables for child processes, empty Redis."""

import os
import threading
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.test import TransactionTestCase
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from tests.databases import TestDatabase

pytest_plugins = ["tests.workers", "tests.lost_connections"]


@pytest.fixture(scope="session")
def test_database(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[TestDatabase]:
    """The database of this run (`tests/databases.py` says how it is made)."""
    with django_db_blocker.unblock():
        database = TestDatabase()
        database.create()
    yield database
    with django_db_blocker.unblock():
        database.destroy()


@pytest.fixture(scope="session")
def django_db_setup(test_database: TestDatabase) -> Iterator[None]:
    """pytest-django's hook: our database, and a copy of the migrated one after each test that commits."""
    original = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda _self: test_database.restore()
    yield
    TransactionTestCase._fixture_teardown = original


@pytest.fixture
def process_environment(test_database: TestDatabase) -> dict[str, str]:
    """The environment for `manage.py …` as a process of its own, on this run's database."""
    return {**os.environ, **test_database.environment()}


@pytest.fixture(autouse=True)
def _empty_redis(request: pytest.FixtureRequest) -> None:
    """Empty the broker and the cache before a test marked `redis`, where they are this run's own."""
    if request.node.get_closest_marker("redis") and "TEST_SERVICES_DIRECTORY" in os.environ:
        for variable in ("REDIS_URL", "CACHE_URL"):
            with redis.Redis.from_url(os.environ[variable]) as server:
                server.flushall()


@pytest.fixture(autouse=True)
def _no_timers_left() -> Iterator[None]:
    """Cancel what a test set for later: a publisher without Redis would try again until the run ends."""
    yield
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    """A request leaves its language behind in this thread; the server's next request sets its own."""
    yield
    translation.activate(settings.LANGUAGE_CODE)
