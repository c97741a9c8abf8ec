"""Bank days: each evaluated once, an unfinished one superseded by the next, done when no range is left."""

import datetime as dt
import time

import pytest
import time_machine

from customers.tests.factories import CustomerFactory
from risk import tasks
from risk.levels import Level
from risk.models import CurrentRisk, DayEvaluation, DayRange, RiskTrendPoint
from risk.refresh import Refresher
from risk.services import bank_day_tick, day_close_finished, day_open, mark_dirty, trend_record
from risk.tests.factories import TODAY
from tests.threads import Elsewhere, uncommitted, until_somebody_waits_for_a_lock

TOMORROW = TODAY + dt.timedelta(days=1)
State = DayEvaluation.State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def states() -> dict[dt.date, str]:
    return dict(DayEvaluation.objects.values_list("day_on", "state"))


def test_day_opens_with_ranges_over_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("risk.services.CHUNK", 2)
    first = CustomerFactory.create().pk
    for _ in range(4):
        CustomerFactory.create()

    evaluation = day_open(day=TODAY)

    assert evaluation is not None
    assert (evaluation.customers, evaluation.state) == (5, State.RUNNING)
    ranges = DayRange.objects.order_by("id").values_list("first_customer_id", "last_customer_id")
    assert list(ranges) == [(first, first + 1), (first + 2, first + 3), (first + 4, first + 5)]


def test_day_opens_once() -> None:
    assert day_open(day=TODAY) is not None
    assert day_open(day=TODAY) is None
    assert day_open(day=TODAY - dt.timedelta(days=1)) is None
    assert len(states()) == 1


def test_later_day_supersedes_an_unfinished_one() -> None:
    customer = CustomerFactory.create().pk
    day_open(day=TODAY)

    day_open(day=TOMORROW + dt.timedelta(days=3))

    assert states() == {TODAY: State.SUPERSEDED, TOMORROW + dt.timedelta(days=3): State.RUNNING}
    assert [each.first_customer_id for each in DayRange.objects.all()] == [customer]
    assert DayEvaluation.objects.get(day_on=TODAY).finished_at is not None


def test_day_is_done_when_no_range_is_left() -> None:
    CustomerFactory.create()
    day_open(day=TODAY)

    assert day_close_finished() == 0
    DayRange.objects.all().delete()
    assert day_close_finished() == 1

    assert states() == {TODAY: State.DONE}
    assert str(DayEvaluation.objects.get()) == f"{TODAY} done"


def test_finished_day_stays_done_when_the_next_one_opens() -> None:
    day_open(day=TODAY)
    day_close_finished()

    day_open(day=TOMORROW)

    assert states() == {TODAY: State.DONE, TOMORROW: State.RUNNING}


def test_bank_without_customers_has_nothing_to_evaluate() -> None:
    bank_day_tick()

    assert states() == {TODAY: State.DONE}


def test_everybody_is_evaluated_as_of_the_new_day(at_noon: time_machine.Traveller) -> None:
    customers = [CustomerFactory.create().pk for _ in range(3)]
    bank_day_tick()
    at_noon.shift(dt.timedelta(days=1))

    bank_day_tick()
    Refresher().run(until=time.monotonic() + 60)
    bank_day_tick()

    risks = CurrentRisk.objects.order_by("pk").values_list("customer_id", "as_of_on", "revision")
    assert list(risks) == [(customer, TOMORROW, 1) for customer in customers]
    assert states() == {TODAY: State.SUPERSEDED, TOMORROW: State.DONE}


@pytest.mark.django_db(transaction=True)
def test_news_and_the_day_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("risk.services.CHUNK", 1)
    quiet, busy, other = (CustomerFactory.create().pk for _ in range(3))
    day_open(day=TODAY)
    refresher = Refresher()

    taken = []
    for _ in range(4):
        # News never end.
        mark_dirty([busy])
        refreshed = refresher.chunk()
        assert refreshed is not None
        taken.append([each.ids for each in refreshed])

    assert taken == [[[busy]], [[quiet]], [[busy]], [[busy]]]
    assert [each.first_customer_id for each in DayRange.objects.all()] == [other]


@pytest.mark.django_db(transaction=True)
def test_two_beats_open_a_day_once() -> None:
    CustomerFactory.create()

    with uncommitted(lambda: day_open(day=TODAY)) as first:
        second = Elsewhere(lambda _: day_open(day=TODAY))
        until_somebody_waits_for_a_lock()

    assert (first.result is None, second.finish()) == (False, None)
    assert DayRange.objects.count() == 1


def test_trend_counts_each_level_once_a_minute() -> None:
    mark_dirty([CustomerFactory.create().pk for _ in range(2)])
    Refresher().run(until=time.monotonic() + 60)

    trend_record()
    tasks.trend()

    points = dict(RiskTrendPoint.objects.values_list("level", "customers"))
    assert points == {Level.LOW: 2, Level.MEDIUM: 0, Level.HIGH: 0}
    assert str(RiskTrendPoint.objects.get(level=Level.LOW)).endswith("LOW 2")
