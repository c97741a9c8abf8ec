"""Up to where in the event log a customer's events are known: by customer, in arrays, and for an audit event."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from risk.features import Bools, Ints
from risk.models import LogPartition

NOWHERE = 0


class LogPosition(NamedTuple):
    """The position after a customer's newest event, in the partition where the customer lives."""

    log_id: int
    position: int


@dataclass(frozen=True)
class LogPositions:
    """The same for many customers, one element each; both are 0 where none of a customer's events came from a log."""

    log_id: Ints
    position: Ints

    @property
    def is_known(self) -> Bools:
        """Whose position is known."""
        return np.asarray(self.log_id != NOWHERE)


def latest(*, ids: list[int], news: Mapping[int, LogPosition], before: LogPositions) -> LogPositions:
    """Where each customer's events are known up to now.

    A day evaluation, an import or another mark brings no position: then the last one still holds. Where the log is
    another one than before (the topic was made anew or has more partitions now), the news are the later ones.

    Args:
        ids: The customers.
        news: What the marks said, by customer.
        before: What stood with the risk before, in the order of `ids`.
    """
    if not news:
        return before
    told = np.array([news.get(each, (NOWHERE, 0)) for each in ids], dtype=np.int64).reshape(-1, 2)
    log_id, position = told[:, 0], told[:, 1]
    is_same = log_id == before.log_id
    return LogPositions(
        log_id=np.where(log_id == NOWHERE, before.log_id, log_id),
        position=np.where(
            log_id == NOWHERE,
            before.position,
            np.where(is_same, np.maximum(position, before.position), position),
        ),
    )


def log_partitions_store(*, topic: str, topic_id: uuid.UUID, numbers: Iterable[int]) -> dict[int, int]:
    """Ids of a log's partitions by number, made where they are not known yet."""
    wanted = sorted(set(numbers))
    of_log = LogPartition.objects.filter(topic=topic, topic_id=topic_id, partition__in=wanted)
    known = dict(of_log.values_list("partition", "id"))
    if missing := [number for number in wanted if number not in known]:
        LogPartition.objects.bulk_create(
            [LogPartition(topic=topic, topic_id=topic_id, partition=number) for number in missing],
            ignore_conflicts=True,
        )
        known = dict(of_log.values_list("partition", "id"))
    return known


class LogNames(dict[int, dict[str, Any]]):
    """What logs are called, by id. They never change, so that each is read once."""

    def __missing__(self, log_id: int) -> dict[str, Any]:
        found = LogPartition.objects.get(pk=log_id)
        name = {"topic": found.topic, "topic_id": str(found.topic_id), "partition": found.partition}
        return self.setdefault(log_id, name)

    def told(self, positions: LogPositions) -> list[dict[str, Any]]:
        """The highest position of each log, as an audit event holds it."""
        log_ids = np.unique(positions.log_id[positions.is_known]).tolist()
        return [
            {**self[log_id], "position": int(positions.position[positions.log_id == log_id].max())}
            for log_id in log_ids
        ]
