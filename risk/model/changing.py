"""One customer's situation with something otherwise: what a page's sliders change, in days and schedules. Pure.

As with the levers of a counterfactual, what is changed are the days and schedules beneath the features: everything that
depends on a change follows it. What is not spent stays in the account; what did not come in is missing from it.
"""

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from risk.features import HUNDREDTHS, NO_DAY, Bools, Floats, Ints, salary_counts
from risk.model.inputs import DayFacts
from risk.model.levers import Situation, with_day
from risk.model.settlement import HORIZON_DAYS, settle

SPENDING_DAYS = 30
CASH_DAYS = 7
WITHDRAWALS_KNOWN_DAYS = 90
LATE, SALARY, ESSENTIAL, DISCRETIONARY, CASH, BALANCE, DUE, INSTALMENT = (
    "late",
    "salary",
    "essential",
    "discretionary",
    "cash",
    "balance",
    "due",
    "instalment",
)
MOST_LATER_DAYS = 45
MOST_DELAY_DAYS = 15
MOST_MORE_CASH = 15
BALANCE_STEPS = 20
PERCENT_STEP = 5.0


class Unit(enum.Enum):
    """In what a change is counted."""

    PERCENT = "percent"
    DAYS = "days"
    TIMES = "times"
    MONEY = "money"


@dataclass(frozen=True, kw_only=True)
class Changeable:
    """One thing that can be changed, by how much, in steps; by 0 it stays as it is.

    Args:
        name: which.
        now: where it stands: units of the bank's currency, days or a count.
        unit: in what the change is counted.
        least, most: how far it may be moved: least is 0 or below, most 0 or above.
        step: by how much at a time.
    """

    name: str
    now: float
    unit: Unit
    least: float
    most: float
    step: float = 1.0

    def after(self, by: float) -> float:
        """Where it stands once it is changed; a change that is too far goes as far as may be."""
        by = min(max(by, self.least), self.most)
        return self.now * (1.0 + by / 100.0) if self.unit == Unit.PERCENT else self.now + by


def changeable(situation: Situation, facts: Mapping[str, float]) -> list[Changeable]:
    """What can be changed of a customer, and how far.

    Args:
        situation: as it is.
        facts: what the model's features found of it (`ModelInputs.facts`), of this one customer.
    """
    return [*_of_salary(facts), *_of_days(situation), *_of_balance(facts), *_of_dues(facts)]


def changed(situation: Situation, *, what: Iterable[Changeable], by: Mapping[str, float]) -> Situation:
    """The situation with some things changed; what is changed by 0 stays untouched.

    Args:
        situation: as it is.
        what: what can be changed of it.
        by: the changes by name; others stay.
    """
    for each in what:
        after = each.after(by.get(each.name, 0.0))
        if after != each.now:
            situation = CHANGES[each.name](situation, each.now, after)
    return situation


def _of_salary(facts: Mapping[str, float]) -> Iterator[Changeable]:
    late, amount = facts["salary_late_days"], facts["last_salary"]
    if np.isfinite(late):
        now = float(np.floor(late))
        yield Changeable(name=LATE, now=now, unit=Unit.DAYS, least=0.0, most=MOST_LATER_DAYS)
    if amount > 0:
        yield _amount(SALARY, amount, least=-90.0, most=50.0)


def _of_days(situation: Situation) -> Iterator[Changeable]:
    for name, column in ((ESSENTIAL, _essential), (DISCRETIONARY, _discretionary)):
        if (spent := _spent(situation, column)) > 0:
            yield _amount(name, spent, least=-100.0, most=100.0)
    cash = float(situation.days.cash_count[_ages(situation, 0, CASH_DAYS - 1)].sum())
    yield Changeable(name=CASH, now=cash, unit=Unit.TIMES, least=-cash, most=MOST_MORE_CASH)


def _of_balance(facts: Mapping[str, float]) -> Iterator[Changeable]:
    balance, due = facts["balance"], facts["due_30d"]
    if np.isfinite(balance):
        largest = max(abs(balance), due if np.isfinite(due) else 0.0)
        step = _round_number(largest / BALANCE_STEPS)
        reach = float(np.ceil(2 * max(largest, BALANCE_STEPS * step) / step)) * step
        yield Changeable(name=BALANCE, now=balance, unit=Unit.MONEY, least=-reach, most=reach, step=step)


def _of_dues(facts: Mapping[str, float]) -> Iterator[Changeable]:
    due_in, due = facts["due_in_days"], facts["due_30d"]
    if np.isfinite(due_in):
        most = min(MOST_DELAY_DAYS, HORIZON_DAYS - due_in)
        yield Changeable(name=DUE, now=due_in, unit=Unit.DAYS, least=-due_in, most=most)
    if due > 0:
        yield _amount(INSTALMENT, due, least=-50.0, most=50.0)


def _amount(name: str, now: float, *, least: float, most: float) -> Changeable:
    return Changeable(name=name, now=now, unit=Unit.PERCENT, least=least, most=most, step=PERCENT_STEP)


def _round_number(amount: float) -> float:
    """The power of ten that is not above an amount, at least 100."""
    return float(10.0 ** np.floor(np.log10(max(amount, 100.0))))


def _salaries(situation: Situation) -> Bools:
    """Which days hold a salary, flagged or inferred."""
    days = situation.days
    counts = salary_counts(tiles=days.as_tiles(), as_of=situation.as_of, rules=situation.rules)
    return np.asarray((counts > 0) & (days.day <= situation.as_of))


def _salary_amounts(days: DayFacts) -> Floats:
    return np.where(days.salary_count > 0, days.salary_amount, days.largest_unflagged_credit_amount)


def as_awaited(situation: Situation) -> Situation:
    """As the rules see a salary that comes later: awaited for so many days more, as if the last had come earlier.

    For looking back only: a projection of it would expect the next salary earlier as well.
    """
    days, paid, by = situation.days, _salaries(situation), situation.salary_later_days
    if not by or not paid.any():
        return situation
    moved_columns = {
        "txn_count": np.where(days.salary_count > 0, days.salary_count, 1.0),
        "credit_amount": _salary_amounts(days),
        "salary_count": days.salary_count,
        "salary_amount": days.salary_amount,
        "largest_unflagged_credit_amount": np.where(
            days.salary_count > 0, 0.0, days.largest_unflagged_credit_amount
        ),
    }
    moved = {name: np.where(paid, column, 0.0)[paid] for name, column in moved_columns.items()}
    rest = replace(
        days,
        **{name: getattr(days, name) - np.where(paid, column, 0.0) for name, column in moved_columns.items()},
    )
    together = _with_days(rest, day=days.day[paid] - by, columns=moved)
    known = situation.last_salary_day != NO_DAY
    last = np.where(known, situation.last_salary_day - by, NO_DAY)
    return replace(situation, days=together, last_salary_day=last, salary_later_days=0)


def _late(situation: Situation, was: float, to: float) -> Situation:
    """The next salary comes so many days later; what came before stays where it is."""
    return replace(situation, salary_later_days=round(to - was))


def _salary(situation: Situation, was: float, to: float) -> Situation:
    """Another amount of the last salary; the difference is missing from the account since, or there."""
    days, paid = situation.days, _salaries(situation)
    last = np.flatnonzero(paid)[np.argmax(days.day[paid])]
    more = np.zeros(len(days.day))
    more[last] = round((to - was) * HUNDREDTHS)
    is_flagged = days.salary_count > 0
    kept = replace(
        days,
        credit_amount=days.credit_amount + more,
        salary_amount=days.salary_amount + np.where(is_flagged, more, 0.0),
        largest_unflagged_credit_amount=days.largest_unflagged_credit_amount
        + np.where(is_flagged, 0.0, more),
    )
    return _in_account(replace(situation, days=kept), more)


def _essential(days: DayFacts) -> Floats:
    """Essential spending beside debt."""
    return days.essential_amount - days.debt_amount


def _discretionary(days: DayFacts) -> Floats:
    return days.discretionary_amount


def _spending(column: Callable[[DayFacts], Floats], names: tuple[str, ...]) -> "Change":
    def moved(situation: Situation, was: float, to: float) -> Situation:
        days = situation.days
        chosen = _ages(situation, 1, SPENDING_DAYS)
        more = np.where(chosen, np.floor(column(days) * (to / was - 1.0)), 0.0)
        kept = replace(days, **{name: getattr(days, name) + more for name in (*names, "debit_amount")})
        if "discretionary_amount" in names:
            staked = np.where(chosen, np.floor(days.gambling_amount * (to / was - 1.0)), 0.0)
            kept = replace(kept, gambling_amount=days.gambling_amount + staked)
        return _in_account(replace(situation, days=kept), -more)

    return moved


def _cash(situation: Situation, was: float, to: float) -> Situation:
    """More or fewer withdrawals in the last days, each as large as the average; where none is known, of nothing.

    Those that are added were yesterday; those that are taken away were the last.
    """
    days = situation.days
    known = _ages(situation, 0, WITHDRAWALS_KNOWN_DAYS - 1)
    count = days.cash_count[known].sum()
    each = np.floor(days.cash_amount[known].sum() / count) if count else 0.0
    by = round(to - was)
    if by > 0:
        added = {"txn_count": by, "cash_count": by, "cash_amount": by * each, "debit_amount": by * each}
        columns = {name: np.array([float(value)]) for name, value in added.items()}
        made = _with_days(days, day=np.array([situation.as_of - 1]), columns=columns)
        more = np.where(made.day == situation.as_of - 1, by * each, 0.0)
        return _in_account(replace(situation, days=made), -more)
    off = np.zeros(len(days.day))
    recent = np.flatnonzero(_ages(situation, 0, CASH_DAYS - 1))
    for place in recent[np.argsort(-days.day[recent])]:
        off[place] = min(days.cash_count[place], -by - off.sum())
    amount = np.where(off > 0, np.floor(days.cash_amount * off / np.maximum(days.cash_count, 1.0)), 0.0)
    kept = replace(
        days,
        txn_count=days.txn_count - off,
        cash_count=days.cash_count - off,
        cash_amount=days.cash_amount - amount,
        debit_amount=days.debit_amount - amount,
    )
    return _in_account(replace(situation, days=kept), amount)


def _balance(situation: Situation, was: float, to: float) -> Situation:
    days = with_day(situation.days, situation.as_of)
    stated = np.where(days.day == situation.as_of, float(round(to * HUNDREDTHS)), days.last_balance_amount)
    return replace(situation, days=replace(days, last_balance_amount=stated))


def _due(situation: Situation, was: float, to: float) -> Situation:
    """The next unpaid instalment falls due on another day."""
    schedules, as_of = situation.schedules, situation.as_of
    is_next = schedules.due_day == as_of + round(was)
    due_day = np.where(is_next, as_of + round(to), schedules.due_day)
    return replace(situation, schedules=replace(schedules, due_day=due_day))


def _instalment(situation: Situation, was: float, to: float) -> Situation:
    """Smaller or larger instalments within the horizon."""
    schedules, as_of = situation.schedules, situation.as_of
    settlement = settle(schedules=schedules, payments=situation.payments, as_of=as_of)
    ahead = schedules.due_day - as_of
    is_near = settlement.is_known & (ahead >= 0) & (ahead <= HORIZON_DAYS)
    off = np.where(is_near, np.floor(settlement.unpaid_amount * (1.0 - to / was)), 0.0)
    is_until = (schedules.loan == schedules.loan[:, None]) & (
        schedules.cumulative_amount <= schedules.cumulative_amount[:, None]
    )
    other = replace(
        schedules,
        amount=schedules.amount - off,
        cumulative_amount=schedules.cumulative_amount - is_until @ off,
    )
    return replace(situation, schedules=other)


def _ages(situation: Situation, first: int, last: int) -> Bools:
    age = situation.as_of - situation.days.day
    return np.asarray((age >= first) & (age <= last))


def _spent(situation: Situation, column: Callable[[DayFacts], Floats]) -> float:
    chosen = _ages(situation, 1, SPENDING_DAYS)
    return float(np.maximum(column(situation.days)[chosen].sum(), 0.0)) / HUNDREDTHS


def _in_account(situation: Situation, more: Floats) -> Situation:
    """So much more of each day in the account, from that day on."""
    days = situation.days
    since = (days.day <= days.day[:, None]) @ more
    before = since - more
    stated = replace(
        days,
        last_balance_amount=days.last_balance_amount + since,
        lowest_balance_amount=days.lowest_balance_amount + np.minimum(since, before),
    )
    return replace(situation, days=stated)


def _with_days(days: DayFacts, *, day: Ints, columns: Mapping[str, Floats]) -> DayFacts:
    """The days with amounts added on some of them, which may be new."""
    for each in day.tolist():
        days = with_day(days, each)
    places = [int(np.flatnonzero(days.day == each)[0]) for each in day.tolist()]
    made = {}
    for name, values in columns.items():
        column = getattr(days, name).copy()
        np.add.at(column, places, values)
        made[name] = column
    return replace(days, **made)


Change = Callable[[Situation, float, float], Situation]
CHANGES: Mapping[str, Change] = {
    LATE: _late,
    SALARY: _salary,
    ESSENTIAL: _spending(_essential, ("essential_amount",)),
    DISCRETIONARY: _spending(_discretionary, ("discretionary_amount",)),
    CASH: _cash,
    BALANCE: _balance,
    DUE: _due,
    INSTALMENT: _instalment,
}
