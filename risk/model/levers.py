"""What help can move for a customer: levers that change the days and schedules beneath the features. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from risk.features import HUNDREDTHS, Floats, Ints
from risk.model.inputs import DayFacts, Payments, Schedules
from risk.model.settlement import HORIZON_DAYS, settle
from risk.rulebook import RulebookContent

DUE_DAY, SHORTFALL, INSTALMENT, SPENDING, GAMBLING = (
    "due_day",
    "shortfall",
    "instalment",
    "spending",
    "gambling",
)
# Nobody's instalments or spending can go to nothing.
MOST_OFF_INSTALMENT = 0.5
MOST_OFF_SPENDING = 0.3
# What was staked is known, but not how often: with none at all, transactions would be missing as well.
MOST_OFF_GAMBLING = 0.75
LONGEST_DELAY_DAYS = 15
SPENDING_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is known of one customer, whose index is 0; as in `features.compute`, with the last flagged salary's day.

    Args:
        salary_later_days: by how many days later than they tell the next salary comes; 0 but for a what-if.
    """

    days: DayFacts
    schedules: Schedules
    payments: Payments
    as_of: int
    rules: RulebookContent
    last_salary_day: Ints
    salary_later_days: int = 0


@dataclass(frozen=True, kw_only=True)
class Lever:
    """What can be moved for one customer.

    Args:
        name: which lever.
        before: where it stands, in units of the bank's currency; for the due day, days from today.
        farthest: where it may be moved to.
        moved: the situation with the lever elsewhere.
        is_whole: whether it stands on whole numbers only.
    """

    name: str
    before: float
    farthest: float
    moved: Callable[[Situation, float], Situation]
    is_whole: bool = False

    def at(self, share: float) -> float:
        """Where it stands at a share of its full length."""
        way = (self.farthest - self.before) * share
        return self.before + (float(np.ceil(way)) if self.is_whole else way)


def _due_day(facts: Mapping[str, float]) -> Lever | None:
    """A due day nearer to, and at last behind, the next expected pay day."""
    due_in, latest = facts["due_in_days"], 1.0 - facts["salary_before_due_days"]
    if not (0 < latest <= LONGEST_DELAY_DAYS and due_in + latest <= HORIZON_DAYS):
        return None

    def moved(situation: Situation, after: float) -> Situation:
        schedules, as_of = situation.schedules, situation.as_of
        is_next = schedules.due_day == as_of + int(due_in)
        due_day = np.where(is_next, as_of + int(after), schedules.due_day)
        return replace(situation, schedules=replace(schedules, due_day=due_day))

    return Lever(name=DUE_DAY, before=due_in, farthest=due_in + latest, moved=moved, is_whole=True)


def _shortfall(facts: Mapping[str, float]) -> Lever | None:
    """Money that is there from today on: from savings, from others, or by the bank's help."""
    short = facts["projected_shortfall"]
    if not short > 0:
        return None

    def moved(situation: Situation, after: float) -> Situation:
        days = with_day(situation.days, situation.as_of)
        balance = round((facts["balance"] + short - after) * HUNDREDTHS)
        stated = np.where(days.day == situation.as_of, float(balance), days.last_balance_amount)
        return replace(situation, days=replace(days, last_balance_amount=stated))

    return Lever(name=SHORTFALL, before=short, farthest=0.0, moved=moved)


def _instalment(facts: Mapping[str, float]) -> Lever | None:
    """Smaller instalments, as a longer term or a part payment brings."""
    due = facts["due_30d"]
    if not due > 0:
        return None

    def moved(situation: Situation, after: float) -> Situation:
        schedules, as_of = situation.schedules, situation.as_of
        settlement = settle(schedules=schedules, payments=situation.payments, as_of=as_of)
        ahead = schedules.due_day - as_of
        is_near = settlement.is_known & (ahead >= 0) & (ahead <= HORIZON_DAYS)
        off = np.where(is_near, np.floor(settlement.unpaid_amount * (1.0 - after / due)), 0.0)
        is_until = (schedules.loan == schedules.loan[:, None]) & (
            schedules.cumulative_amount <= schedules.cumulative_amount[:, None]
        )
        smaller = replace(
            schedules,
            amount=schedules.amount - off,
            cumulative_amount=schedules.cumulative_amount - is_until @ off,
        )
        return replace(situation, schedules=smaller)

    return Lever(name=INSTALMENT, before=due, farthest=(1.0 - MOST_OFF_INSTALMENT) * due, moved=moved)


def _spending(facts: Mapping[str, float]) -> Lever | None:
    """Less spent on what is not essential, in as many purchases; what is not spent stays in the account."""
    spent, discretionary = facts["spend_30d"], facts["discretionary_30d"]
    most_off = min(discretionary, MOST_OFF_SPENDING * spent)
    if not most_off > 0:
        return None

    def moved(situation: Situation, after: float) -> Situation:
        share = (spent - after) / discretionary
        days = situation.days
        kept = replace(
            days, gambling_amount=days.gambling_amount - _part(situation, days.gambling_amount, share)
        )
        return _saved(replace(situation, days=kept), _part(situation, days.discretionary_amount, share))

    return Lever(name=SPENDING, before=spent, farthest=spent - most_off, moved=moved)


def _gambling(facts: Mapping[str, float]) -> Lever | None:
    """Less staked, as often; what is not staked stays in the account."""
    amount = facts["gambling_30d"]
    if not amount > 0:
        return None

    def moved(situation: Situation, after: float) -> Situation:
        days = situation.days
        off = _part(situation, days.gambling_amount, 1.0 - after / amount)
        kept = replace(days, gambling_amount=days.gambling_amount - off)
        return _saved(replace(situation, days=kept), off)

    return Lever(name=GAMBLING, before=amount, farthest=(1.0 - MOST_OFF_GAMBLING) * amount, moved=moved)


def _part(situation: Situation, amount: Floats, share: float) -> Floats:
    """A share of each of the last closed days' amounts, in whole hundredths."""
    age = situation.as_of - situation.days.day
    return np.where((age >= 1) & (age <= SPENDING_DAYS), np.floor(amount * share), 0.0)


def _saved(situation: Situation, off: Floats) -> Situation:
    """The situation with so much less of each day's discretionary spending, and so much more in the account since."""
    days = situation.days
    since = (days.day <= days.day[:, None]) @ off
    saved = replace(
        days,
        debit_amount=days.debit_amount - off,
        discretionary_amount=days.discretionary_amount - off,
        last_balance_amount=days.last_balance_amount + since,
        lowest_balance_amount=days.lowest_balance_amount + since - off,
    )
    return replace(situation, days=saved)


def with_day(days: DayFacts, day: int) -> DayFacts:
    """The days, with this one among them."""
    if (days.day == day).any():
        return days
    unknown = {"last_balance_amount": np.nan, "lowest_balance_amount": np.nan, "day": day}
    return DayFacts(
        **{
            each.name: np.append(getattr(days, each.name), getattr(days, each.name).dtype.type(value))
            for each in fields(DayFacts)
            for value in [unknown.get(each.name, 0)]
        }
    )


LEVERS: tuple[Callable[[Mapping[str, float]], Lever | None], ...] = (
    _due_day,
    _shortfall,
    _instalment,
    _spending,
    _gambling,
)
