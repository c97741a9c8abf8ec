"""Measuring the simulator itself: who misses an instalment, why, after which signs, and who recovers.

Run as ``python -m ingest.simulator.measure`` to repeat the figures of docs/decisions/0002-simulator.md. It
reads the simulation's ground truth and no score, since the simulator is settled before any model sees it.
"""

import argparse
import json
from collections import deque
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from ingest.simulator.arrays import Bools, Events, Floats, Ints
from ingest.simulator.codes import Category, Cause, Persona, Status
from ingest.simulator.day import INSTALMENT_DTYPE
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.world import World, WorldDay, begin

GRACE_DAYS = 3
MEMORY_DAYS = 106
DISCRETIONARY = (Category.FOOD, Category.DINING, Category.ENTERTAINMENT, Category.SHOPPING, Category.TRAVEL)
JUDGED_DTYPE = np.dtype(
    [
        *((name, INSTALMENT_DTYPE[name]) for name in INSTALMENT_DTYPE.names or ()),
        ("missed", np.bool_),
        ("had_sign", np.bool_),
        ("persona", np.int8),
        ("cured_after_days", np.int64),
    ]
)


@dataclass
class Observer:
    """Watches a world day by day and judges every instalment three days after it fell due.

    Args:
        people: how many customers the world has.
    """

    people: int
    judged: list[Events] = field(default_factory=list)
    entries: int = 0
    _waiting: deque[tuple[Events, Bools]] = field(default_factory=deque)
    _sums: deque[Floats] = field(default_factory=lambda: deque(maxlen=MEMORY_DAYS))
    _open: list[tuple[Events, Ints]] = field(default_factory=list)

    def observe(self, world: World, day: WorldDay) -> None:
        """Take in a day that is over: what was known in the morning, its dues, what is settled by night."""
        self._waiting.append((day.dues, self._signs(world)[day.dues["number"] - world.population.numbers[0]]))
        self.entries += day.entries.size
        self._remember(world, day)
        self._follow_cures(world, day.bank_day.ordinal)
        if len(self._waiting) > GRACE_DAYS:
            self._judge(world)

    def _judge(self, world: World) -> None:
        dues, had_sign = self._waiting.popleft()
        place = dues["number"] - world.population.numbers[0]
        rows = np.zeros(dues.size, dtype=JUDGED_DTYPE)
        for name in INSTALMENT_DTYPE.names or ():
            rows[name] = dues[name]
        rows["missed"] = world.state.arrears[dues["loan"], place] > 0
        rows["had_sign"] = had_sign
        rows["persona"] = world.population.persona[place]
        rows["cured_after_days"] = -1
        self.judged.append(rows)
        self._open.append((rows, np.flatnonzero(rows["missed"] & rows["was_current"])))

    def _follow_cures(self, world: World, ordinal: int) -> None:
        """Note for each miss of somebody with nothing overdue when nothing was overdue again."""
        still: list[tuple[Events, Ints]] = []
        for rows, at in self._open:
            place = rows["number"][at] - world.population.numbers[0]
            cured = world.state.arrears[rows["loan"][at], place] <= 0
            rows["cured_after_days"][at[cured]] = ordinal - rows["due_on"][at[cured]]
            if not cured.all():
                still.append((rows, at[~cured]))
        self._open = still

    def _remember(self, world: World, day: WorldDay) -> None:
        """Keep running sums of what anybody could see: income, pleasure, cash, refusals, loan apps."""
        entries = day.entries
        booked, place = entries["status"] == Status.BOOKED, entries["number"] - world.population.numbers[0]
        category, credit = entries["category"], entries["is_credit"]
        income = booked & credit & np.isin(category, (Category.SALARY, Category.TRANSFER))
        seen = (
            (income, entries["amount"]),
            (booked & ~credit & np.isin(category, DISCRETIONARY), entries["amount"]),
            (booked & (category == Category.ATM_WITHDRAWAL), None),
            (~booked, None),
            (booked & credit & (category == Category.LOANAPP), None),
        )
        today = np.stack(
            [
                np.bincount(
                    place[rows], weights=None if weight is None else weight[rows], minlength=self.people
                )
                for rows, weight in seen
            ]
        )
        self._sums.append(today + self._sums[-1] if self._sums else today.astype(np.float64))

    def _window(self, *, back_to: int, until: int) -> Floats:
        """Sum the days from ``back_to`` to ``until + 1`` days before this morning."""
        upto = (self._sums[-1 - until], self._sums[-1 - back_to])
        return np.asarray(upto[0] - upto[1])

    def _signs(self, world: World) -> Bools:
        """Say who shows any sign of trouble this morning that a bank could see in the account's movements."""
        if len(self._sums) < MEMORY_DAYS:
            return np.zeros(self.people, dtype=np.bool_)
        income, before = self._window(back_to=35, until=0)[0], self._window(back_to=105, until=35)[0] / 2
        fortnight, usual = self._window(back_to=14, until=0), self._window(back_to=70, until=14) / 4
        month = self._window(back_to=30, until=0)
        less_income = income < 0.6 * before
        less_pleasure = fortnight[1] < 0.5 * usual[1]
        more_cash = fortnight[2] >= np.maximum(4.0, 2.5 * usual[2])
        return np.asarray(less_income | less_pleasure | more_cash | (month[3] > 0) | (month[4] > 0))


def measure(*, seed: int, customers: int, days: int, history_on: date) -> Events:
    """Simulate a portfolio and judge each instalment of the days after the warm-up (``JUDGED_DTYPE``).

    Args:
        seed: the portfolio's seed.
        customers: how many customers.
        days: bank days after the warm-up.
        history_on: the first of them.
    """
    observer = Observer(people=customers)
    world = begin(seed=seed, first=0, count=customers, history_on=history_on, zone=ZoneInfo("Asia/Kolkata"))
    for day in world.days(until=history_on + timedelta(days=days)):
        observer.observe(world, day)
    judged = np.concatenate(observer.judged)
    return judged[judged["due_on"] >= history_on.toordinal()]


def summarise(judged: Events) -> dict[str, Any]:
    """Sum up judged instalments: rates are shares of the instalments of those with nothing overdue."""
    current = judged[judged["was_current"]]
    missed = current[current["missed"]]
    months = np.array([date.fromordinal(int(due)).strftime("%Y-%m") for due in current["due_on"]])
    cured = missed["cured_after_days"]
    return {
        "instalments": int(judged.size),
        "with_nothing_overdue": int(current.size),
        "miss_rate": _rate(current["missed"]),
        "miss_rate_by_month": {str(m): _rate(current["missed"][months == m]) for m in np.unique(months)},
        "miss_rate_by_persona": {p.name: _rate(current["missed"][current["persona"] == p]) for p in Persona},
        "share_of_misses_by_persona": {p.name: _rate(missed["persona"] == p) for p in Persona},
        "share_of_misses_by_cause": {c.name: _rate(missed["cause"] == c) for c in Cause},
        "share_of_misses_without_sign": _rate(~missed["had_sign"]),
        "share_of_payers_with_sign": _rate(current["had_sign"][~current["missed"]]),
        "cured_within_days": {d: _rate((cured >= 0) & (cured <= d)) for d in (7, 30, 90)},
        "overdue_share_of_instalments": _rate(~judged["was_current"]),
    }


def _rate(flags: Bools) -> float:
    return round(float(flags.mean()), 4) if flags.size else 0.0


def main() -> None:
    """Print the figures of one or more seeds as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--from", dest="history_on", type=date.fromisoformat, default=date(2026, 1, 1))
    asked = parser.parse_args()
    for seed in asked.seeds:
        judged = measure(seed=seed, customers=asked.customers, days=asked.days, history_on=asked.history_on)
        result = {"seed": seed, "parameters": PARAMETERS.fingerprint(), **summarise(judged)}
        print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
