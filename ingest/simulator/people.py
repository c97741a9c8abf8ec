"""Who the customers are: work, home and habits, drawn once for each customer. Money is in paise."""

from dataclasses import dataclass

import numpy as np

from ingest.simulator.arrays import Bools, Floats, Ints
from ingest.simulator.codes import Employment
from ingest.simulator.parameters import PARAMETERS, ByPersona, Pair
from ingest.simulator.randomness import Randomness, Topic, between, lognormal, pick

PAISE = 100
PENSION_OFFICE = 0
SHIFT_SECONDS = 40 * 60


@dataclass(frozen=True)
class Work:
    """Employment and income; ``income`` is a usual month's, whatever it consists of."""

    employment: Ints
    tier: Ints
    income: Ints
    employer: Ints
    pay_day: Ints
    pay_weekday: Ints

    def earns(self, *employments: Employment) -> Bools:
        """Say who has one of the given kinds of work."""
        return np.isin(self.employment, employments)


@dataclass(frozen=True)
class Home:
    """Rent and bills of a month, with the days of the month on which they fall due."""

    rent: Ints
    rent_day: Ints
    electricity: Ints
    electricity_day: Ints
    telecom: Ints
    telecom_day: Ints
    insurance: Ints
    insurance_day: Ints

    @property
    def fixed(self) -> Ints:
        """What the home costs in a usual month."""
        return self.rent + self.electricity + self.telecom + self.insurance


@dataclass(frozen=True)
class Traits:
    """Habits that do not change: shares and probabilities are 0–1, ``shift_us`` moves the whole day."""

    prudence: Floats
    pacing: Floats
    activity: Floats
    essential_share: Floats
    spend_ratio: Floats
    cash_share: Floats
    cash_count_month: Floats
    transfer_share: Floats
    upi_share: Floats
    aware: Floats
    savings_share: Floats
    opening_share: Floats
    uses_apps: Bools
    gambles: Bools
    no_mandate: Bools
    taste: Ints
    shift_us: Ints


def by_persona(u: Floats, pairs: ByPersona, persona: Ints) -> Floats:
    """Stretch a uniform over the range of each customer's persona."""
    bounds = np.asarray(pairs, dtype=np.float64)
    return between(u, bounds[persona, 0], bounds[persona, 1])


def share_of(income: Ints, u: Floats, bounds: Pair) -> Ints:
    """Take a share of an income, in whole rupees."""
    return (income * between(u, *bounds) / PAISE).astype(np.int64) * PAISE


def draw_work(randomness: Randomness) -> Work:
    """Draw employment, city tier, income and pay day of each customer."""
    terms = PARAMETERS.work
    u = randomness.uniforms(Topic.WORK, moment=0, width=8)
    employment = pick(u[0], terms.shares)
    tier = pick(u[1], PARAMETERS.tier_shares) + 1
    median = np.asarray(terms.median_income)[employment] * np.asarray(terms.tier_factor)[tier - 1]
    sigma = np.asarray(terms.income_sigma)[employment]
    income = median * lognormal(u[2], u[3], sigma) * np.exp(sigma**2 / 2)
    employer = 1 + (np.square(u[4]) * (terms.employers - 1)).astype(np.int64)
    retired = employment == Employment.RETIRED
    salaried = employment == Employment.SALARIED
    own_day = np.asarray(terms.pay_days)[pick(u[5], terms.pay_day_weights)]
    employer = np.where(salaried, employer, np.where(retired, PENSION_OFFICE, -1))
    return Work(
        employment=employment,
        tier=tier,
        income=np.round(np.clip(income, *terms.income_bounds) / 100).astype(np.int64) * 100 * PAISE,
        employer=employer,
        pay_day=np.where(employer >= 0, employer_pay_days(randomness.seed)[employer], own_day),
        pay_weekday=(u[6] * 5).astype(np.int64),
    )


def employer_pay_days(seed: int) -> Ints:
    """Draw the nominal pay day of every employer; the pension office pays on the 1st."""
    terms = PARAMETERS.work
    employers = Randomness(seed=seed, first=0, count=terms.employers)
    u = employers.uniforms(Topic.EMPLOYER, moment=0, width=1)
    days = np.asarray(terms.pay_days, dtype=np.int64)[pick(u[0], terms.pay_day_weights)]
    days[PENSION_OFFICE] = 1
    return days


def draw_home(randomness: Randomness, *, income: Ints) -> Home:
    """Draw rent and bills, and the days on which they fall due."""
    home = PARAMETERS.home
    u = randomness.uniforms(Topic.HOME, moment=0, width=10)
    rent = np.where(u[0] < home.rents_prob, share_of(income, u[1], home.rent_share), 0)
    insurance = np.where(u[2] < home.insured_prob, share_of(income, u[3], home.insurance_share), 0)
    return Home(
        rent=rent // (100 * PAISE) * (100 * PAISE),
        rent_day=1 + (u[4] * 7).astype(np.int64),
        electricity=share_of(income, u[5], home.electricity_share),
        electricity_day=5 + (u[6] * 20).astype(np.int64),
        telecom=share_of(income, u[7], home.telecom_share),
        telecom_day=1 + (u[8] * 28).astype(np.int64),
        insurance=insurance,
        insurance_day=1 + (u[9] * 28).astype(np.int64),
    )


def draw_traits(randomness: Randomness, *, persona: Ints, work: Work) -> Traits:
    """Draw the habits of each customer."""
    home, spending = PARAMETERS.home, PARAMETERS.spending
    u = randomness.uniforms(Topic.TRAIT, moment=0, width=20)
    small_town = np.where(work.tier == len(PARAMETERS.tier_shares), home.cash_small_town_factor, 1.0)
    return Traits(
        prudence=by_persona(u[0], spending.prudence, persona),
        pacing=by_persona(u[1], spending.pacing, persona),
        activity=lognormal(u[2], u[3], spending.activity_sigma),
        essential_share=by_persona(u[4], home.essential_share, persona),
        spend_ratio=by_persona(u[5], home.spend_ratio, persona),
        cash_share=by_persona(u[6], home.cash_share, persona) * small_town,
        cash_count_month=between(u[7], *home.cash_count_month),
        transfer_share=between(u[8], *home.transfer_share),
        upi_share=between(u[9], 0.55, 0.85),
        opening_share=between(u[10], *PARAMETERS.reserves.opening_balance),
        taste=(u[11] * 1_000_000).astype(np.int64),
        shift_us=(between(u[12], -0.5, 0.5) * SHIFT_SECONDS * 1_000_000).astype(np.int64),
        savings_share=_savings_share(u[13], u[14], persona=persona),
        aware=np.asarray(PARAMETERS.reserves.aware_prob)[persona],
        uses_apps=u[15] < np.asarray(PARAMETERS.borrowing.app_user_prob)[persona],
        gambles=u[16] < np.asarray(PARAMETERS.borrowing.gambler_prob)[persona],
        no_mandate=u[17] < PARAMETERS.lending.no_mandate_prob,
    )


def _savings_share(u: Floats, v: Floats, *, persona: Ints) -> Floats:
    """Draw how much each customer keeps elsewhere, in months of income."""
    terms = PARAMETERS.reserves
    median = np.asarray(terms.savings_median)[persona]
    drawn = median * lognormal(u, v, terms.savings_sigma) * np.exp(terms.savings_sigma**2 / 2)
    return np.asarray(np.minimum(drawn, terms.savings_most))
