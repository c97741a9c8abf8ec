"""The consumer as a process: stopped, killed and run twice, it loses nothing and doubles nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from customers.models import Transaction
from ingest.tests.consuming import kept, position, read
from ingest.tests.events import lives
from tests.event_topics import MakeTopic
from tests.kafka_topic import KafkaTopic
from tests.programs import MANAGE, Program

pytestmark = [
    pytest.mark.flow,
    pytest.mark.kafka,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
Start = Callable[[KafkaTopic], Program]


@pytest.fixture
def start(process_environment: dict[str, str], tmp_path: Path) -> Start:
    """Start a consumer of a topic, with small batches, so that it can be met in the middle."""

    def begin(topic: KafkaTopic) -> Program:
        own = {"KAFKA_TOPIC": topic.name, "KAFKA_GROUP": topic.name, "CONSUMER_BATCH_MAX": "100"}
        command = (*MANAGE, "consume_transactions")
        return Program(*command, environment=process_environment | own, output=tmp_path / "consumer.log")

    return begin


def test_sigterm_finishes_the_batch_and_leaves_the_group(topic: KafkaTopic, start: Start) -> None:
    topic.append(lives(0, 4_000))
    with start(topic) as consumer:
        consumer.until(lambda: position(topic.name) > 0)

        assert consumer.stop() == 0, consumer.said()

    assert topic.members() == 0
    assert Transaction.objects.count() == position(topic.name) < 4_000


def test_sigkill_in_the_middle_loses_and_doubles_nothing(topic: KafkaTopic, start: Start) -> None:
    topic.append(lives(0, 3_000))
    with start(topic) as consumer:
        consumer.until(lambda: position(topic.name) > 600)
        consumer.kill()

    with start(topic) as consumer:
        consumer.until(lambda: position(topic.name) == 3_000)

    assert (kept(), read(topic.name)) == ((3_000, 0), 3_000)


def test_another_takes_over_from_a_killed_member(make_topic: MakeTopic, start: Start) -> None:
    topic = make_topic(partitions=4)
    with start(topic) as killed, start(topic) as survivor:
        survivor.until(lambda: topic.members() == 2)
        topic.append(lives(0, 500), partition=None)
        killed.kill()
        topic.append(lives(500, 1_000), partition=None)

        survivor.until(lambda: position(topic.name) == 1_000)

    assert (kept(), read(topic.name)) == ((1_000, 0), 1_000)
