"""Fixtures that give a test its own topic on the event log."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from tests.kafka_topic import KafkaTopic

MakeTopic = Callable[..., KafkaTopic]


@pytest.fixture
def make_topic(settings: Settings) -> Iterator[MakeTopic]:
    """Make this test's own topic; the settings name it, and a group of its own."""
    made: list[KafkaTopic] = []

    def make(*, partitions: int = 1) -> KafkaTopic:
        name = f"transactions-{uuid.uuid4().hex[:12]}"
        settings.KAFKA_TOPIC = settings.KAFKA_GROUP = name
        made.append(KafkaTopic(servers=settings.KAFKA_BOOTSTRAP_SERVERS, name=name, partitions=partitions))
        return made[-1]

    yield make
    for topic in made:
        topic.close()


@pytest.fixture
def topic(make_topic: MakeTopic) -> KafkaTopic:
    """A topic of one partition."""
    return make_topic()
