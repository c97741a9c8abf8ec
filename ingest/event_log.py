"""The event log. The only module that knows kafka-python: connect, poll, seek, commit, lag, produce."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, Self

import structlog
from django.conf import settings
from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka import errors as kafka_errors
from kafka.net.compat import KafkaNetClient
from kafka.structs import OffsetAndMetadata

log = structlog.get_logger(__name__)

POLL_MILLISECONDS = 500
BEHIND_FROM_MESSAGES = 500
LINGER_BEHIND_SECONDS = 0.25
LINGER_LEVEL_SECONDS = 0.01
SESSION_TIMEOUT_MS = 10_000
LOOK_TIMEOUT_MS = 10_000
HOUR_MS = 3_600_000


class EventLogUnavailable(Exception):
    """The log cannot be reached now; trying again later may succeed."""


class PositionLost(Exception):
    """The log no longer has the position we are at: it was truncated, or the topic was made anew."""


class MembershipLost(Exception):
    """The consumer group has gone on without us; only a fresh start joins it again."""


class Message(Protocol):
    """One message of the log, as polled. `timestamp` is in milliseconds of the wall clock."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


@dataclass(frozen=True, order=True)
class Partition:
    """One partition of one topic."""

    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.number}]"


@dataclass
class Slice:
    """Consecutive messages of one partition, read from `first_position` up to `next_position`.

    Either may lie beyond the messages: offsets have gaps.
    """

    partition: Partition
    messages: list[Message]
    first_position: int
    next_position: int


class Consumer:
    """One member of the consumer group.

    Partitions that a rebalance brings are `unsettled`: paused until the caller says from where to read them.
    """

    def __init__(self, *, topic: str) -> None:
        self.unsettled: set[Partition] = set()
        self._told: dict[Partition, int] = {}
        self._consumer = _connected(
            KafkaConsumer,
            group_id=settings.KAFKA_GROUP,
            auto_offset_reset="none",
            isolation_level="read_committed",
            enable_auto_commit=False,
            session_timeout_ms=SESSION_TIMEOUT_MS,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            fetch_max_wait_ms=100,
            metrics_enabled=False,
            allow_auto_create_topics=False,
        )
        self._consumer.subscribe([topic], listener=_Listener(self))

    def poll(self, *, most: int) -> list[Slice]:
        """Wait up to half a second for messages; then gather up to `most`: few when level, many when behind.

        Raises:
            EventLogUnavailable: nothing is handed out, and the next poll begins where this one did.
            PositionLost: the log does not have a partition's position any more.
            MembershipLost: the group has gone on without this member.
        """
        slices: dict[Partition, Slice] = {}
        try:
            count = self._gather(slices, most)
        except EventLogUnavailable:
            # The library stands behind what was gathered already; unless it goes back, that would be skipped.
            for partition in slices.keys() & self._settled():
                self._consumer.seek(_pair(partition), self._told[partition])
            raise
        settled = self._settled()
        if not count:
            # Markers and aborted messages of transactional producers move the position without a message.
            slices = {
                each: Slice(each, [], 0, 0) for each in settled if self._position(each) != self._told[each]
            }
        return [self._ended(part) for part in slices.values() if part.partition in settled]

    def keep_alive(self) -> None:
        """Stay in the group without reading anything, while the caller cannot store."""
        self._consumer.pause(*self._consumer.assignment())
        try:
            with _membership():
                if self._consumer.poll(timeout_ms=0):
                    raise MembershipLost("messages arrived on paused partitions")
        finally:
            self._consumer.resume(*map(_pair, self._settled()))

    def read_from(self, positions: Mapping[Partition, int]) -> None:
        """Read these partitions from these positions on, where still assigned; settles them."""
        for partition, position in positions.items():
            if partition in self.assignment():
                self._consumer.seek(_pair(partition), position)
                self._consumer.resume(_pair(partition))
                self._told[partition] = position
                self.unsettled.discard(partition)

    def stop_reading(self, partition: Partition) -> None:
        """Read nothing from a partition until `read_from` settles it again."""
        if partition in self.assignment():
            self._consumer.pause(_pair(partition))
            self.unsettled.add(partition)

    def commit(self, positions: Mapping[Partition, int]) -> None:
        """Tell the log how far we are, for its own tools; the ledger is what counts, so a failure is only logged."""
        offsets = {_pair(each): OffsetAndMetadata(position, "", -1) for each, position in positions.items()}
        self._consumer.commit_async(offsets, callback=_log_failed_commit)

    def assignment(self) -> set[Partition]:
        """The partitions this member reads."""
        return {_partition(pair) for pair in self._consumer.assignment()}

    def close(self) -> None:
        """Leave the group, so that others take over at once."""
        self._consumer.close(autocommit=False, timeout_ms=5_000)

    def _gather(self, slices: dict[Partition, Slice], most: int) -> int:
        count = self._poll_once(slices, POLL_MILLISECONDS, most)
        behind = count >= BEHIND_FROM_MESSAGES
        deadline = time.monotonic() + (LINGER_BEHIND_SECONDS if behind else LINGER_LEVEL_SECONDS)
        while 0 < count < most and (left := deadline - time.monotonic()) > 0:
            count += self._poll_once(slices, max(1, int(left * 1000)), most - count)
        return count

    def _poll_once(self, slices: dict[Partition, Slice], wait_ms: int, most: int) -> int:
        with _membership():
            polled = self._consumer.poll(timeout_ms=wait_ms, max_records=most)
        for pair, records in polled.items():
            partition = _partition(pair)
            if partition in slices:
                slices[partition].messages.extend(records)
            else:
                slices[partition] = Slice(partition, records, 0, 0)
        return sum(map(len, polled.values()))

    def assigned(self, partitions: set[Partition]) -> None:
        """React to a rebalance (called by the library inside poll)."""
        self.unsettled = set(partitions)
        for partition in partitions:
            # Without any position the library would look for a committed one, which is not the truth.
            self._consumer.seek(_pair(partition), 0)
            self._consumer.pause(_pair(partition))

    def _settled(self) -> set[Partition]:
        return self.assignment() - self.unsettled

    def _ended(self, part: Slice) -> Slice:
        part.first_position = self._told[part.partition]
        self._told[part.partition] = part.next_position = self._position(part.partition)
        return part

    def _position(self, partition: Partition) -> int:
        with _membership():
            position = self._consumer.position(_pair(partition), timeout_ms=0)
        if position is None:
            raise PositionLost(f"{partition} has no position")
        return int(position)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        """Nothing is held in memory between polls, so there is nothing to give back."""

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self._consumer.assigned({_partition(pair) for pair in assigned})


class Producer:
    """Appends events: all replicas acknowledge, retries never double, keyed by customer."""

    def __init__(self, *, topic: str) -> None:
        self._topic = topic
        self._failures: list[Exception] = []
        self._producer = _connected(
            KafkaProducer, acks="all", enable_idempotence=True, linger_ms=5, batch_size=128 * 1024
        )

    def append(self, *, customer_id: str, event: bytes, partition: int | None = None) -> None:
        """Queue one event; `flush` tells whether it arrived."""
        with _availability():
            future = self._producer.send(
                self._topic, key=customer_id.encode(), value=event, partition=partition
            )
        future.add_errback(self._failures.append)

    def flush(self) -> None:
        """Wait until every queued event is acknowledged.

        Raises:
            EventLogUnavailable: at least one was not; append them all again, which is safe by their identity.
        """
        with _availability():
            self._producer.flush(timeout=30)
        if self._failures:
            failure, count = self._failures[0], len(self._failures)
            self._failures.clear()
            raise EventLogUnavailable(f"{count} events were not acknowledged: {failure}") from failure

    def close(self) -> None:
        """Close the connections, waiting briefly for what is queued."""
        self._producer.close(timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Inspector:
    """Looks at the log without reading it: topics, ends, identities."""

    def __init__(self) -> None:
        self._admin = _connected(KafkaAdminClient, bootstrap_timeout_ms=LOOK_TIMEOUT_MS)
        try:
            self._consumer = _connected(
                KafkaConsumer,
                bootstrap_timeout_ms=LOOK_TIMEOUT_MS,
                group_id=None,
                enable_auto_commit=False,
                metrics_enabled=False,
            )
        except EventLogUnavailable:
            self._admin.close()
            raise

    def ensure_topic(self, topic: str) -> None:
        """Create the topic with the configured partitions and retention, unless it exists."""
        options = {
            "num_partitions": settings.KAFKA_PARTITIONS,
            "replication_factor": settings.KAFKA_REPLICATION_FACTOR,
            "configs": {"retention.ms": str(settings.KAFKA_RETENTION_HOURS * HOUR_MS)},
        }
        with _availability():
            try:
                self._admin.create_topics({topic: options}, wait_for_metadata=True)
            except kafka_errors.TopicAlreadyExistsError:
                log.debug("topic exists", topic=topic)

    def topic_id(self, topic: str) -> uuid.UUID:
        """The topic's own identity, which a topic of the same name made later does not share."""
        with _availability():
            (described,) = self._admin.describe_topics([topic])
        if described.get("error_code"):
            raise EventLogUnavailable(f"the event log has no topic {topic} (error {described['error_code']})")
        return uuid.UUID(str(described["topic_id"]))

    def partitions(self, topic: str) -> list[Partition]:
        """The topic's partitions."""
        with _availability():
            numbers = self._consumer.partitions_for_topic(topic) or set()
        return [Partition(topic, number) for number in sorted(numbers)]

    def ends(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """The position after the last message of each partition."""
        with _availability():
            found = self._consumer.end_offsets(
                [_pair(each) for each in partitions], timeout_ms=LOOK_TIMEOUT_MS
            )
        return {_partition(pair): position for pair, position in found.items()}

    def beginnings(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """The position of the first message each partition still has."""
        with _availability():
            pairs = [_pair(each) for each in partitions]
            found = self._consumer.beginning_offsets(pairs, timeout_ms=LOOK_TIMEOUT_MS)
        return {_partition(pair): position for pair, position in found.items()}

    def close(self) -> None:
        """Close the connections."""
        self._admin.close()
        self._consumer.close(autocommit=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _connected(make: Callable[..., Any], **options: Any) -> Any:
    """One of the library's clients.

    When the log cannot be reached, the library leaves the client's thread and sockets behind; we end them.
    """
    begun: list[KafkaNetClient] = []

    def begin(**given: Any) -> KafkaNetClient:
        begun.append(KafkaNetClient(**given))
        return begun[-1]

    with _availability():
        try:
            return make(**_connection(), **options, kafka_client=begin)
        except kafka_errors.KafkaError:
            for client in begun:
                client.close()
            raise


def _connection() -> dict[str, Any]:
    given = {
        "bootstrap_servers": settings.KAFKA_BOOTSTRAP_SERVERS,
        "security_protocol": settings.KAFKA_SECURITY_PROTOCOL,
        "sasl_mechanism": settings.KAFKA_SASL_MECHANISM,
        "sasl_plain_username": settings.KAFKA_SASL_USERNAME,
        "sasl_plain_password": settings.KAFKA_SASL_PASSWORD,
        "ssl_cafile": settings.KAFKA_SSL_CAFILE,
        "reconnect_backoff_max_ms": 2_000,
    }
    return {key: value for key, value in given.items() if value is not None}


def _pair(partition: Partition) -> TopicPartition:
    return TopicPartition(partition.topic, partition.number)


def _partition(pair: TopicPartition) -> Partition:
    return Partition(pair.topic, pair.partition)


def _log_failed_commit(offsets: object, response: object) -> None:
    if isinstance(response, Exception):
        log.info("offset commit not accepted", error=repr(response))


@contextmanager
def _availability() -> Iterator[None]:
    try:
        yield
    except kafka_errors.KafkaError as error:
        raise EventLogUnavailable(
            f"the event log at {settings.KAFKA_BOOTSTRAP_SERVERS}: {error!r}"
        ) from error


@contextmanager
def _membership() -> Iterator[None]:
    """Sort the library's errors while polling: lost positions, lost membership, and what passes by itself."""
    try:
        yield
    except (
        kafka_errors.OffsetOutOfRangeError,
        kafka_errors.NoOffsetForPartitionError,
        kafka_errors.LogTruncationError,
    ) as error:
        raise PositionLost(repr(error)) from error
    except kafka_errors.RetriableError as error:
        raise EventLogUnavailable(repr(error)) from error
    except kafka_errors.KafkaError as error:
        raise MembershipLost(repr(error)) from error
