"""`produce_transactions`: everything once, in order, whatever stops it or is away for a while."""

import copy
import datetime as dt
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
import structlog
from django.core.management import CommandError, call_command
from django.db import OperationalError

from customers import bank_clock
from ingest.event_log import EventLogUnavailable, Inspector
from ingest.models import SimulatedPortfolio
from ingest.simulator import stream
from ingest.simulator.events import transaction_ids
from ingest.simulator.pace import MOST_AHEAD, ClockPace, RatePace, due_by
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.portfolio import Recipe, start_of_stream
from ingest.simulator.stream import StreamProducer, covered_until, days_after
from ingest.simulator.world import World
from ingest.tests.events import ZONE

LIVE_ON = dt.date(2026, 6, 1)
MIDNIGHT = dt.datetime(2026, 6, 1, tzinfo=ZONE)
RECIPE = Recipe(seed=3, customers=40, history_on=LIVE_ON - dt.timedelta(days=1), live_on=LIVE_ON)
pytestmark = pytest.mark.django_db


class MemoryLog:
    """An event log in memory that can be away."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.failures = 0
        self.connections = 0
        self._queued: list[dict[str, Any]] = []

    def __call__(self, **_: Any) -> "MemoryLog":
        self.connections += 1
        return self

    def __enter__(self) -> "MemoryLog":
        return self

    def __exit__(self, *_: object) -> None: ...

    def ensure_topic(self, _topic: str) -> None: ...

    def append(self, *, customer_id: str, event: bytes) -> None:
        decoded = msgspec.json.decode(event)
        assert decoded["customer_id"] == customer_id
        self._queued.append(decoded)

    def flush(self) -> None:
        if self.failures:
            self.failures -= 1
            raise EventLogUnavailable("away")
        self.events += self._queued
        self._queued = []

    def close(self) -> None:
        self._queued = []


@pytest.fixture(scope="module")
def settled() -> World:
    """The portfolio on the first morning of its history: no test lives through the months before."""
    world = RECIPE.world(first=0, count=RECIPE.customers, zone=ZONE)
    for _ in world.days(until=RECIPE.history_on):
        pass
    return world


@pytest.fixture(autouse=True)
def _begin_settled(settled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recipe, "world", lambda _self, **_: copy.deepcopy(settled))


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> MemoryLog:
    log = MemoryLog()
    monkeypatch.setattr(stream, "Producer", log)
    monkeypatch.setattr(stream, "Inspector", log)
    monkeypatch.setattr(stream, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(stream, "IDLE_SECONDS", 0.01)
    return log


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """The bank's clock: its last element is the time."""
    times = [MIDNIGHT + dt.timedelta(hours=36)]
    monkeypatch.setattr(bank_clock, "now", lambda: times[-1])
    return times


@pytest.fixture
def portfolio() -> SimulatedPortfolio:
    return SimulatedPortfolio.objects.create(
        seed=RECIPE.seed,
        customers=RECIPE.customers,
        history_on=RECIPE.history_on,
        live_on=RECIPE.live_on,
        parameters=PARAMETERS.fingerprint(),
        produced_until=start_of_stream(RECIPE, zone=ZONE),
    )


def expected(*, hours: float) -> list[str]:
    """Ids of the first hours' events, in order."""
    until = MIDNIGHT + dt.timedelta(hours=hours)
    days = days_after(
        RECIPE, after=start_of_stream(RECIPE, zone=ZONE), until=until, stopping=threading.Event()
    )
    return [name for day in days for name in transaction_ids(day, seed=RECIPE.seed)]


def produce(**options: Any) -> StreamProducer:
    wanted = {"recipe": RECIPE, "topic": "t", "pace": ClockPace(), "stopping": threading.Event(), **options}
    producer = StreamProducer(**wanted)
    producer.run()
    return producer


def ids(log: MemoryLog) -> list[str]:
    return [event["transaction_id"] for event in log.events]


def test_stream_produces_every_event_in_order(log, clock, portfolio):
    produce(until=MIDNIGHT + dt.timedelta(hours=30))
    assert ids(log) == expected(hours=30)
    times = [event["timestamp"] for event in log.events]
    assert times == sorted(times)
    assert times[0].startswith("2026-06-01T0")


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_stream_goes_on_where_it_stopped(log, clock, portfolio, limit):
    until = MIDNIGHT + dt.timedelta(hours=30)
    assert produce(until=until, limit=limit).produced == limit
    produce(until=until)
    assert ids(log) == expected(hours=30)


def test_stream_waits_for_the_banks_clock(log, clock, portfolio, monkeypatch):
    clock.append(MIDNIGHT + dt.timedelta(hours=12))
    stopping = threading.Event()
    monkeypatch.setattr(stream, "IDLE_SECONDS", 0.0)
    pace = ClockPace()

    class StopsWhenIdle(ClockPace):
        def ready(self, times_us):
            count = pace.ready(times_us)
            if count == 0:
                stopping.set()
            return count

    produce(stopping=stopping, pace=StopsWhenIdle())
    assert ids(log) == expected(hours=12)


def test_stream_appends_again_what_the_log_did_not_acknowledge(log, clock, portfolio):
    log.failures = 3
    with structlog.testing.capture_logs() as logged:
        produce(until=MIDNIGHT + dt.timedelta(hours=20))
    assert ids(log) == expected(hours=20)
    assert sum(line["event"] == "event log unavailable, trying again" for line in logged) == 3


def test_stream_notes_only_what_was_acknowledged(log, clock, portfolio):
    log.failures = 10**9
    stopping = threading.Event()
    threading.Timer(0.3, stopping.set).start()
    assert produce(stopping=stopping).produced == 0
    portfolio.refresh_from_db()
    assert portfolio.produced_until == start_of_stream(RECIPE, zone=ZONE)


def test_stream_waits_while_the_database_is_away(log, clock, portfolio, monkeypatch):
    away = [OperationalError("away")] * 2

    def now():
        if away:
            raise away.pop()
        return clock[-1]

    monkeypatch.setattr(bank_clock, "now", now)
    produce(until=MIDNIGHT + dt.timedelta(hours=20))
    assert ids(log) == expected(hours=20)


def test_stream_that_cannot_note_its_place_repeats_but_never_skips(log, clock, portfolio, monkeypatch):
    def refuse(_self):
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(StreamProducer, "_save", refuse)
        produce(until=MIDNIGHT + dt.timedelta(hours=20), limit=5)
    produce(until=MIDNIGHT + dt.timedelta(hours=20))
    assert ids(log)[5:] == expected(hours=20)


def test_stream_never_moves_its_place_back(log, clock, portfolio):
    further = MIDNIGHT + dt.timedelta(hours=50)
    producer = StreamProducer(recipe=RECIPE, topic="t", pace=ClockPace(), stopping=threading.Event(), limit=5)
    days = producer._days()
    SimulatedPortfolio.objects.update(produced_until=further)
    producer._produce_day(next(day for day in days if day.size))
    producer._close()
    portfolio.refresh_from_db()
    assert portfolio.produced_until == further


def test_rate_pace_gives_what_the_rate_allows(clock, monkeypatch):
    wall = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: wall[0])
    pace, times = RatePace(per_second=10), np.zeros(1_000, dtype=np.int64)
    assert pace.ready(times) == 0
    wall[0] += 2.5
    assert pace.ready(times) == 25
    assert pace.ready(times) == 0


def test_rate_pace_stays_within_a_day_of_the_clock(clock, monkeypatch):
    wall = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: wall[0])
    pace = RatePace(per_second=10)
    beyond = np.array([int((clock[-1] + MOST_AHEAD).timestamp() * 1_000_000) + 1])
    wall[0] += 60
    assert pace.ready(beyond) == 0
    clock.append(clock[-1] + dt.timedelta(hours=1))
    assert pace.ready(beyond) == 0, "nothing was saved up while waiting"
    wall[0] += 1
    assert pace.ready(beyond) == 1


def test_due_by_includes_the_moment_itself():
    moment = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    us = int(moment.timestamp() * 1_000_000)
    assert due_by(moment, np.array([us - 1, us, us + 1])) == 2


def test_covered_until_stops_short_of_events_of_the_same_moment():
    times = np.array([10, 20, 20, 30])
    assert [covered_until(times, produced) for produced in (1, 2, 3, 4)] == [19, 19, 29, 30]


def test_command_without_a_portfolio_says_how_to_make_one():
    with pytest.raises(CommandError, match=r"manage\.py simulate_portfolio"):
        call_command("produce_transactions")


def test_command_refuses_another_seed(portfolio):
    with pytest.raises(CommandError, match="made with seed 3"):
        call_command("produce_transactions", seed=4)


def test_command_refuses_a_portfolio_of_another_version(portfolio):
    SimulatedPortfolio.objects.update(parameters="0" * 16)
    with pytest.raises(CommandError, match="Make it anew"):
        call_command("produce_transactions")


@pytest.fixture
def handlers_kept() -> Iterator[None]:
    """The command's signal handlers are for its own process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_command_produces_and_counts(log, clock, portfolio, handlers_kept, capsys):
    call_command("produce_transactions", until=dt.datetime(2026, 6, 1, 15))  # noqa: DTZ001
    assert ids(log) == expected(hours=15)
    assert f"{len(log.events):,} events produced." in capsys.readouterr().out


def test_command_wants_a_rate_above_nothing(portfolio):
    with pytest.raises(CommandError, match="greater than 0"):
        call_command("produce_transactions", "--rate", "0")


def test_stream_told_to_stop_produces_nothing(log, clock, portfolio):
    stopping = threading.Event()
    stopping.set()
    assert produce(stopping=stopping).produced == 0


def test_command_takes_a_moment_with_a_zone_and_a_rate(log, clock, portfolio, handlers_kept):
    call_command("produce_transactions", "--until", "2026-06-01T09:30:00+00:00", "--rate", "100000")
    assert ids(log) == expected(hours=15)


@pytest.mark.kafka
def test_stream_reaches_a_real_log(clock, portfolio):
    topic = f"simulated-{uuid.uuid4()}"
    produce(topic=topic, until=MIDNIGHT + dt.timedelta(hours=20))
    with Inspector() as inspector:
        partitions = inspector.partitions(topic)
        ends, beginnings = inspector.ends(partitions), inspector.beginnings(partitions)
    assert sum(ends.values()) - sum(beginnings.values()) == len(expected(hours=20))
