"""Relief: what exactly a change of terms would be, within the bank's rules. Pure: no database, clock or settings.

Nothing here changes a schedule: core banking does, after the customer has agreed and somebody has entered it there.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.money import to_hundredths
from interventions.casework.business_hours import BusinessHours
from interventions.help.relief_rules import Rules
from interventions.help.relief_words import day_in_words
from interventions.models import ReliefOffer
from risk.levels import Hardship

Kind = ReliefOffer.Kind
LONGEST_SEARCH_DAYS = 31


class ReliefRefused(ValueError):
    """A wish that the rules do not allow; the text says why and what would do."""


@dataclass(frozen=True)
class Line:
    """One instalment that is not paid in full, and what is left of it."""

    number: int
    due_on: dt.date
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a loan and its customer.

    Args:
        today_on: the bank's day.
        hardship: why the customer is in difficulty.
        permitted: the kinds that the case's policy allows.
        fallen_due: how many instalments fell due before today.
        overdue_amount: unpaid of those.
        ahead: the instalments from today on that are not paid in full, in order.
        last_agreed_on: when relief was last agreed on for the loan.
        has_open_offer: whether another offer waits for an answer.
        salary_day: day of the month on which the salary usually comes, 1 to 31.
        calendar: on which days the bank is open.
        currency: of the loan.
    """

    today_on: dt.date
    hardship: Hardship
    permitted: frozenset[str]
    fallen_due: int
    overdue_amount: Decimal
    ahead: Sequence[Line]
    last_agreed_on: dt.date | None
    has_open_offer: bool
    salary_day: int | None
    calendar: BusinessHours
    currency: str


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the customer would like; what is left out is suggested."""

    due_on: dt.date | None = None
    parts: int = 2
    months: int = 1


def terms(kind: str, facts: Facts, rules: Rules, wish: Wish) -> dict[str, Any]:
    """What an offer would change, as it is stored: dates as ISO text, amounts as text with two decimals.

    Args:
        kind: A `ReliefOffer.Kind` whose conditions are met.
        facts: What is known.
        rules: The bank's.
        wish: What the customer would like.

    Raises:
        ReliefRefused: the wish goes beyond the rules.
    """
    if not facts.ahead:
        raise ReliefRefused(_("No instalment lies ahead."))
    return TERMS[kind](facts, rules, wish)


def wishes(kind: str, facts: Facts, rules: Rules) -> list[Wish]:
    """Every way of a kind of relief that the rules allow, the suggested one first."""
    return WISHES[kind](facts, rules)


def valid_until(facts: Facts, rules: Rules) -> dt.date:
    """The last day on which an offer can be accepted; there is an instalment ahead."""
    last_notice_on = facts.ahead[0].due_on - dt.timedelta(days=rules.notice_days)
    return min(facts.today_on + dt.timedelta(days=rules.valid_days), last_notice_on)


def ends_on(terms: Mapping[str, Any]) -> dt.date:
    """The last day that terms speak of: until then an arrangement stands."""
    return dt.date.fromisoformat(max(_days_in(terms)))


def new_days(facts: Facts, rules: Rules) -> list[dt.date]:
    """Every day to which the next due date may move: business days within the limits, soonest first.

    All lie before the following instalment: two at once would be harder to pay than one too early.
    """
    if not facts.ahead or facts.salary_day is None:
        return []
    due_on = facts.ahead[0].due_on
    days = (due_on + dt.timedelta(days=ahead) for ahead in range(1, rules.move_days_max + 1))
    following = [line.due_on for line in facts.ahead[1:2]]
    return [
        day
        for day in days
        if facts.calendar.is_open_on(day)
        and all(day < each for each in following)
        and 0 < (day - salary_before(day, facts.salary_day)).days <= rules.after_salary_days_max
    ]


def salary_before(day: dt.date, salary_day: int) -> dt.date:
    """The last usual salary day on or before a day; short months end earlier."""
    this_month = _in_month(day, salary_day)
    if this_month <= day:
        return this_month
    return _in_month(day.replace(day=1) - dt.timedelta(days=1), salary_day)


def _move(facts: Facts, rules: Rules, wish: Wish) -> dict[str, Any]:
    days = new_days(facts, rules)
    if not days:
        raise ReliefRefused(_("No business day close after the salary lies within reach."))
    if wish.due_on is not None and wish.due_on not in days:
        raise ReliefRefused(
            _("%(day)s is not possible: choose a business day from %(first)s to %(last)s that is at most %(most)s"
              " days after the salary.")
            % {"day": day_in_words(wish.due_on), "first": day_in_words(days[0]), "last": day_in_words(days[-1]),
               "most": rules.after_salary_days_max}
        )  # fmt: skip
    line = facts.ahead[0]
    return {
        "number": line.number,
        "amount": _amount(line.amount),
        "from_on": line.due_on.isoformat(),
        "to_on": (wish.due_on or days[0]).isoformat(),
    }


def _split(facts: Facts, rules: Rules, wish: Wish) -> dict[str, Any]:
    most = parts_most(facts, rules)
    if not 2 <= wish.parts <= most:
        raise ReliefRefused(
            _("An instalment is split into 2 to %(most)s parts.") % {"most": most}
            if most >= 2
            else _("This instalment cannot be split.")
        )
    line = facts.ahead[0]
    days = _part_days(facts, rules, wish.parts)
    amounts = shares(line.amount, wish.parts)
    return {
        "number": line.number,
        "amount": _amount(line.amount),
        "from_on": line.due_on.isoformat(),
        "parts": [
            {"due_on": day.isoformat(), "amount": _amount(amount)}
            for day, amount in zip(days, amounts, strict=True)
        ],
    }


def parts_most(facts: Facts, rules: Rules) -> int:
    """Into how many parts the next instalment is split at most; 0 or 1: it is not.

    Each part is worth something, and the last lies before the following instalment: two at once would be harder to pay.
    """
    most = min(rules.parts_max, to_hundredths(facts.ahead[0].amount)) if facts.ahead else 0
    following = [line.due_on for line in facts.ahead[1:2]]
    while most > 1 and any(_part_days(facts, rules, most)[-1] >= each for each in following):
        most -= 1
    return most


def _part_days(facts: Facts, rules: Rules, parts: int) -> list[dt.date]:
    first_on = facts.ahead[0].due_on
    return [
        _open_from(first_on + dt.timedelta(days=rules.part_gap_days * index), facts.calendar)
        for index in range(parts)
    ]


def shares(amount: Decimal, parts: int) -> list[Decimal]:
    """An amount in equal parts to the hundredth that add up to exactly it; the first ones carry what is left over."""
    each, over = divmod(to_hundredths(amount), parts)
    return [Decimal(each + (index < over)).scaleb(-2) for index in range(parts)]


def _holiday(facts: Facts, rules: Rules, wish: Wish) -> dict[str, Any]:
    most = months_most(facts, rules)
    if not 1 <= wish.months <= most:
        raise ReliefRefused(
            ngettext(
                "%(most)s instalment can be paused at most.",
                "%(most)s instalments can be paused at most.",
                most,
            )
            % {"most": most}
        )
    paused, following = facts.ahead[: wish.months], facts.ahead[wish.months]
    return {
        "months": wish.months,
        "paused": [
            {"number": line.number, "due_on": line.due_on.isoformat(), "amount": _amount(line.amount)}
            for line in paused
        ],
        "resumes_on": _open_from(following.due_on, facts.calendar).isoformat(),
    }


def months_most(facts: Facts, rules: Rules) -> int:
    """How many instalments are paused at most. The loan goes on afterwards, so one is left to go on with."""
    return min(rules.holiday_months_max, len(facts.ahead) - 1)


def _open_from(day: dt.date, calendar: BusinessHours) -> dt.date:
    """The first business day from a day on."""
    for ahead in range(LONGEST_SEARCH_DAYS):
        if calendar.is_open_on(day + dt.timedelta(days=ahead)):
            return day + dt.timedelta(days=ahead)
    raise ReliefRefused(_("The bank is not open for a month from %(day)s.") % {"day": day_in_words(day)})


def _in_month(month: dt.date, day: int) -> dt.date:
    following = (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return month.replace(day=min(day, (following - dt.timedelta(days=1)).day))


def _days_in(value: object) -> list[str]:
    """Every date of terms; they are the only texts that end so, and ISO dates sort as days do."""
    if isinstance(value, Mapping):
        days = [text for name, text in value.items() if name.endswith("_on")]
        return days + [day for each in value.values() for day in _days_in(each)]
    return [day for each in value for day in _days_in(each)] if isinstance(value, list) else []


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}"


TERMS: dict[str, Callable[[Facts, Rules, Wish], dict[str, Any]]] = {
    Kind.DUE_DATE_MOVE: _move,
    Kind.INSTALMENT_SPLIT: _split,
    Kind.PAYMENT_HOLIDAY: _holiday,
}
WISHES: dict[str, Callable[[Facts, Rules], list[Wish]]] = {
    Kind.DUE_DATE_MOVE: lambda facts, rules: [Wish(due_on=day) for day in new_days(facts, rules)],
    Kind.INSTALMENT_SPLIT: lambda facts, rules: [
        Wish(parts=count) for count in range(2, parts_most(facts, rules) + 1)
    ],
    Kind.PAYMENT_HOLIDAY: lambda facts, rules: [
        Wish(months=count) for count in range(1, months_most(facts, rules) + 1)
    ],
}
