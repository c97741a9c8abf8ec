"""Cash, transfers between people, loan apps and gambling."""

import numpy as np

from ingest.simulator.bank_days import DAYS_PER_MONTH
from ingest.simulator.book import Kind
from ingest.simulator.codes import Category, Channel, Slot, Status
from ingest.simulator.day import Day
from ingest.simulator.merchants import CASH_MACHINE, FAMILY, FRIEND, RELATIVE, favourite
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.people import PAISE
from ingest.simulator.randomness import Topic, between, lognormal

NOTE = 100 * PAISE
MOST_CASH = 20_000 * PAISE
CASH_SIGMA = 0.40
TRANSFERS_MONTH = 2.5
GIFTS_MONTH = 0.8
OUTFLOW_WEEKS_MONTH = 4.3
DUE_PRESSURE_DAYS = 3


def withdraw_cash(day: Day, *, slot: Slot) -> None:
    """Let customers withdraw cash by habit; those who fear for their money withdraw more often."""
    budget, traits = day.population.budget, day.population.traits
    half = 0 if slot == Slot.CASH_MORNING else 4
    u = day.uniforms(Topic.CASH, 8)[half : half + 4]
    rate = traits.cash_count_month / DAYS_PER_MONTH / 2 * day.effects.cash
    usual = budget.cash / traits.cash_count_month * lognormal(u[1], u[2], CASH_SIGMA)
    amount = np.clip(np.round(usual / (5 * NOTE)) * 5 * NOTE, NOTE, MOST_CASH).astype(np.int64)
    amount = np.minimum(amount, day.state.balance // NOTE * NOTE)
    who = day.where((u[0] < -np.expm1(-rate)) & (amount >= NOTE))
    kind = Kind(Channel.ATM, Category.ATM_WITHDRAWAL, CASH_MACHINE)
    day.book.debit(slot, who, amount[who], kind, refusal=Status.DECLINED)


def send_and_receive(day: Day) -> None:
    """Move money between people: small gifts in, transfers out, and what a silent drain carries away."""
    budget, u = day.population.budget, day.uniforms(Topic.TRANSFER, 8)
    gift = (budget.transfers / TRANSFERS_MONTH * lognormal(u[1], u[2], 0.6) / PAISE).astype(np.int64) * PAISE
    who = day.where((u[0] < GIFTS_MONTH / DAYS_PER_MONTH) & (gift >= NOTE))
    merchant = np.where(u[7] < 0.5, FRIEND, FAMILY)
    day.book.credit(Slot.TRANSFER_IN, who, gift[who], Kind(Channel.UPI, Category.TRANSFER, merchant[who]))
    carried = (u[3] < OUTFLOW_WEEKS_MONTH / DAYS_PER_MONTH) & (day.effects.outflow_share > 0)
    habit = ~carried & (u[3] > 1.0 - TRANSFERS_MONTH / DAYS_PER_MONTH * day.effects.discretionary)
    usual = budget.transfers / TRANSFERS_MONTH * lognormal(u[4], u[5], 0.6)
    wanted = np.where(carried, day.population.work.income * day.effects.outflow_share, usual)
    amount = np.minimum((wanted / PAISE).astype(np.int64), day.state.balance // PAISE) * PAISE
    spared = ~carried & (amount > day.state.balance - day.obligations_ahead)
    who = day.where((carried | habit) & (amount >= NOTE) & ~spared)
    merchant = np.where(carried, RELATIVE, np.where(u[6] < 0.6, FRIEND, FAMILY))
    kind = Kind(Channel.UPI, Category.TRANSFER, merchant[who])
    day.book.debit(Slot.TRANSFER_OUT, who, amount[who], kind, refusal=Status.DECLINED)


def use_loan_apps(day: Day) -> None:
    """Let users of loan apps borrow when money is gone or an instalment looms, and repay when it is due."""
    terms, state, u = PARAMETERS.borrowing, day.state, day.uniforms(Topic.BORROWING, 4)
    income, traits = day.population.work.income, day.population.traits
    looming = np.where(day.until_due <= DUE_PRESSURE_DAYS, day.population.loans.emi, 0).sum(axis=0)
    pressed = (state.balance < income * terms.app_floor_share) | (state.balance < looming)
    lender = favourite(Category.LOANAPP, taste=traits.taste, u=np.zeros_like(u[0]))
    wants = traits.uses_apps & pressed & (state.app_owed == 0) & (u[0] < terms.app_borrow_prob)
    lent = (income * between(u[1], *terms.app_amount_share)).astype(np.int64) // (5 * NOTE) * (5 * NOTE)
    who = day.where(wants & (lent > 0))
    kind = Kind(Channel.BANK_TRANSFER, Category.LOANAPP, lender[who])
    day.book.credit(Slot.LOANAPP_IN, who, lent[who], kind)
    owed = (lent * (1.0 + between(u[2], *terms.app_fee)) / PAISE).astype(np.int64) * PAISE
    state.app_owed[who], state.app_due_on[who] = owed[who], day.ordinal + terms.app_term_days
    due = (state.app_owed > 0) & (state.app_due_on <= day.ordinal) & (state.balance >= state.app_owed)
    who = day.where(due)
    kind = Kind(Channel.UPI, Category.LOANAPP, lender[who])
    day.book.debit(Slot.LOANAPP_OUT, who, state.app_owed[who], kind, refusal=Status.DECLINED)
    state.app_owed[who] = 0


def gamble(day: Day) -> None:
    """Let gamblers stake money in the evening and win some of it back at times."""
    terms, u = PARAMETERS.borrowing, day.uniforms(Topic.GAMBLING, 4)
    traits, income = day.population.traits, day.population.work.income
    stake = (income * between(u[1], *terms.stake_share)).astype(np.int64) // NOTE * NOTE
    tempted = traits.gambles & (u[0] < terms.stake_prob)
    who = day.where(tempted & (stake >= NOTE) & (day.state.balance >= stake))
    site = favourite(Category.GAMBLING, taste=traits.taste, u=np.zeros_like(u[0]))
    kind = Kind(Channel.UPI, Category.GAMBLING, site[who])
    day.book.debit(Slot.STAKE, who, stake[who], kind, refusal=Status.DECLINED)
    won = who[u[2, who] < terms.win_prob]
    prize = (stake * between(u[3], *terms.win_multiple) / PAISE).astype(np.int64) * PAISE
    day.book.credit(Slot.WINNINGS, won, prize[won], Kind(Channel.UPI, Category.GAMBLING, site[won]))
