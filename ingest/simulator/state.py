"""What changes from day to day. Each array belongs to one simulation; copying the object saves its state."""

from dataclasses import dataclass

import numpy as np

from ingest.simulator.arrays import Ints
from ingest.simulator.loans import LOANS_PER_CUSTOMER
from ingest.simulator.population import Population


@dataclass
class State:
    """Money in paise, days as ordinals (0 for none); loan fields are arrays (2, customers).

    ``arrears`` is what fell due less what was paid; ``savings`` is money the customer keeps elsewhere.
    """

    balance: Ints
    savings: Ints
    rent_owed: Ints
    bill_owed: Ints
    app_owed: Ints
    app_due_on: Ints
    arrears: Ints
    retry_on: Ints
    retries_left: Ints
    hand_on: Ints
    hidden_until: Ints
    cause: Ints


def opening_state(population: Population) -> State:
    """Return the state on the morning of the simulation's first day: nothing owed, some money in hand."""
    income, traits = population.work.income, population.traits
    people = population.size
    by_person = ("rent_owed", "bill_owed", "app_owed", "app_due_on")
    by_loan = ("arrears", "retry_on", "retries_left", "hand_on", "hidden_until", "cause")
    single = {name: np.zeros(people, dtype=np.int64) for name in by_person}
    double = {name: np.zeros((LOANS_PER_CUSTOMER, people), dtype=np.int64) for name in by_loan}
    return State(
        balance=(income * traits.opening_share).astype(np.int64),
        savings=(income * traits.savings_share).astype(np.int64),
        **single,
        **double,
    )
