"""Instalments: what falls due, the bank's auto-debits and their retries, and payments by hand.

A due instalment is debited by mandate in the night run. It is RETURNED exactly when the balance does not
cover it, and presented again some days later. Where no mandate works (none given, lapsed, or withdrawn in
trouble that nobody sees) nothing is presented and the customer has to remember.
"""

import numpy as np

from ingest.simulator.arrays import Bools, Events, Floats, Ints
from ingest.simulator.bank_days import DAYS_PER_MONTH
from ingest.simulator.book import Kind
from ingest.simulator.codes import Category, Cause, Channel, Slot, Status
from ingest.simulator.day import INSTALMENT_DTYPE, Day
from ingest.simulator.loans import LOANS_PER_CUSTOMER
from ingest.simulator.merchants import PER_CATEGORY
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.people import PAISE
from ingest.simulator.randomness import Topic, between, exponential

TOPICS = (Topic.INSTALMENT_FIRST, Topic.INSTALMENT_SECOND)
DUE_SLOTS = (Slot.INSTALMENT_FIRST, Slot.INSTALMENT_SECOND)
RETRY_SLOTS = (Slot.RETRY_FIRST, Slot.RETRY_SECOND)
HAND_SLOTS = (Slot.HAND_FIRST, Slot.HAND_SECOND)
PARTIAL_STEP = 500 * PAISE


def present_instalments(day: Day) -> None:
    """Let today's instalments fall due and debit them; then present again what was returned earlier."""
    for loan in range(LOANS_PER_CUSTOMER):
        _fall_due(day, loan)
    for loan in range(LOANS_PER_CUSTOMER):
        _retry(day, loan)


def _fall_due(day: Day, loan: int) -> None:
    state, loans = day.state, day.population.loans
    who = day.where(loans.due_today(day.bank_day)[loan])
    was_current = state.arrears[loan, who] <= 0
    state.arrears[loan, who] += loans.emi[loan, who]
    state.cause[loan, who] = Cause.NONE
    u = day.uniforms(TOPICS[loan], 8)[:, who]
    hidden = _hide(day, loan, who, u)
    forgotten = ~hidden & _left_to_memory(day, loan, who, u)
    _present(day, loan, who[~hidden & ~forgotten], slot=DUE_SLOTS[loan], retries=PARAMETERS.lending.retries)
    day.dues.append(_due_rows(day, loan, who, was_current))


def _due_rows(day: Day, loan: int, who: Ints, was_current: Bools) -> Events:
    rows = np.empty(who.size, dtype=INSTALMENT_DTYPE)
    rows["number"] = day.population.numbers[who]
    rows["loan"] = loan
    rows["due_on"] = day.ordinal
    rows["was_current"] = was_current
    rows["cause"] = day.state.cause[loan, who]
    return rows


def _hide(day: Day, loan: int, who: Ints, u: Floats) -> Bools:
    """Say who has withdrawn the mandate and pays nothing, for reasons that this account does not show."""
    state, terms = day.state, PARAMETERS.repayment
    begins = (u[0] < terms.hidden_prob) & (state.hidden_until[loan, who] <= day.ordinal)
    lasts = DAYS_PER_MONTH * between(u[1], *terms.hidden_months)
    state.hidden_until[loan, who[begins]] = day.ordinal + lasts[begins].astype(np.int64)
    hidden = np.asarray(state.hidden_until[loan, who] > day.ordinal)
    state.hand_on[loan, who[hidden]] = state.hidden_until[loan, who[hidden]]
    state.cause[loan, who[hidden]] = Cause.HIDDEN
    return hidden


def _left_to_memory(day: Day, loan: int, who: Ints, u: Floats) -> Bools:
    """Say who must pay by hand, and decide when they will: soon as a rule, late when forgotten."""
    state, terms = day.state, PARAMETERS.repayment
    by_hand = day.population.traits.no_mandate[who]
    late = np.where(by_hand, u[2] < terms.hand_late_prob, u[2] < terms.lapse_prob)
    soon = between(u[3], *terms.hand_days)
    delay = np.where(late, 1.0 + exponential(u[3], terms.lapse_delay_days), soon).astype(np.int64)
    manual = by_hand | late
    state.hand_on[loan, who[manual]] = day.ordinal + delay[manual]
    could = state.balance[who] >= day.population.loans.emi[loan, who]
    state.cause[loan, who[manual]] = np.where(could, Cause.FORGOTTEN, Cause.SHORT)[manual]
    return np.asarray(manual)


def _present(day: Day, loan: int, who: Ints, *, slot: Slot, retries: int) -> None:
    """Debit one instalment by mandate; what is returned is presented again after the lender's gap."""
    state, loans = day.state, day.population.loans
    amount, kind = loans.emi[loan, who], _kind(day, loan, who, Channel.AUTODEBIT)
    paid = day.book.debit(slot, who, amount, kind, refusal=Status.RETURNED)
    state.arrears[loan, who[paid]] -= amount[paid]
    short = who[~paid]
    state.cause[loan, short] = Cause.SHORT
    state.retries_left[loan, short] = retries
    state.retry_on[loan, short] = day.ordinal + loans.retry_gap[loan, short]


def _retry(day: Day, loan: int) -> None:
    state, loans = day.state, day.population.loans
    again = (state.retry_on[loan] == day.ordinal) & (state.retries_left[loan] > 0)
    again &= (state.arrears[loan] >= loans.emi[loan]) & (state.hidden_until[loan] <= day.ordinal)
    who = day.where(again)
    for left in range(1, PARAMETERS.lending.retries + 1):
        same = who[state.retries_left[loan, who] == left]
        _present(day, loan, same, slot=RETRY_SLOTS[loan], retries=left - 1)


def pay_by_hand(day: Day) -> None:
    """Let customers pay what they owe themselves: as planned, when they have the money again, or in part."""
    u = day.uniforms(Topic.HAND_PAYMENT, 8)
    for loan in range(LOANS_PER_CUSTOMER):
        _pay_arrears(day, loan, u[4 * loan : 4 * loan + 4])


def _pay_arrears(day: Day, loan: int, u: Floats) -> None:
    state, terms = day.state, PARAMETERS.repayment
    owed = state.arrears[loan]
    open_debt = (owed > 0) & (state.hidden_until[loan] <= day.ordinal)
    planned = (state.hand_on[loan] > 0) & (state.hand_on[loan] <= day.ordinal)
    comfort = (day.population.work.income * terms.cure_comfort_share).astype(np.int64)
    waiting = state.hand_on[loan] == 0
    cures = waiting & (u[0] < terms.cure_prob) & (state.balance >= owed + comfort)
    full = open_debt & (planned | cures) & (state.balance >= owed)
    part = open_debt & ~full & waiting & (u[1] < terms.partial_prob) & (state.balance >= 3 * PARTIAL_STEP)
    half = np.minimum(state.balance // 2, owed) // PARTIAL_STEP * PARTIAL_STEP
    amount = np.where(full, owed, half)
    who = day.where((full | part) & (amount > 0))
    channel = np.where(u[2] < 0.5, Channel.UPI, Channel.NETBANKING)[who]
    kind = _kind(day, loan, who, channel)
    day.book.debit(HAND_SLOTS[loan], who, amount[who], kind, refusal=Status.DECLINED)
    state.arrears[loan, who] -= amount[who]
    # A plan is over once its day has come; whoever was short then pays when the money is there again.
    state.hand_on[loan, planned] = 0


def _kind(day: Day, loan: int, who: Ints, channel: Channel | Ints) -> Kind:
    merchant = Category.EMI * PER_CATEGORY + day.population.loans.product[loan, who]
    return Kind(channel, Category.EMI, merchant, loan=loan + 1)
