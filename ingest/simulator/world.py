"""The simulation itself: day after day from the portfolio's first, the same whenever one stops and starts.

Nothing is saved between runs. A later run begins at the same first day and passes quickly over the days
already written: a day follows from the state of the evening before and from numbers addressed by (seed,
day, customer), never from where a run began to write or when it ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from ingest.simulator.arrays import Events, joined
from ingest.simulator.bank_days import BankDay
from ingest.simulator.codes import Slot
from ingest.simulator.day import INSTALMENT_DTYPE, Day, open_day
from ingest.simulator.household import (
    debit_bills,
    draw_on_savings,
    meet_emergency,
    pay_rent_and_late_bills,
    put_aside,
)
from ingest.simulator.income import pay_salaries, take_receipts
from ingest.simulator.instalments import pay_by_hand, present_instalments
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.population import Population, draw_population
from ingest.simulator.purchases import plan_shopping, shop
from ingest.simulator.side_money import gamble, send_and_receive, use_loan_apps, withdraw_cash
from ingest.simulator.state import State, opening_state


@dataclass(frozen=True)
class WorldDay:
    """A bank day that is over: its entries in time order, and which instalments fell due (ground truth)."""

    bank_day: BankDay
    entries: Events
    dues: Events


@dataclass
class World:
    """A running simulation of a range of customers.

    Args:
        population: the customers.
        state: how they stand on the morning of ``next_on``.
        next_on: the next bank day to simulate.
        zone: the bank's time zone.
    """

    population: Population
    state: State
    next_on: date
    zone: ZoneInfo

    def step(self) -> WorldDay:
        """Simulate one bank day."""
        day = open_day(
            bank_day=BankDay(self.next_on), population=self.population, state=self.state, zone=self.zone
        )
        live(day)
        self.next_on += timedelta(days=1)
        dues = joined(day.dues, INSTALMENT_DTYPE)
        return WorldDay(bank_day=day.bank_day, entries=day.book.entries(), dues=dues)

    def days(self, *, until: date) -> Iterator[WorldDay]:
        """Simulate day after day up to, and not including, ``until``."""
        while self.next_on < until:
            yield self.step()


def begin(*, seed: int, first: int, count: int, history_on: date, zone: ZoneInfo) -> World:
    """Set up a portfolio's simulation on its first day, some months before the history that is kept.

    Args:
        seed: the portfolio's seed.
        first: zero-based place of the first customer.
        count: how many customers.
        history_on: the first bank day of the history; the days before it let the portfolio settle.
        zone: the bank's time zone.

    Returns:
        The world on the morning of its first day.
    """
    begins_on = history_on - timedelta(days=PARAMETERS.warm_up_days)
    population = draw_population(seed=seed, first=first, count=count, begins_on=begins_on)
    return World(population=population, state=opening_state(population), next_on=begins_on, zone=zone)


def live(day: Day) -> None:
    """Let a day happen, in the order of ``codes.Slot``."""
    pay_salaries(day)
    present_instalments(day)
    debit_bills(day)
    plan = plan_shopping(day)
    shop(day, plan, moment=0)
    draw_on_savings(day)
    pay_rent_and_late_bills(day)
    pay_by_hand(day)
    put_aside(day)
    withdraw_cash(day, slot=Slot.CASH_MORNING)
    shop(day, plan, moment=1)
    take_receipts(day)
    shop(day, plan, moment=2)
    meet_emergency(day)
    withdraw_cash(day, slot=Slot.CASH_EVENING)
    shop(day, plan, moment=3)
    send_and_receive(day)
    shop(day, plan, moment=4)
    use_loan_apps(day)
    gamble(day)
    shop(day, plan, moment=5)
