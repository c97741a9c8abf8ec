"""How the account has been used: balances, spending by kind and week, salaries against the own pay day, cash."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer
from interventions import reasons
from interventions.console.charts import Chart, Kind, Series, Threshold, Unit
from risk.features import HUNDREDTHS, Floats, Ints, salary_counts
from risk.model.cash_path import cash_path
from risk.model.features import daily_sums, looked_at
from risk.model.features_balance import closing
from risk.model.features_days import DAYS, WEEK_DAYS, DailySums
from risk.model.features_salaries import Salaries, salaries_of
from risk.model.levers import Situation

WEEKS = 13
MOST_SALARIES = 9


@dataclass(frozen=True, kw_only=True)
class Salary:
    """One salary, and how it came against the customer's own pay day; `late_days` is None of one that has no rhythm."""

    paid_on: dt.date
    amount: float
    late_days: int | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Punctuality:
    """The last salaries, the newest first, and what they are held against, a sentence."""

    salaries: Sequence[Salary]
    usual: str


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What the tab shows."""

    balance: Chart
    spending: Chart
    cash: Chart
    punctuality: Punctuality


class _Seen:
    """The days of one customer, as the features see them."""

    def __init__(self, situation: Situation, as_of_on: dt.date) -> None:
        self.situation = situation
        self.as_of_on = as_of_on
        self.days = looked_at(situation.days, as_of=situation.as_of, rules=situation.rules)
        self.salaries: Salaries = salaries_of(
            days=self.days, customers=1, as_of=situation.as_of, rules=situation.rules
        )
        self.sums: DailySums = daily_sums(
            days=self.days, salaries=self.salaries, customers=1, as_of=situation.as_of
        )

    def day(self, age: int) -> dt.date:
        return self.as_of_on - dt.timedelta(days=age)


def behaviour(
    customer: Customer, situation: Situation, *, as_of_on: dt.date, csv: dict[str, str] | None = None
) -> Behaviour:
    """How a customer's account has been used.

    Args:
        customer: Who.
        situation: Theirs, which holds the days.
        as_of_on: The bank day it is of.
        csv: Where the charts' numbers are fetched, by their key.
    """
    seen, addresses = _Seen(situation, as_of_on), csv or {}
    return Behaviour(
        balance=_balance(seen, addresses.get("balance", "")),
        spending=_spending(seen, addresses.get("spending", "")),
        cash=_cash(seen, addresses.get("cash", "")),
        punctuality=punctuality(customer, seen.situation, as_of_on=as_of_on),
    )


def punctuality(customer: Customer, situation: Situation, *, as_of_on: dt.date) -> Punctuality:
    """Each of the last salaries against the customer's own pay day: the one on record, else their rhythm."""
    days = looked_at(situation.days, as_of=situation.as_of, rules=situation.rules)
    counts = salary_counts(tiles=days.as_tiles(), as_of=situation.as_of, rules=situation.rules)
    paid = np.flatnonzero((counts > 0) & (days.day <= situation.as_of))
    paid = paid[np.argsort(days.day[paid])]
    amounts = np.where(days.salary_count > 0, days.salary_amount, days.largest_unflagged_credit_amount)
    dates = [as_of_on - dt.timedelta(days=int(situation.as_of - day)) for day in days.day[paid]]
    late = _lateness(dates, days.day[paid], customer.expected_salary_day)
    salaries = [
        Salary(paid_on=on, amount=float(amount) / HUNDREDTHS, late_days=by, text=_late_words(by))
        for on, amount, by in zip(dates, amounts[paid].tolist(), late, strict=True)
    ]
    return Punctuality(salaries=salaries[::-1][:MOST_SALARIES], usual=_usual(customer, days.day[paid]))


def _lateness(dates: Sequence[dt.date], numbers: Ints, expected_day: int | None) -> list[int | None]:
    if expected_day:
        return [_from_day_of_month(on, expected_day) for on in dates]
    if len(numbers) < 3:
        return [None] * len(numbers)
    gaps = np.diff(numbers)
    usual = float(np.median(gaps))
    return [None, *(round(float(gap) - usual) for gap in gaps)]


def _from_day_of_month(on: dt.date, expected_day: int) -> int:
    """By how many days a date lies behind the nearest such day of a month; short months end earlier."""
    around = [on - dt.timedelta(days=30), on, on + dt.timedelta(days=30)]
    pay_days = [_in_month(each, expected_day) for each in around]
    return min(((on - each).days for each in pay_days), key=abs)


def _in_month(month: dt.date, day: int) -> dt.date:
    following = (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return month.replace(day=min(day, (following - dt.timedelta(days=1)).day))


def _late_words(days: int | None) -> str:
    if days is None:
        return _("nothing to compare it with")
    if days == 0:
        return _("on the usual day")
    if days > 0:
        return ngettext("%(n)d day later than usual", "%(n)d days later than usual", days) % {"n": days}
    return ngettext("%(n)d day earlier than usual", "%(n)d days earlier than usual", -days) % {"n": -days}


def _usual(customer: Customer, numbers: Ints) -> str:
    if customer.expected_salary_day:
        return _("Usually paid on the %(day)s of the month, as on record.") % {
            "day": reasons.day_of_month(customer.expected_salary_day)
        }
    if len(numbers) >= 3:
        gap = round(float(np.median(np.diff(numbers))))
        return ngettext(
            "No pay day is on record: usually %(n)d day lies between two salaries.",
            "No pay day is on record: usually %(n)d days lie between two salaries.",
            gap,
        ) % {"n": gap}
    return _("No pay day is on record, and too few salaries are known to see a rhythm.")


def _balance(seen: _Seen, csv_url: str) -> Chart:
    stated = closing(seen.sums)[::-1, 0] / HUNDREDTHS
    values = [None if np.isnan(each) else float(each) for each in stated]
    dates = [date_format(seen.day(DAYS - 1 - place), "j M") for place in range(DAYS)]
    due = sum(each.amount for each in cash_path(seen.situation).dues)
    return Chart(
        key="balance",
        title=_("How has the balance gone?"),
        subtitle=_("%(first)s to %(last)s, at the end of each day; a balance holds until the next is stated.")
        % {"first": dates[0], "last": dates[-1]},
        kind=Kind.PATH,
        unit=Unit.MONEY,
        category_name=_("Day"),
        categories=dates,
        series=[Series(name=_("Balance"), values=values, tone="accent")],
        threshold=Threshold(_("Falls due within 30 days"), due) if due else None,
        height=240,
        empty=_("No balance has been stated in 45 days. Balances come with transactions that state one."),
        csv_url=csv_url,
    )


def _spending(seen: _Seen, csv_url: str) -> Chart:
    sums = seen.sums
    kinds = (
        (_("Essentials"), _by_week(sums, "essential_amount") - _by_week(sums, "debt_amount"), "1"),
        (_("Wants"), _by_week(sums, "discretionary_amount"), "2"),
        (_("Cash"), _by_week(sums, "cash_amount"), "3"),
        (_("Instalments"), _by_week(sums, "debt_amount"), "4"),
    )
    weeks = _weeks(seen)
    has_any = any(amounts.any() for _name, amounts, _tone in kinds)
    return Chart(
        key="spending",
        title=_("What was the money spent on?"),
        subtitle=_("By kind and week, the latest at the top: %(weeks)d closed weeks up to %(last)s.")
        % {"weeks": WEEKS, "last": date_format(seen.day(1), "j M")},
        kind=Kind.STACKED,
        unit=Unit.MONEY,
        category_name=_("Week from"),
        categories=weeks if has_any else [],
        series=[
            Series(name=name, values=[max(float(each), 0.0) for each in amounts], tone=tone)
            for name, amounts, tone in kinds
            if has_any
        ],
        height=400,
        empty=_("Nothing was spent in these weeks."),
        csv_url=csv_url,
    )


def _cash(seen: _Seen, csv_url: str) -> Chart:
    amounts = _by_week(seen.sums, "cash_amount")
    counts = _by_week(seen.sums, "cash_count") * HUNDREDTHS
    weeks = [
        _("%(week)s (%(count)d×)") % {"week": week, "count": round(float(count))}
        for week, count in zip(_weeks(seen), counts, strict=True)
    ]
    return Chart(
        key="cash",
        title=_("How much cash was withdrawn?"),
        subtitle=_("By week, with the number of withdrawals, the latest at the top."),
        kind=Kind.BARS,
        unit=Unit.MONEY,
        category_name=_("Week from"),
        categories=weeks if amounts.any() else [],
        series=[Series(name=_("Cash"), values=[max(float(each), 0.0) for each in amounts], tone="3")]
        if amounts.any()
        else [],
        height=320,
        empty=_("No cash was withdrawn in these weeks."),
        csv_url=csv_url,
    )


def _by_week(sums: DailySums, name: str) -> Floats:
    """Sums of closed weeks in units, the latest first; a return may lie in another week than its debit."""
    rows = sums.cumulative(name)[1 + WEEK_DAYS * np.arange(WEEKS + 1), 0]
    found: Floats = np.diff(rows) / HUNDREDTHS
    return found


def _weeks(seen: _Seen) -> list[str]:
    return [date_format(seen.day(WEEK_DAYS * (week + 1)), "j M") for week in range(WEEKS)]
