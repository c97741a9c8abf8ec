"""A model that says what a test wants, and customers of whom it speaks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from customers.models import Customer
from customers.tests.factories import CustomerFactory, InstalmentFactory, LoanFactory
from risk.features import Floats
from risk.model import specs
from risk.model.inputs import Matrix
from risk.model.scorer import Bands, Scores
from risk.model.standing import Standing
from risk.refresh import Refresher
from risk.tests.factories import TileFactory, days_ago

BANDS = Bands(medium_from_prob=0.3, high_from_prob=0.6)


@dataclass
class Voice:
    """A `risk.model.standing.Scoring` that says one probability of everybody, or fails."""

    probability: float = 0.1
    score_error: Exception | None = None
    contributions_error: Exception | None = None

    def score(self, values: Matrix) -> Scores:
        if self.score_error:
            raise self.score_error
        probability = np.full(len(values), self.probability)
        return Scores(np.log(probability / (1 - probability)), probability, BANDS.of(probability))

    def contributions(self, values: Matrix) -> Floats:
        if self.contributions_error:
            raise self.contributions_error
        found = np.zeros((len(values), len(specs.NAMES) + 1))
        found[:, 0] = np.log(self.probability / (1 - self.probability))
        return found

    def __call__(self, ubj: bytes, manifest: Mapping[str, Any]) -> "Voice":
        """As the loader of a standing."""
        return self


def listening(voice: Voice, *, verify_seconds: float = 0.0) -> Refresher:
    """A refresher whose models all speak with this voice."""
    return Refresher(standing=Standing(load=voice, verify_seconds=verify_seconds))


def spender(**fields: Any) -> Customer:
    """Paid twenty days ago and spending evenly: LOW. Nothing falls due."""
    customer = CustomerFactory.create(**fields)
    for age in (5, 12, 20, 50, 80):
        TileFactory.create(
            customer=customer, day_on=days_ago(age), txn_count=4, debit_amount=900, essential_amount=450,
            discretionary_amount=450, credit_amount=50_000 * (age % 30 == 20),
            salary_count=int(age % 30 == 20), salary_amount=50_000 * (age % 30 == 20),
        )  # fmt: skip
    return customer


def borrower(**fields: Any) -> Customer:
    """The same with an instalment due in ten days: a model speaks of this customer."""
    customer = spender(**fields)
    InstalmentFactory.create(loan=LoanFactory.create(customer=customer), due_on=days_ago(-10))
    return customer
