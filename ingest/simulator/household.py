"""Rent, bills and insurance, and the money that moves to and from savings kept elsewhere."""

import numpy as np

from ingest.simulator.arrays import Bools, Floats, Ints
from ingest.simulator.bank_days import DAYS_PER_MONTH, ELECTRICITY_BY_MONTH
from ingest.simulator.book import Kind
from ingest.simulator.codes import Category, Channel, Slot, Status
from ingest.simulator.day import Day
from ingest.simulator.merchants import ELECTRICITY_BOARD, HOUSE_RENT, OWN_ACCOUNT, TELECOM, favourite
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.people import PAISE
from ingest.simulator.randomness import Topic, lognormal

HUNDRED_RUPEES = 100 * PAISE
SWEEP_AFTER_PAY_DAYS = 3
LEAST_SWEEP = 1_000 * PAISE


def debit_bills(day: Day) -> None:
    """Debit electricity, telecom and insurance by mandate; a returned bill is owed, a premium lapses."""
    home, u = day.population.home, day.uniforms(Topic.BILL, 8)
    spread = lognormal(u[0], u[1], PARAMETERS.home.electricity_sigma)
    season = ELECTRICITY_BY_MONTH[day.bank_day.on.month - 1] * spread
    electricity = np.maximum((home.electricity * season).astype(np.int64), PAISE)
    insurer = favourite(Category.INSURANCE, taste=day.population.traits.taste, u=np.zeros_like(u[2]))
    power = Kind(Channel.AUTODEBIT, Category.UTILITY, ELECTRICITY_BOARD)
    phone = Kind(Channel.AUTODEBIT, Category.UTILITY, TELECOM)
    cover = Kind(Channel.AUTODEBIT, Category.INSURANCE, insurer)
    _debit_bill(day, Slot.ELECTRICITY, power, amount=electricity, due_day=home.electricity_day)
    _debit_bill(day, Slot.TELECOM, phone, amount=home.telecom, due_day=home.telecom_day)
    _debit_bill(day, Slot.INSURANCE, cover, amount=home.insurance, due_day=home.insurance_day)


def _debit_bill(day: Day, slot: Slot, kind: Kind, *, amount: Ints, due_day: Ints) -> None:
    who = day.where(day.bank_day.is_day_of_month(due_day) & (amount > 0))
    paid = day.book.debit(slot, who, amount[who], kind.of(who), refusal=Status.RETURNED)
    if kind.category == Category.UTILITY:
        day.state.bill_owed[who[~paid]] += amount[who[~paid]]


def pay_rent_and_late_bills(day: Day) -> None:
    """Pay rent by net banking, now or when the money is there, and bills whose auto-debit came back."""
    home, state, u = day.population.home, day.state, day.uniforms(Topic.BILL, 8)
    state.rent_owed += np.where(day.bank_day.is_day_of_month(home.rent_day), home.rent, 0)
    rent = np.minimum(state.rent_owed, home.rent)
    who = day.where((rent > 0) & (state.balance >= rent) & (u[3] < 0.85))
    kind = Kind(Channel.NETBANKING, Category.RENT, HOUSE_RENT)
    day.book.debit(Slot.RENT, who, rent[who], kind, refusal=Status.DECLINED)
    state.rent_owed[who] -= rent[who]
    bill = state.bill_owed
    settles = (bill > 0) & (u[4] < PARAMETERS.repayment.bill_cure_prob) & (state.balance >= 2 * bill)
    who = day.where(settles)
    day.book.debit(
        Slot.BILL_BY_HAND,
        who,
        bill[who],
        Kind(Channel.UPI, Category.UTILITY, ELECTRICITY_BOARD),
        refusal=Status.DECLINED,
    )
    state.bill_owed[who] = 0


def draw_on_savings(day: Day) -> None:
    """Bring money in from savings: for what falls due within days, to catch up, or to live on."""
    terms, state, u = PARAMETERS.reserves, day.state, day.uniforms(Topic.SAVING, 8)
    income = day.population.work.income
    short = np.maximum(_due_soon(day) - state.balance, 0)
    for_dues = np.where(u[0] < day.population.traits.aware, short, 0)
    admitted = (state.hidden_until <= day.ordinal) & (state.hand_on == 0)
    lacking = np.maximum(np.where(admitted, state.arrears, 0).sum(axis=0) - state.balance, 0)
    behind = np.where(u[1] < PARAMETERS.repayment.savings_cure_prob, lacking, 0)
    poor = (state.balance < income * terms.living_floor_share) & (u[2] < terms.living_draw_prob)
    to_live = np.where(poor, income * terms.living_draw_share, 0).astype(np.int64)
    wanted = np.maximum(np.maximum(for_dues, behind), to_live)
    rounded = -(-wanted // HUNDRED_RUPEES) * HUNDRED_RUPEES
    _bring_in(day, Slot.SAVINGS_IN, np.minimum(rounded, state.savings // HUNDRED_RUPEES * HUNDRED_RUPEES))


def _due_soon(day: Day) -> Ints:
    """What falls due within the next days, in paise."""
    near = PARAMETERS.reserves.look_ahead_days
    home, loans = day.population.home, day.population.loans
    instalments = np.where(day.until_due <= near, loans.emi, 0).sum(axis=0)
    return np.asarray(instalments + np.where(day.bank_day.days_until(home.rent_day) <= near, home.rent, 0))


def _bring_in(day: Day, slot: Slot, amount: Ints) -> None:
    who = day.where(amount > 0)
    day.state.savings[who] -= amount[who]
    kind = Kind(Channel.BANK_TRANSFER, Category.TRANSFER, OWN_ACCOUNT)
    day.book.credit(slot, who, amount[who], kind)


def meet_emergency(day: Day) -> None:
    """Let a medical emergency strike: it takes what is in the account, and in savings if need be."""
    terms, state, u = PARAMETERS.spending, day.state, day.uniforms(Topic.EMERGENCY, 4)
    low, high = terms.emergency_share
    struck: Bools = u[0] < terms.emergency_month_prob / DAYS_PER_MONTH
    cost: Floats = day.population.work.income * (low + (high - low) * u[1]) * struck
    wanted = cost.astype(np.int64) // PAISE * PAISE
    lacking = np.maximum(wanted - state.balance, 0)
    _bring_in(day, Slot.EMERGENCY_IN, np.minimum(lacking, state.savings // PAISE * PAISE))
    amount = np.minimum(wanted, state.balance // PAISE * PAISE)
    who = day.where(amount > 0)
    hospital = favourite(Category.MEDICAL, taste=day.population.traits.taste, u=u[2])[who]
    kind = Kind(Channel.POS, Category.MEDICAL, hospital)
    day.book.debit(Slot.EMERGENCY, who, amount[who], kind, refusal=Status.DECLINED)


def put_aside(day: Day) -> None:
    """Move what is not needed before the next income to savings, a few days after pay day.

    Savings are filled up to the customer's usual level; what goes beyond is tied up and no help in need.
    """
    state, work = day.state, day.population.work
    today = day.bank_day.is_day_of_month((work.pay_day + SWEEP_AFTER_PAY_DAYS - 1) % 28 + 1)
    surplus = state.balance - day.obligations_ahead - day.population.budget.flexible.astype(np.int64)
    part = np.asarray(PARAMETERS.reserves.sweep_share)[day.population.persona]
    share = (surplus * part).astype(np.int64) // HUNDRED_RUPEES * HUNDRED_RUPEES
    who = day.where(today & (share >= LEAST_SWEEP))
    kind = Kind(Channel.NETBANKING, Category.TRANSFER, OWN_ACCOUNT)
    day.book.debit(Slot.SAVINGS_OUT, who, share[who], kind, refusal=Status.DECLINED)
    usual = (work.income * day.population.traits.savings_share).astype(np.int64)
    state.savings[who] = np.minimum(state.savings + share, np.maximum(usual, state.savings))[who]
