"""The simulated world: the same whenever, however and with whomever it is run; no money is lost."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.simulator.arrays import Events
from ingest.simulator.bank_days import BankDay
from ingest.simulator.book import WINDOW_MINUTES
from ingest.simulator.codes import Category, Channel, Slot, Status
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.world import World, begin

ZONE = ZoneInfo("Asia/Kolkata")
HISTORY_ON = date(2026, 3, 1)
BEGINS_ON = HISTORY_ON - timedelta(days=PARAMETERS.warm_up_days)


def world(*, seed: int = 5, first: int = 0, count: int = 200) -> World:
    return begin(seed=seed, first=first, count=count, history_on=HISTORY_ON, zone=ZONE)


def entries_of(running: World, *, days: int) -> Events:
    until = running.next_on + timedelta(days=days)
    return np.concatenate([day.entries for day in running.days(until=until)])


@pytest.fixture(scope="module")
def year() -> tuple[World, np.typing.NDArray[np.int64], Events]:
    """A world after most of a year, its opening balances, and all its entries."""
    running = world(count=250)
    opening = running.state.balance.copy()
    return running, opening, entries_of(running, days=270)


def test_world_repeats_itself_by_seed():
    assert np.array_equal(entries_of(world(), days=20), entries_of(world(), days=20))


def test_world_differs_by_seed():
    assert not np.array_equal(entries_of(world(seed=5), days=5), entries_of(world(seed=6), days=5))


@settings(max_examples=5, deadline=None)
@given(first=st.integers(0, 150), count=st.integers(1, 50))
def test_world_customers_do_not_depend_on_the_others(first, count):
    together = entries_of(world(count=200), days=15)
    mine = (together["number"] > first) & (together["number"] <= first + count)
    alone = entries_of(world(first=first, count=count), days=15)
    assert np.array_equal(together[mine], alone)


@settings(max_examples=4, deadline=None)
@given(days=st.integers(1, 39))
def test_world_history_then_stream_equals_one_long_run(days):
    long = entries_of(world(count=80), days=40)
    history = entries_of(world(count=80), days=days)
    resumed = world(count=80)
    for _ in resumed.days(until=BEGINS_ON + timedelta(days=days)):
        pass
    stream = entries_of(resumed, days=40 - days)
    assert np.array_equal(long, np.concatenate([history, stream]))


def test_world_entries_are_in_time_order_and_within_their_bank_day(year):
    _, _, entries = year
    assert np.all(np.diff(entries["at_us"]) >= 0)
    local = (entries["at_us"] + int(5.5 * 3600 * 1_000_000)) // 86_400_000_000 + date(1970, 1, 1).toordinal()
    assert np.array_equal(local, entries["day"])


def test_world_slots_follow_each_other_without_overlap_and_cover_all():
    assert list(WINDOW_MINUTES) == list(Slot)
    windows = list(WINDOW_MINUTES.values())
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(windows))


def test_world_each_slot_posts_at_most_once_a_day(year):
    _, _, entries = year
    keys = np.unique(entries[["number", "day", "slot"]])
    assert keys.size == entries.size


def test_world_balances_are_sums_of_booked_movements(year):
    running, opening, entries = year
    signed = np.where(entries["is_credit"], 1, -1) * entries["amount"] * (entries["status"] == Status.BOOKED)
    for place in range(running.population.size):
        own = entries["number"] == place + 1
        path = opening[place] + np.cumsum(signed[own])
        assert np.array_equal(path, entries["balance_after"][own])
    assert np.array_equal(path[-1:], running.state.balance[-1:])


def test_world_balances_are_never_negative(year):
    running, _, entries = year
    assert entries["balance_after"].min() >= 0
    assert running.state.savings.min() >= 0


def test_world_amounts_are_positive(year):
    assert year[2]["amount"].min() > 0


def test_world_autodebit_is_returned_exactly_when_the_balance_is_short(year):
    _, _, entries = year
    debits = entries[entries["channel"] == Channel.AUTODEBIT]
    returned = debits["status"] == Status.RETURNED
    before = debits["balance_after"] + np.where(returned, 0, debits["amount"])
    assert set(np.unique(debits["status"])) == {Status.BOOKED, Status.RETURNED}
    assert np.array_equal(returned, before < debits["amount"])
    assert returned[debits["category"] == Category.EMI].any()


def test_world_only_employers_and_platforms_pay_salary(year):
    _, _, entries = year
    salary = entries["is_salary"]
    assert np.array_equal(salary, entries["category"] == Category.SALARY)
    assert entries["is_credit"][salary].all()
    assert (entries["channel"][salary] == Channel.BANK_TRANSFER).all()


def test_world_has_the_usual_number_of_transactions(year):
    running, _, entries = year
    assert 1.5 <= entries.size / running.population.size / 270 <= 2.5


def test_world_uses_every_category(year):
    assert set(np.unique(year[2]["category"])) == set(Category)


def test_world_arrears_are_what_fell_due_less_what_was_paid(year):
    running, _, entries = year
    loans, end = running.population.loans, running.next_on
    paid = (entries["category"] == Category.EMI) & (entries["status"] == Status.BOOKED)
    for loan in (0, 1):
        own = paid & (entries["loan"] == loan + 1)
        received = np.bincount(
            entries["number"][own] - 1, entries["amount"][own], minlength=running.population.size
        )
        fallen = np.zeros(running.population.size)
        for ordinal in range(BEGINS_ON.toordinal(), end.toordinal()):
            due = loans.due_today(BankDay(date.fromordinal(ordinal)))[loan]
            fallen += np.where(due, loans.emi[loan], 0)
        assert np.array_equal(fallen - received, running.state.arrears[loan])
