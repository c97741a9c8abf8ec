"""A topic of a test's own on the real event log, written to as any Kafka client would."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka import errors as kafka_errors

from embedded.processes import wait_until


class KafkaTopic:
    """One topic, which is also the name of the consumer group that reads it."""

    def __init__(self, *, servers: Sequence[str], name: str, partitions: int = 1) -> None:
        self.name = name
        self._servers = servers
        self._partitions = partitions
        self._admin = KafkaAdminClient(bootstrap_servers=servers)
        self._create()

    def append(
        self,
        values: Iterable[bytes | None],
        *,
        partition: int | None = 0,
        key: bytes | None = None,
        compression: str | None = None,
        **options: Any,
    ) -> None:
        """Append messages and wait until they are acknowledged."""
        with self._producer(compression_type=compression) as producer:
            futures = [
                producer.send(self.name, value, key=key, partition=partition, **options) for value in values
            ]
            for future in futures:
                future.get(timeout=30)

    def append_in_transaction(self, values: Iterable[bytes], *, commit: bool) -> None:
        """Append messages in one transaction of the producer, and commit or abort it."""
        with self._producer(transactional_id=f"{self.name}-{commit}") as producer:
            producer.init_transactions()
            producer.begin_transaction()
            for value in values:
                producer.send(self.name, value, partition=0)
            producer.flush(timeout=30)
            if commit:
                producer.commit_transaction()
            else:
                producer.abort_transaction()

    def make_anew(self) -> None:
        """Delete the topic and create another of the same name."""
        self._admin.delete_topics([self.name])
        assert wait_until(self._created_again, 30)

    def delete_before(self, position: int, *, partition: int = 0) -> None:
        """Delete the messages before a position, as retention does."""
        self._admin.delete_records({TopicPartition(self.name, partition): position})

    def members(self) -> int:
        """How many consumers the group has; none while the broker has no coordinator for it yet."""
        try:
            described = self._admin.describe_groups([self.name])
        except (kafka_errors.CoordinatorNotAvailableError, kafka_errors.NotCoordinatorError):
            return 0  # the first group of a fresh broker: its topic of offsets is being made
        (group,) = described.values() if isinstance(described, dict) else described
        members = group["members"] if isinstance(group, dict) else group.members
        return len(members)

    def forget_commits(self) -> None:
        """Set the group's committed offset back to the beginning."""
        self._admin.alter_group_offsets(
            self.name, {TopicPartition(self.name, 0): OffsetAndMetadata(0, "", None)}
        )

    def close(self) -> None:
        """Remove the topic."""
        self._admin.delete_topics([self.name])
        self._admin.close()

    @contextmanager
    def _producer(self, **options: Any) -> Iterator[KafkaProducer]:
        producer = KafkaProducer(bootstrap_servers=self._servers, acks="all", linger_ms=5, **options)
        try:
            yield producer
        finally:
            producer.close(timeout=10)

    def _create(self) -> None:
        options = {"num_partitions": self._partitions, "replication_factor": 1}
        self._admin.create_topics({self.name: options}, wait_for_metadata=True)

    def _created_again(self) -> bool:
        try:
            self._create()
        except kafka_errors.TopicAlreadyExistsError:
            return False  # its deletion is not over
        return True
