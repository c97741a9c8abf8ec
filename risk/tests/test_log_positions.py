"""Positions in the event log: the later one of the same log, the news of another, else what stood."""

import uuid

import numpy as np
import pytest

from risk.claims import Claim, Cursor, set_aside, take_marked
from risk.log_positions import LogNames, LogPosition, LogPositions, latest, log_partitions_store
from risk.models import DirtyCustomer

TOPIC_ID = uuid.UUID("0197f3a0-0000-7000-8000-000000000001")


def positions(*pairs: tuple[int, int]) -> LogPositions:
    return LogPositions(np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs]))


def pairs(found: LogPositions) -> list[tuple[int, int]]:
    return list(zip(found.log_id.tolist(), found.position.tolist(), strict=True))


def test_later_position_of_the_same_log_holds() -> None:
    news = {1: LogPosition(5, 40), 2: LogPosition(5, 20)}

    found = latest(ids=[1, 2], news=news, before=positions((5, 30), (5, 30)))

    assert pairs(found) == [(5, 40), (5, 30)]


def test_another_log_is_never_compared() -> None:
    found = latest(ids=[1], news={1: LogPosition(6, 3)}, before=positions((5, 900)))

    assert pairs(found) == [(6, 3)]


def test_what_stood_holds_without_news() -> None:
    before = positions((5, 30), (0, 0))

    assert pairs(latest(ids=[1, 2], news={}, before=before)) == [(5, 30), (0, 0)]
    assert pairs(latest(ids=[1, 2], news={2: LogPosition(7, 1)}, before=before)) == [(5, 30), (7, 1)]


@pytest.mark.django_db
def test_partitions_of_a_log_are_known_once_and_a_log_made_anew_is_another() -> None:
    known = log_partitions_store(topic="transactions", topic_id=TOPIC_ID, numbers=[1, 0])

    assert (
        log_partitions_store(topic="transactions", topic_id=TOPIC_ID, numbers=[0, 1, 2]).items()
        > known.items()
    )
    anew = log_partitions_store(topic="transactions", topic_id=uuid.uuid4(), numbers=[0, 1])
    assert not set(anew.values()) & set(known.values())


@pytest.mark.django_db
def test_highest_position_of_each_log_is_told() -> None:
    ids = log_partitions_store(topic="transactions", topic_id=TOPIC_ID, numbers=[0, 1])

    told = LogNames().told(positions((ids[0], 7), (0, 0), (ids[1], 3), (ids[0], 5)))

    assert [(each["partition"], each["position"]) for each in told] == [(0, 7), (1, 3)]
    assert {each["topic_id"] for each in told} == {str(TOPIC_ID)}


@pytest.mark.django_db
def test_position_is_claimed_with_the_mark_and_given_back_when_set_aside() -> None:
    DirtyCustomer.objects.create(customer_id=1, log_id=5, log_position=40)
    DirtyCustomer.objects.create(customer_id=2)

    claim = take_marked(Cursor())

    assert claim is not None
    assert claim.log_positions == {1: LogPosition(5, 40)}
    assert [half.log_positions for half in claim.halves()] == [{1: LogPosition(5, 40)}, {}]
    set_aside(Claim(ids=claim.ids, log_positions=claim.log_positions), error="it failed")
    assert list(DirtyCustomer.objects.order_by("customer_id").values_list("log_id", "log_position")) == [
        (5, 40),
        (None, None),
    ]
