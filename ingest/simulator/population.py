"""All that never changes about a range of customers: who they are, what they owe, what befalls them."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from ingest.simulator.arrays import Floats, Ints
from ingest.simulator.bank_days import BankDay
from ingest.simulator.codes import Category, Persona
from ingest.simulator.loans import Loans, draw_loans
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.people import Home, Traits, Work, draw_home, draw_traits, draw_work
from ingest.simulator.personas import personas_of
from ingest.simulator.randomness import Randomness
from ingest.simulator.shocks import Episodes, draw_episodes

IS_ESSENTIAL = np.isin(np.arange(len(PARAMETERS.spending.count_month)), (Category.GROCERY, Category.MEDICAL))
OVERSPENDER_COUNT_FACTOR = 1.4


@dataclass(frozen=True)
class Budget:
    """A usual month's flexible spending: ``tickets`` and ``counts`` are (7, customers), money in paise."""

    flexible: Floats
    tickets: Floats
    counts: Floats
    cash: Floats
    transfers: Floats


@dataclass(frozen=True)
class Population:
    """Customers ``numbers`` (bank ids as integers) of one portfolio."""

    randomness: Randomness
    begins_on: date
    persona: Ints
    work: Work
    home: Home
    traits: Traits
    loans: Loans
    episodes: Episodes
    budget: Budget

    @property
    def numbers(self) -> Ints:
        """The customers' bank ids."""
        return np.arange(self.size, dtype=np.int64) + self.randomness.first + 1

    @property
    def size(self) -> int:
        """How many customers there are."""
        return self.randomness.count


def draw_population(*, seed: int, first: int, count: int, begins_on: date) -> Population:
    """Draw the customers of a range.

    Args:
        seed: the portfolio's seed.
        first: zero-based place of the first customer.
        count: how many customers.
        begins_on: the simulation's first bank day.

    Returns:
        The population; customer k is the same in whatever range it is drawn.
    """
    randomness = Randomness(seed=seed, first=first, count=count)
    persona = personas_of(first=first, count=count)
    work = draw_work(randomness)
    home = draw_home(randomness, income=work.income)
    traits = draw_traits(randomness, persona=persona, work=work)
    loans = draw_loans(randomness, work=work, begins_in=BankDay(begins_on).month)
    return Population(
        randomness=randomness,
        begins_on=begins_on,
        persona=persona,
        work=work,
        home=home,
        traits=traits,
        loans=loans,
        episodes=draw_episodes(randomness, persona=persona, begins_on=begins_on.toordinal()),
        budget=plan_budget(persona=persona, work=work, home=home, traits=traits, loans=loans),
    )


def plan_budget(*, persona: Ints, work: Work, home: Home, traits: Traits, loans: Loans) -> Budget:
    """Divide what is left of a month's income after fixed costs over habits."""
    spending = PARAMETERS.spending
    left = work.income - loans.emi.sum(axis=0) - home.fixed
    flexible = np.maximum(left, PARAMETERS.home.least_flexible_share * work.income) * traits.spend_ratio
    purchases = flexible * (1.0 - traits.cash_share - traits.transfer_share)
    essential = IS_ESSENTIAL[:, None]
    part = np.where(essential, traits.essential_share, 1.0 - traits.essential_share)
    lavish = np.where(~essential & (persona == Persona.OVERSPENDER), OVERSPENDER_COUNT_FACTOR, 1.0)
    counts = np.asarray(spending.count_month)[:, None] * traits.activity * lavish
    return Budget(
        flexible=flexible,
        tickets=purchases * part * np.asarray(spending.budget_share)[:, None] / counts,
        counts=counts,
        cash=flexible * traits.cash_share,
        transfers=flexible * traits.transfer_share,
    )
