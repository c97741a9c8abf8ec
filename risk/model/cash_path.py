"""One customer's balance carried forward day by day to what falls due, by the very arithmetic of the projected balance.

What a page draws and what the model looks at are one thing: on each instalment's day the path stands where
`features_projection` says the balance stands. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from risk.features import HUNDREDTHS, Ints
from risk.model.features import daily_sums, looked_at
from risk.model.features_balance import closing
from risk.model.features_days import DailySums
from risk.model.features_dues import dues_of
from risk.model.features_projection import MONTHS_BACK, balances_ahead, salaries_ahead
from risk.model.features_salaries import Salaries, salaries_of
from risk.model.levers import Situation
from risk.model.settlement import HORIZON_DAYS, settle


@dataclass(frozen=True, kw_only=True)
class Due:
    """Something to be paid on a day of the path, in units of the bank's currency."""

    days_ahead: int
    amount: float


@dataclass(frozen=True, kw_only=True)
class PathDay:
    """One day of the path; amounts in units of the bank's currency.

    Args:
        days_ahead: 0 is today.
        salary: what is expected to come as salary.
        usual: what came in beside salary less what went out beside debt on this day of earlier months, on average;
            None where too little is known.
        due: what has to be paid.
        left: the balance at the end of the day, with the average of earlier months; None where it is not known.
        worst: the same with the worst of earlier months.
    """

    days_ahead: int
    salary: float
    usual: float | None
    due: float
    left: float | None
    worst: float | None


@dataclass(frozen=True, kw_only=True)
class CashPath:
    """The path, and what it begins with.

    Args:
        balance: the last stated balance; None: unknown, and the path is what comes in less what goes out from today.
        balance_age_days: how many days ago it was stated.
        months: how many earlier months are known, of three; with none, nothing is projected.
        salary: what is expected on each pay day; None where no rhythm is known.
        pay_day_ahead: in how many days the next salary is expected: below 0 it is late, and taken as coming today.
        days: from today on.
        dues: what falls due on it, ascending.
        is_by_calendar: what falls due is the next by the calendar: what was paid of the loan before is not known.
    """

    balance: float | None
    balance_age_days: int | None
    months: int
    salary: float | None
    pay_day_ahead: float | None
    days: Sequence[PathDay]
    dues: Sequence[Due]
    is_by_calendar: bool = False

    @property
    def is_known(self) -> bool:
        """Whether anything can be carried forward."""
        return self.months > 0

    @property
    def lowest_left(self) -> float | None:
        """The lowest balance just after an instalment; of a path without balance, the lowest surplus."""
        return _lowest([self.days[due.days_ahead].left for due in self.dues])

    @property
    def lowest_worst(self) -> float | None:
        """The same with the worst of earlier months."""
        return _lowest([self.days[due.days_ahead].worst for due in self.dues])

    @property
    def shortfall(self) -> float | None:
        """What is lacking at the tightest instalment, 0 where the balance suffices; None where that is not known."""
        if self.balance is None or self.lowest_left is None:
            return None
        return max(-self.lowest_left, 0.0)

    @property
    def needed(self) -> float | None:
        """What must be in the account today so that every instalment is covered; None where that is not known."""
        if self.lowest_left is None:
            return None
        return max((self.balance or 0.0) - self.lowest_left, 0.0)


def cash_path(situation: Situation, *, by_calendar: Due | None = None) -> CashPath:
    """Carry one customer's balance forward over the horizon.

    Args:
        situation: the customer's.
        by_calendar: what falls due next where the schedules alone cannot say what is paid.
    """
    as_of, rules = situation.as_of, situation.rules
    days = looked_at(situation.days, as_of=as_of, rules=rules)
    later = np.array([situation.salary_later_days])
    salaries = salaries_of(days=days, customers=1, as_of=as_of, rules=rules, later_days=later)
    sums = daily_sums(days=days, salaries=salaries, customers=1, as_of=as_of)
    dues = _dues(situation)
    is_by_calendar = not dues and by_calendar is not None and 0 <= by_calendar.days_ahead <= HORIZON_DAYS
    if is_by_calendar and by_calendar is not None:
        dues = [by_calendar]
    stated = float(closing(sums)[0, 0])
    return CashPath(
        balance=None if np.isnan(stated) else stated / HUNDREDTHS,
        balance_age_days=_balance_age(sums, as_of) if not np.isnan(stated) else None,
        months=sum(int(sums.oldest_age[0]) >= back - 1 for back in MONTHS_BACK),
        salary=_units(np.minimum(salaries.last_amount, salaries.usual_amount)[0])
        if not np.isnan(salaries.expected_in_days[0])
        else None,
        pay_day_ahead=_known(salaries.expected_in_days[0]),
        days=_days(sums, salaries, dues, stated),
        dues=dues,
        is_by_calendar=is_by_calendar,
    )


def _dues(situation: Situation) -> list[Due]:
    """What falls due within the horizon and is not paid, one for each day."""
    settlement = settle(schedules=situation.schedules, payments=situation.payments, as_of=situation.as_of)
    found = dues_of(settlement=settlement, customers=1)
    owed = dict(zip(found.days_ahead.tolist(), found.owed_amount.tolist(), strict=True))
    before, dues = 0.0, []
    for ahead, until in owed.items():
        dues.append(Due(days_ahead=ahead, amount=(until - before) / HUNDREDTHS))
        before = until
    return dues


def _days(sums: DailySums, salaries: Salaries, dues: Sequence[Due], stated: float) -> list[PathDay]:
    ahead: Ints = np.arange(HORIZON_DAYS + 1)
    who = np.zeros_like(ahead)
    due = np.zeros(len(ahead))
    for each in dues:
        due[each.days_ahead] += round(each.amount * HUNDREDTHS)
    balance = np.array([np.nan_to_num(stated)])
    given = {"sums": sums, "salaries": salaries, "who": who, "ahead": ahead}
    average, worst = balances_ahead(**given, balance=balance, owed_amount=np.cumsum(due))  # type: ignore[arg-type]
    salary = salaries_ahead(salaries=salaries, who=who, ahead=ahead)
    usual = average - balance - salary + np.cumsum(due)
    columns = (np.diff(salary, prepend=0.0), np.diff(usual, prepend=0.0), due, average, worst)
    return [
        PathDay(
            days_ahead=day,
            salary=float(paid) / HUNDREDTHS,
            usual=_units(net),
            due=float(owed) / HUNDREDTHS,
            left=_units(left),
            worst=_units(least),
        )
        for day, (paid, net, owed, left, least) in enumerate(zip(*columns, strict=True))
    ]


def _balance_age(sums: DailySums, as_of: int) -> int:
    stating = sums.days.day[~np.isnan(sums.days.last_balance_amount)]
    return as_of - int(stating.max())


def _lowest(amounts: Sequence[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return min(known) if known and len(known) == len(amounts) else None


def _units(hundredths: float | np.floating[Any]) -> float | None:
    known = _known(hundredths)
    return None if known is None else known / HUNDREDTHS


def _known(number: float | np.floating[Any]) -> float | None:
    found = float(number)
    return None if np.isnan(found) else found
