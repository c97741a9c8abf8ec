"""A model that says what a test wants, and customers of whom it speaks."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from customers.models import Customer, Instalment
from customers.tests.factories import (
    CustomerFactory,
    InstalmentFactory,
    InstalmentPaymentFactory,
    LoanFactory,
)
from risk.features import Floats
from risk.model import specs
from risk.model.inputs import Matrix
from risk.model.scorer import Bands, Scores
from risk.model.standing import Standing
from risk.refresh import Refresher
from risk.tests.factories import TODAY, TileFactory, days_ago

BANDS = Bands(medium_from_prob=0.3, high_from_prob=0.6)


@dataclass
class Voice:
    """A `risk.model.standing.Scoring` that says one probability of everybody, or fails, of all or of some."""

    probability: float = 0.1
    score_error: Exception | None = None
    fails_where_due_in: set[int] = field(default_factory=set)
    contributions_error: Exception | None = None

    def score(self, values: Matrix) -> Scores:
        if self.score_error:
            raise self.score_error
        if self.fails_where_due_in & set(values[:, specs.NAMES.index("days_to_due")].tolist()):
            raise RuntimeError("no such leaf")
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


def borrower(*, due_in: int = 10, **fields: Any) -> Customer:
    """The same with an instalment due in ten days: a model speaks of this customer."""
    customer = spender(**fields)
    InstalmentFactory.create(loan=LoanFactory.create(customer=customer), due_on=days_ago(-due_in))
    return customer


def borrower_due_today(**fields: Any) -> Customer:
    """Who has paid before, and has an instalment to pay today."""
    customer = spender(**fields)
    loan = LoanFactory.create(customer=customer)
    amount = loan.instalment_amount
    for number, due_on in ((1, days_ago(30)), (2, TODAY)):
        Instalment.objects.create(
            customer=customer, loan=loan, version=loan.schedule_version, number=number, due_on=due_on,
            amount=amount, cumulative_amount=number * amount, recorded_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
        )  # fmt: skip
    InstalmentPaymentFactory.create(
        loan=loan, amount=amount, occurred_at=dt.datetime.combine(days_ago(30), dt.time(6), tzinfo=dt.UTC)
    )
    return customer
