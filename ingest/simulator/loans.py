"""Loans: product, principal, instalment by the annuity formula, due days, and what is outstanding."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from ingest.simulator.arrays import Bools, Floats, Ints
from ingest.simulator.bank_days import BankDay, day_in_month
from ingest.simulator.parameters import PARAMETERS, Pair
from ingest.simulator.people import PAISE, Work
from ingest.simulator.randomness import Randomness, Topic, between, pick

LOANS_PER_CUSTOMER = 2
LAST_DUE_DAY = 28


class Product(NamedTuple):
    """A loan product: tenures in months, yearly rate and loss given default 0–1 (assumed, not estimated)."""

    name: str
    tenures: tuple[int, ...]
    yearly_rate: Pair
    loss_given_default: float


PRODUCTS = (
    Product("PERSONAL", (24, 36, 48, 60), (0.105, 0.18), 0.65),
    Product("CONSUMER_DURABLE", (18, 24), (0.13, 0.20), 0.70),
    Product("TWO_WHEELER", (24, 36, 48), (0.10, 0.15), 0.50),
    Product("CAR", (36, 48, 60, 84), (0.085, 0.11), 0.40),
    Product("HOME", (120, 180, 240), (0.082, 0.095), 0.25),
    Product("GOLD", (24, 36), (0.09, 0.12), 0.15),
)


@dataclass(frozen=True)
class Loans:
    """Arrays (2, customers); ``emi`` is 0 where there is no loan. Money in paise, months since year 0."""

    product: Ints
    monthly_rate: Floats
    tenure: Ints
    principal: Ints
    emi: Ints
    first_month: Ints
    due_day: Ints
    retry_gap: Ints

    @property
    def held(self) -> Bools:
        """Say where there is a loan at all."""
        return self.emi > 0

    def instalment_number(self, month: int) -> Ints:
        """Number the instalment of a month from 1; 0 where there is none."""
        number = month - self.first_month + 1
        return np.where(self.held & (number >= 1) & (number <= self.tenure), number, 0)

    def due_today(self, day: BankDay) -> Bools:
        """Say which loans have an instalment due today."""
        return day.is_day_of_month(self.due_day) & (self.instalment_number(day.month) > 0)


def annuity(principal: Floats, *, monthly_rate: Floats, tenure: Ints) -> Floats:
    """Compute the level instalment that repays a loan.

    Args:
        principal: the amount lent.
        monthly_rate: interest for each month, 0–1, above 0.
        tenure: how many instalments.

    Returns:
        The instalment, in the unit of the principal.

    Source: the ordinary annuity, P r / (1 − (1 + r)^−n).
    """
    return np.asarray(principal * monthly_rate / (1.0 - (1.0 + monthly_rate) ** -tenure))


def outstanding(principal: Floats, *, monthly_rate: Floats, tenure: Ints, paid: Ints) -> Floats:
    """Compute the principal still owed after ``paid`` instalments, in the unit of the principal."""
    growth = (1.0 + monthly_rate) ** -(tenure - paid)
    return np.asarray(
        annuity(principal, monthly_rate=monthly_rate, tenure=tenure) / monthly_rate * (1.0 - growth)
    )


def draw_loans(randomness: Randomness, *, work: Work, begins_in: int) -> Loans:
    """Draw up to two loans for each customer, running when the simulation begins and for a year after.

    Args:
        randomness: the customers' streams.
        work: their income and pay day.
        begins_in: the month in which the simulation begins, in months since year 0.

    Returns:
        The loans.
    """
    lending = PARAMETERS.lending
    first = randomness.uniforms(Topic.LOAN_FIRST, moment=0, width=10)
    second = randomness.uniforms(Topic.LOAN_SECOND, moment=0, width=10)
    u = np.stack([first, second], axis=1)
    has_first = first[0] < lending.has_loan_prob
    held = np.stack([has_first, has_first & (second[0] < lending.second_loan_prob)])
    product = pick(u[1].ravel(), lending.product_weights).reshape(held.shape)
    rate, tenure = _terms(product, rate_u=u[2], tenure_u=u[3])
    share = np.stack([between(first[4], *lending.emi_share), between(second[4], *lending.second_emi_share)])
    wanted = annuity(np.ones_like(rate), monthly_rate=rate, tenure=tenure)
    principal = np.maximum(np.round(work.income * share / wanted / (1_000 * PAISE)), 1.0) * 1_000 * PAISE
    emi = np.ceil(annuity(principal, monthly_rate=rate, tenure=tenure) / PAISE) * PAISE
    return Loans(
        product=product,
        monthly_rate=rate,
        tenure=tenure,
        principal=np.where(held, principal, 0).astype(np.int64),
        emi=np.where(held, emi, 0).astype(np.int64),
        first_month=begins_in + 1 - np.floor(u[5] * (tenure - lending.least_months_left)).astype(np.int64),
        due_day=_due_days(u, pay_day=work.pay_day),
        retry_gap=np.asarray(lending.retry_gap_days, dtype=np.int64)[
            (u[9] * len(lending.retry_gap_days)).astype(int)
        ],
    )


def _terms(product: Ints, *, rate_u: Floats, tenure_u: Floats) -> tuple[Floats, Ints]:
    """Draw a monthly rate and a tenure from each loan's product."""
    rate, tenure = np.zeros(product.shape), np.zeros(product.shape, dtype=np.int64)
    for code, terms in enumerate(PRODUCTS):
        here = product == code
        rate[here] = between(rate_u[here], *terms.yearly_rate) / 12
        tenure[here] = np.asarray(terms.tenures)[(tenure_u[here] * len(terms.tenures)).astype(int)]
    return rate, tenure


def _due_days(u: Floats, *, pay_day: Ints) -> Ints:
    """Draw due days: soon after pay day for most, one of the lender's usual days for the others."""
    lending = PARAMETERS.lending
    after = pay_day + between(u[7], *lending.due_after_pay_days).astype(np.int64)
    usual = np.asarray(lending.due_days)[(u[8] * len(lending.due_days)).astype(int)]
    day = np.where(u[6] < lending.due_after_pay_prob, (after - 1) % LAST_DUE_DAY + 1, usual)
    return day.astype(np.int64)


def due_dates(*, first_month: int, tenure: int, due_day: int) -> list[date]:
    """List the due dates of a loan's whole schedule, oldest first."""
    return [day_in_month(first_month + k, due_day) for k in range(tenure)]
