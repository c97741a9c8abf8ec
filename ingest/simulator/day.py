"""One bank day of a population: what every phase of the day looks at and writes to."""

from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from ingest.simulator.arrays import Bools, Events, Floats, Ints
from ingest.simulator.bank_days import BankDay
from ingest.simulator.book import Book
from ingest.simulator.codes import Employment, Slot
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.population import Population
from ingest.simulator.randomness import Topic
from ingest.simulator.shocks import Effects, effects_on
from ingest.simulator.state import State

INSTALMENT_DTYPE = np.dtype(
    [
        ("number", np.int64),
        ("loan", np.int8),
        ("due_on", np.int64),
        ("was_current", np.bool_),
        ("cause", np.int8),
    ]
)


@dataclass
class Day:
    """A day in the making.

    ``dues`` collects the instalments that fell due (``INSTALMENT_DTYPE``): whether nothing was overdue
    before, and why one was not paid at once. It is ground truth and never leaves the simulator.
    """

    bank_day: BankDay
    population: Population
    state: State
    book: Book
    effects: Effects
    dues: list[Events] = field(default_factory=list)

    @property
    def ordinal(self) -> int:
        """The bank day as days since 0001-01-01."""
        return self.bank_day.ordinal

    def uniforms(self, topic: Topic, width: int) -> Floats:
        """Draw today's random numbers of a topic: an array (width, customers)."""
        return self.population.randomness.uniforms(topic, moment=self.ordinal, width=width)

    def where(self, chosen: Bools) -> Ints:
        """Turn a choice of customers into their places."""
        return np.flatnonzero(chosen).astype(np.int64)

    @cached_property
    def horizon_days(self) -> Ints:
        """How far ahead each customer thinks: to the next regular income, further when aware of trouble."""
        work = self.population.work
        irregular = work.earns(Employment.SELF_EMPLOYED, Employment.GIG_WORKER)
        until_pay = self.bank_day.days_until(work.pay_day)
        usual = np.where(irregular, PARAMETERS.spending.irregular_horizon_days, until_pay)
        return usual + self.effects.caution_days.astype(np.int64)

    @cached_property
    def until_due(self) -> Ints:
        """Days to each loan's next instalment, (2, customers); today's own has been presented already."""
        return self.bank_day.days_until(self.population.loans.due_day)

    @cached_property
    def instalments_ahead(self) -> Ints:
        """What each customer has to pay for loans before the horizon, in paise."""
        loans = self.population.loans
        next_month = self.bank_day.month + (self.until_due + self.bank_day.on.day > self.bank_day.length)
        running = (next_month >= loans.first_month) & (next_month < loans.first_month + loans.tenure)
        within = running & (self.until_due <= self.horizon_days)
        return np.asarray((np.where(within, loans.emi, 0) + self.state.arrears).sum(axis=0))

    @cached_property
    def obligations_ahead(self) -> Ints:
        """What each customer has to pay before the horizon, loans and home, in paise."""
        home = self.population.home
        days = np.stack([home.rent_day, home.electricity_day, home.telecom_day])
        amounts = np.stack([home.rent, home.electricity, home.telecom])
        ahead = np.where(self.bank_day.days_until(days) <= self.horizon_days, amounts, 0).sum(axis=0)
        return np.asarray(ahead + self.instalments_ahead + self.state.rent_owed + self.state.bill_owed)


def open_day(*, bank_day: BankDay, population: Population, state: State, zone: ZoneInfo) -> Day:
    """Open a bank day for a population.

    Args:
        bank_day: the day.
        population: the customers.
        state: how they stand this morning; the day's phases change it.
        zone: the bank's time zone.

    Returns:
        The day, with an empty book.
    """
    randomness = population.randomness
    book = Book(
        numbers=population.numbers,
        balance=state.balance,
        ordinal=bank_day.ordinal,
        start_us=bank_day.start_us(zone),
        times=randomness.uniforms(Topic.TIMES, moment=bank_day.ordinal, width=len(Slot) + 1),
        habit_shift_us=population.traits.shift_us,
    )
    effects = effects_on(population.episodes, bank_day.ordinal)
    return Day(bank_day=bank_day, population=population, state=state, book=book, effects=effects)
