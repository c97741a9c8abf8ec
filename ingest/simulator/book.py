"""The day's book: the only place where a balance changes, so that balances are sums of booked movements."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ingest.simulator.arrays import Bools, Events, Floats, Ints, joined
from ingest.simulator.codes import EVENT_DTYPE, Category, Channel, Slot, Status

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
SHIFT_MINUTES = 40.0  # how far a customer's day is moved at most, half of it by habit, half by chance

WINDOW_MINUTES: dict[Slot, tuple[float, float]] = {
    Slot.INCOME: (10, 300),
    Slot.INSTALMENT_FIRST: (305, 350),
    Slot.INSTALMENT_SECOND: (350, 375),
    Slot.RETRY_FIRST: (375, 400),
    Slot.RETRY_SECOND: (400, 415),
    Slot.ELECTRICITY: (460, 480),
    Slot.TELECOM: (480, 495),
    Slot.INSURANCE: (495, 510),
    Slot.PURCHASE_EARLY: (510, 615),
    Slot.SAVINGS_IN: (615, 625),
    Slot.RENT: (625, 645),
    Slot.BILL_BY_HAND: (645, 655),
    Slot.HAND_FIRST: (655, 665),
    Slot.HAND_SECOND: (665, 675),
    Slot.SAVINGS_OUT: (675, 685),
    Slot.CASH_MORNING: (685, 720),
    Slot.PURCHASE_NOON: (720, 840),
    Slot.RECEIPT: (840, 885),
    Slot.PURCHASE_AFTERNOON: (885, 1020),
    Slot.EMERGENCY_IN: (1020, 1023),
    Slot.EMERGENCY: (1023, 1040),
    Slot.CASH_EVENING: (1040, 1095),
    Slot.PURCHASE_DUSK: (1095, 1170),
    Slot.TRANSFER_IN: (1170, 1180),
    Slot.TRANSFER_OUT: (1180, 1200),
    Slot.PURCHASE_EVENING: (1200, 1280),
    Slot.LOANAPP_IN: (1280, 1290),
    Slot.LOANAPP_OUT: (1290, 1300),
    Slot.STAKE: (1300, 1320),
    Slot.WINNINGS: (1320, 1340),
    Slot.PURCHASE_LATE: (1340, 1395),
}


class Kind(NamedTuple):
    """What an entry is about; channel, category and merchant are one for all or one for each customer."""

    channel: Channel | Ints
    category: Category | Ints
    merchant: int | Ints
    is_salary: bool = False
    loan: int = 0

    def of(self, who: Ints) -> "Kind":
        """Keep of a kind that names a merchant for everybody those of some."""
        return self._replace(merchant=self.merchant[who]) if isinstance(self.merchant, np.ndarray) else self


@dataclass
class Book:
    """Entries of one day, slot after slot.

    Args:
        numbers: the customers' bank ids.
        balance: their balances in paise, changed in place.
        ordinal: the bank day.
        start_us: its midnight, in microseconds since 1970-01-01 UTC.
        times: uniform numbers (slots + 1, customers), the last one for the day's own shift.
        habit_shift_us: by how much each customer's days are shifted.
    """

    numbers: Ints
    balance: Ints
    ordinal: int
    start_us: int
    times: Floats
    habit_shift_us: Ints
    parts: list[Events] = field(default_factory=list)

    def credit(self, slot: Slot, who: Ints, amount: Ints, kind: Kind) -> None:
        """Book money coming in for the customers at places ``who``."""
        self.balance[who] += amount
        self._write(slot, who, amount, kind, is_credit=True, status=Status.BOOKED)

    def debit(self, slot: Slot, who: Ints, amount: Ints, kind: Kind, *, refusal: Status) -> Bools:
        """Book money going out where the balance covers it, and record a refusal where it does not.

        Args:
            slot: the moment of the day.
            who: places of the customers.
            amount: what each is to pay, in paise.
            kind: what it is for.
            refusal: the status of an entry that the balance cannot cover; it moves no money.

        Returns:
            For each of ``who``, whether the money moved.
        """
        covered = np.asarray(self.balance[who] >= amount)
        self.balance[who] -= np.where(covered, amount, 0)
        status = np.where(covered, Status.BOOKED, refusal)
        self._write(slot, who, amount, kind, is_credit=False, status=status)
        return covered

    def entries(self) -> Events:
        """Return the day's entries in the order of time (then customer, then slot)."""
        day = joined(self.parts, EVENT_DTYPE)
        return day[np.lexsort((day["slot"], day["number"], day["at_us"]))]

    def _write(
        self, slot: Slot, who: Ints, amount: Ints, kind: Kind, *, is_credit: bool, status: Status | Ints
    ) -> None:
        part = np.empty(who.size, dtype=EVENT_DTYPE)
        part["number"] = self.numbers[who]
        part["at_us"] = self._moment(slot, who)
        part["amount"] = amount
        part["balance_after"] = self.balance[who]
        part["day"] = self.ordinal
        part["merchant"] = kind.merchant
        part["slot"] = slot
        part["is_credit"] = is_credit
        part["channel"] = kind.channel
        part["category"] = kind.category
        part["is_salary"] = kind.is_salary
        part["status"] = status
        part["loan"] = kind.loan
        self.parts.append(part)

    def _moment(self, slot: Slot, who: Ints) -> Ints:
        """Place an entry in its slot's window; nobody's habits move the bank's own night runs."""
        begin, end = WINDOW_MINUTES[slot]
        within = (begin + (end - begin) * self.times[slot, who]) * MINUTE_US
        moment = self.start_us + within.astype(np.int64)
        if slot < Slot.ELECTRICITY:
            return np.asarray(moment)
        by_chance = (self.times[len(Slot), who] - 0.5) * SHIFT_MINUTES * MINUTE_US
        return np.asarray(moment + self.habit_shift_us[who] + by_chance.astype(np.int64))
