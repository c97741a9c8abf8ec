"""Money coming in: salaries by employer, pensions, weekly payouts, takings, and support from relatives."""

from functools import lru_cache

import numpy as np

from ingest.simulator.arrays import Bools, Floats, Ints
from ingest.simulator.bank_days import DAYS_PER_MONTH, BankDay, day_in_month
from ingest.simulator.book import Kind
from ingest.simulator.codes import Category, Channel, Employment, Slot
from ingest.simulator.day import Day
from ingest.simulator.merchants import CLIENT, FAMILY, GIG_PLATFORM_FROM, payroll
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.people import PAISE, employer_pay_days
from ingest.simulator.randomness import Randomness, Topic, between, lognormal, moods

SUNDAY = 6
GIG_PLATFORMS = 4


def pay_salaries(day: Day) -> None:
    """Pay salaries and pensions on the employer's pay day, and gig workers' payouts on their weekday."""
    work, u = day.population.work, day.uniforms(Topic.INCOME, 4)
    employed = work.employer >= 0
    todays = employers_paying(day.population.randomness.seed, day.bank_day)
    paid = employed & todays[work.employer]
    pay = work.income * day.effects.income * lognormal(u[0], u[1], PARAMETERS.work.salary_sigma)
    _pay(day, paid, pay, payroll(work.employer))
    payout = work.earns(Employment.GIG_WORKER) & (work.pay_weekday == day.bank_day.on.weekday())
    share = 7.0 / DAYS_PER_MONTH * lognormal(u[0], u[1], PARAMETERS.work.gig_week_sigma)
    platform = payroll(GIG_PLATFORM_FROM + day.population.traits.taste % GIG_PLATFORMS)
    _pay(day, payout, work.income * day.effects.income * share, platform)


def _pay(day: Day, paid: Bools, amount: Floats, merchant: Ints) -> None:
    """Credit what is flagged as salary by the core system."""
    who = day.where(paid & (amount >= PAISE))
    kind = Kind(Channel.BANK_TRANSFER, Category.SALARY, merchant[who], is_salary=True)
    day.book.credit(Slot.INCOME, who, amount[who].astype(np.int64), kind)


def take_receipts(day: Day) -> None:
    """Credit the takings of the self-employed on random days, and support of the unemployed once a month."""
    terms, work = PARAMETERS.work, day.population.work
    u = day.uniforms(Topic.INCOME, 8)[4:]
    trade = work.earns(Employment.SELF_EMPLOYED)
    sold = trade & (u[0] < terms.receipt_prob)
    mean = work.income * day.effects.income * trade_of_month(day) / (DAYS_PER_MONTH * terms.receipt_prob)
    supported = work.earns(Employment.UNEMPLOYED) & day.bank_day.is_day_of_month(work.pay_day)
    takings = mean * lognormal(u[1], u[2], terms.receipt_sigma)
    amount = np.where(supported, work.income * day.effects.income, takings)
    rupees = (amount / PAISE).astype(np.int64) * PAISE
    who = day.where((sold | supported) & (rupees > 0))
    merchant = np.where(trade, CLIENT, FAMILY)
    channel = np.where(u[3] < 0.6, Channel.UPI, Channel.BANK_TRANSFER)
    day.book.credit(Slot.RECEIPT, who, rupees[who], Kind(channel[who], Category.TRANSFER, merchant[who]))


def trade_of_month(day: Day) -> Floats:
    """Return by which factor each customer's takings differ from usual this month."""
    u = moods(day.population.randomness, month=day.bank_day.month)
    return lognormal(u[2], u[3], PARAMETERS.work.trade_month_sigma)


def employers_paying(seed: int, bank_day: BankDay) -> Bools:
    """Say which employers pay today: the nominal day, not a Sunday, at times a day early or days late."""
    months = (bank_day.month - 1, bank_day.month, bank_day.month + 1)
    paying = np.stack([_pay_ordinals(seed, month) == bank_day.ordinal for month in months])
    return np.asarray(paying.any(axis=0))


@lru_cache(maxsize=64)
def _pay_ordinals(seed: int, month: int) -> Ints:
    """On which day each employer pays the salaries of a month."""
    terms = PARAMETERS.work
    employers = Randomness(seed=seed, first=0, count=terms.employers)
    u = employers.uniforms(Topic.EMPLOYER_MONTH, moment=month, width=3)
    pay_days = employer_pay_days(seed).tolist()
    nominal = np.array([day_in_month(month, day).toordinal() for day in pay_days], dtype=np.int64)
    on_sunday = (nominal - 1) % 7 == SUNDAY
    early = u[0] < terms.employer_early_prob
    late = np.where(u[1] < terms.employer_late_prob, between(u[2], *terms.employer_late_days), 0.0)
    return np.asarray(nominal - (on_sunday | early) + late.astype(np.int64))
