"""Halts on the real event log: what stops a partition, who hears of it, and how reading goes on."""

import json

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from audit.models import AuditEvent
from customers.models import Transaction
from ingest import consumer as consumer_module
from ingest.models import DeadLetter, Halt
from ingest.tests.consuming import Running, kept, position
from ingest.tests.events import lives
from risk.models import Alert
from tests.event_topics import MakeTopic
from tests.kafka_topic import KafkaTopic

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.django_db(transaction=True)]
BAD: list[bytes | None] = [b'{"a bad": "deployment"}']


def stored_then_stopped(topic: KafkaTopic, count: int) -> None:
    """Store the first events of a topic and end the consumer."""
    topic.append(lives(0, count))
    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == count)


def open_halt(topic: KafkaTopic) -> Halt | None:
    return Halt.objects.filter(topic=topic.name, lifted_at__isnull=True).first()


def lift(topic: KafkaTopic, restart: str = "stored", partition: int = 0) -> None:
    call_command("lift_halt", topic.name, str(partition), restart=restart)


def test_a_run_of_invalid_messages_halts_before_it(topic: KafkaTopic, settings: Settings) -> None:
    settings.CONSUMER_INVALID_RUN_LIMIT = 3
    topic.append(lives(0, 2) + 5 * BAD + lives(2, 3))

    with Running(topic.name) as consumer:
        consumer.until(lambda: open_halt(topic) is not None)

    halt = Halt.objects.get()
    assert (halt.cause, halt.position, position(topic.name), kept()) == ("invalid_run", 2, 2, (2, 0))
    assert f"manage.py lift_halt {topic.name} 0" in halt.message


def test_a_halt_raises_one_alert_and_is_audited(topic: KafkaTopic, settings: Settings) -> None:
    settings.CONSUMER_INVALID_RUN_LIMIT = 3
    topic.append(5 * BAD)

    for _ in range(2):  # a restart raises nothing again
        with Running(topic.name) as consumer:
            consumer.until(lambda: open_halt(topic) is not None and topic.members() == 1)

    assert Alert.objects.get().message == Halt.objects.get().message
    event = AuditEvent.objects.get(action="ingest.partition.halted")
    assert event.subject_id == f"{topic.name}[0]"


def test_a_lifted_run_becomes_dead_letters_and_reading_goes_on(topic: KafkaTopic, settings: Settings) -> None:
    settings.CONSUMER_INVALID_RUN_LIMIT = 3
    topic.append(lives(0, 2) + 5 * BAD + lives(2, 3))

    with Running(topic.name) as consumer:
        consumer.until(lambda: open_halt(topic) is not None)
        lift(topic)
        consumer.until(lambda: position(topic.name) == 8)

    assert kept() == (3, 5)
    assert AuditEvent.objects.get(action="ingest.halt.lifted").detail["accept_through"] == 8
    with pytest.raises(CommandError, match="is not halted"):
        lift(topic)


def test_new_invalid_messages_after_a_lift_halt_again(topic: KafkaTopic, settings: Settings) -> None:
    settings.CONSUMER_INVALID_RUN_LIMIT = 3
    topic.append(5 * BAD)
    with Running(topic.name) as consumer:
        consumer.until(lambda: open_halt(topic) is not None)
        lift(topic)
        topic.append(5 * BAD)

        consumer.until(lambda: open_halt(topic) is not None)

    assert open_halt(topic) != Halt.objects.order_by("id").first()
    assert position(topic.name) == DeadLetter.objects.count() == 5


def test_other_partitions_go_on_beside_a_halted_one(make_topic: MakeTopic, settings: Settings) -> None:
    settings.CONSUMER_INVALID_RUN_LIMIT = 3
    topic = make_topic(partitions=2)
    topic.append(5 * BAD, partition=0)

    with Running(topic.name) as consumer:
        consumer.until(lambda: open_halt(topic) is not None)
        topic.append(lives(0, 9), partition=1)
        consumer.until(lambda: kept() == (9, 0))


def test_a_topic_made_anew_halts_and_is_read_from_its_beginning(topic: KafkaTopic) -> None:
    stored_then_stopped(topic, 5)
    topic.make_anew()
    topic.append(lives(5, 15))

    with Running(topic.name) as consumer:
        consumer.until(lambda: open_halt(topic) is not None)
        halt = Halt.objects.get()
        assert "made anew" in halt.message
        assert f"manage.py lift_halt {topic.name} 0 --restart beginning|end" in halt.message
        assert kept() == (5, 0)
        lift(topic, "beginning")
        consumer.until(lambda: position(topic.name) == 10)

    assert (halt.cause, kept()) == ("log_changed", (15, 0))


def test_a_topic_made_anew_while_it_is_read_skips_nothing(
    topic: KafkaTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "IDENTITY_SECONDS", 0.2)
    topic.append(lives(0, 5))

    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 5)
        topic.make_anew()
        topic.append(lives(5, 25))
        consumer.until(lambda: open_halt(topic) is not None)
        lift(topic, "beginning")
        consumer.until(lambda: position(topic.name) == 20)

    assert kept() == (25, 0)


def test_a_dead_letter_of_the_topic_before_hides_none_of_the_new(topic: KafkaTopic) -> None:
    topic.append([b"old"])
    with Running(topic.name) as consumer:
        consumer.until(lambda: position(topic.name) == 1)
    topic.make_anew()
    topic.append([b"new"])

    with Running(topic.name) as consumer:
        consumer.until(lambda: open_halt(topic) is not None)
        lift(topic, "beginning")
        consumer.until(lambda: DeadLetter.objects.count() == 2)

    assert {bytes(raw) for raw in DeadLetter.objects.values_list("raw", flat=True)} == {b"old", b"new"}


def test_messages_deleted_before_they_were_stored_halt_and_say_which(topic: KafkaTopic) -> None:
    stored_then_stopped(topic, 5)
    topic.append(lives(5, 15))
    topic.delete_before(9)

    with Running(topic.name) as consumer:
        consumer.until(lambda: open_halt(topic) is not None)
        assert "messages 5 to 8 are no longer in the log" in Halt.objects.get().message
        lift(topic, "beginning")
        consumer.until(lambda: position(topic.name) == 15)

    assert set(Transaction.objects.values_list("transaction_id", flat=True)) == {
        f"T{number}" for number in [*range(5), *range(9, 15)]
    }


def test_lifting_to_the_end_skips_what_is_there(topic: KafkaTopic) -> None:
    stored_then_stopped(topic, 5)
    topic.make_anew()
    topic.append(lives(5, 15))

    with Running(topic.name) as consumer:
        consumer.until(lambda: open_halt(topic) is not None)
        lift(topic, "end")
        topic.append(lives(15, 16))
        consumer.until(lambda: position(topic.name) == 11)

    assert kept() == (6, 0)
    assert json.dumps(AuditEvent.objects.get(action="ingest.halt.lifted").detail).count('"end"') == 1
