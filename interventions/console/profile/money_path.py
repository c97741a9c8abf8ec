"""The cash flow to the due date: the path as a chart, and what it says and assumes in sentences."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import bank_clock, formats
from customers.models import Customer
from interventions.console.charts import Chart, Kind, Mark, Series, Threshold, Unit
from risk.model.cash_path import CashPath, Due, cash_path
from risk.model.levers import Situation
from risk.model.on_reading import situation_of
from risk.model.settlement import HORIZON_DAYS
from risk.models import CurrentRisk


@dataclass(frozen=True, kw_only=True)
class MoneyPath:
    """The path, ready to show.

    Args:
        path: the numbers.
        as_of_on: the bank day that is "today" in it.
        headline: what happens by the due date, a sentence.
        worst: the same if the days ahead go like the worst of earlier months; empty where nobody can say.
        is_short: whether the money is likely not to suffice.
        assumes: what it is made of, sentences.
        chart: empty where nothing can be carried forward.
    """

    path: CashPath
    as_of_on: dt.date
    headline: str
    worst: str
    is_short: bool
    assumes: list[str]
    chart: Chart


def read_situation(customer: Customer) -> Situation:
    """What is known of a customer as of the day of their last evaluation, else today. Four queries."""
    return situation_of(customer_id=customer.pk, as_of=as_of_of(customer))


def as_of_of(customer: Customer) -> dt.date:
    """The bank day up to which a customer is looked at."""
    risk: CurrentRisk | None = getattr(customer, "risk", None)
    return risk.as_of_on if risk else bank_clock.today()


def money_path(
    customer: Customer, situation: Situation, *, csv_url: str = "", height: int = 320
) -> MoneyPath:
    """The path of one customer.

    Args:
        customer: with `risk` at hand.
        situation: theirs, from `read_situation`, or with something otherwise.
        csv_url: where the numbers are fetched as a file.
        height: of the chart, in pixels.
    """
    as_of_on = as_of_of(customer)
    path = cash_path(situation, by_calendar=_by_calendar(customer, as_of_on))
    words = _Words(path, as_of_on)
    return MoneyPath(
        path=path,
        as_of_on=as_of_on,
        headline=words.headline(),
        worst=words.worst(),
        is_short=bool(path.shortfall),
        assumes=[*words.assumes()] if path.is_known else [],
        chart=_chart(path, words, csv_url, height),
    )


def _by_calendar(customer: Customer, as_of_on: dt.date) -> Due | None:
    risk: CurrentRisk | None = getattr(customer, "risk", None)
    if risk is None or risk.next_due_on is None or risk.next_due_amount is None:
        return None
    return Due(days_ahead=(risk.next_due_on - as_of_on).days, amount=float(risk.next_due_amount))


class _Words:
    """Says what a path shows."""

    def __init__(self, path: CashPath, as_of_on: dt.date) -> None:
        self.path = path
        self.as_of_on = as_of_on

    def day(self, ahead: float) -> str:
        return date_format(self.as_of_on + dt.timedelta(days=round(ahead)), "j M")

    def money(self, amount: float) -> str:
        return formats.money(amount, settings.BANK_CURRENCY)

    @property
    def tightest(self) -> Due | None:
        """The instalment after which the least is left; the first, where that is not known."""
        known = [due for due in self.path.dues if self.path.days[due.days_ahead].left is not None]
        return min(
            known or self.path.dues, key=lambda due: self.path.days[due.days_ahead].left or 0.0, default=None
        )

    def headline(self) -> str:
        due = self.tightest
        if not self.path.is_known:
            return _(
                "Fewer than 30 days of history are known, so nothing can be carried forward to the due date."
            )
        if due is None:
            return _("Nothing that is not paid yet falls due within %(days)d days.") % {"days": HORIZON_DAYS}
        left = self.path.days[due.days_ahead].left or 0.0
        said = {"day": self.day(due.days_ahead), "due": self.money(due.amount)}
        if self.path.balance is None:
            return self._without_balance(said)
        if left < 0:
            return _(
                "On %(day)s the account is likely to be %(short)s short for the instalment of %(due)s."
            ) % {**said, "short": self.money(-left)}
        return _("About %(left)s should be left on %(day)s after the instalment of %(due)s.") % {
            **said,
            "left": self.money(left),
        }

    def _without_balance(self, said: dict[str, str]) -> str:
        needed = self.path.needed or 0.0
        if needed:
            return _(
                "No balance is known. For the instalment of %(due)s on %(day)s about %(needed)s must be in the account"
                " today."
            ) % {**said, "needed": self.money(needed)}
        return (
            _("No balance is known. What usually comes in until %(day)s covers the instalment of %(due)s.")
            % said
        )

    def worst(self) -> str:
        lowest = self.path.lowest_worst
        if lowest is None or self.path.balance is None or self.path.months < 2:
            return ""
        if lowest < 0:
            return _("If the days ahead go like the worst of earlier months, %(short)s are missing.") % {
                "short": self.money(-lowest)
            }
        return _("Even if they go like the worst of earlier months, %(left)s are left.") % {
            "left": self.money(lowest)
        }

    def assumes(self) -> Iterator[str]:
        path = self.path
        if path.balance is None:
            yield _(
                "No balance has been stated in 45 days: the line shows what comes in less what goes out from today on."
            )
        else:
            yield self._balance()
        yield self._salary()
        yield ngettext(
            "Other money in and out as in the same days of the month before; instalments are taken from the schedule.",
            "Other money in and out as on average in the same days of the %(months)d months before; instalments are"
            " taken from the schedule.",
            path.months,
        ) % {"months": path.months}
        if path.is_by_calendar:
            yield _(
                "What was paid of this loan before is not known: the instalment is the next by the calendar."
            )

    def _balance(self) -> str:
        age = self.path.balance_age_days or 0
        amount = self.money(self.path.balance or 0.0)
        if age == 0:
            return _("The balance is %(amount)s, as stated today.") % {"amount": amount}
        return ngettext(
            "The balance is %(amount)s, as stated %(days)d day ago.",
            "The balance is %(amount)s, as stated %(days)d days ago.",
            age,
        ) % {"amount": amount, "days": age}

    def _salary(self) -> str:
        if self.path.salary is None or self.path.pay_day_ahead is None:
            return _("No regular salary is known: none is expected on a day of its own.")
        ahead = self.path.pay_day_ahead
        said = {"amount": self.money(self.path.salary), "day": self.day(ahead)}
        if ahead < 0:
            return (
                _(
                    "A salary of %(amount)s was expected on %(day)s and is late: it is taken as coming today, the"
                    " smaller of the last and the usual one."
                )
                % said
            )
        return (
            _(
                "A salary of %(amount)s is expected on %(day)s: the smaller of the last and the usual one, in the"
                " customer's own rhythm."
            )
            % said
        )


def _chart(path: CashPath, words: _Words, csv_url: str, height: int) -> Chart:
    days = path.days if path.is_known else []
    due = words.tightest
    begin = [path.balance or 0.0] if days else []
    title = _("What happens to the balance in the next 30 days?")
    if due is not None:
        title = _("Does the money suffice for the instalment on %(day)s?") % {
            "day": words.day(due.days_ahead)
        }
    first = _("Balance") if path.balance is not None else _("In less out")
    return Chart(
        key="path",
        title=title,
        subtitle=_("%(first)s to %(last)s, at the end of each day; seen up to bank day %(first)s.")
        % {"first": words.day(0), "last": words.day(HORIZON_DAYS)},
        kind=Kind.PATH,
        unit=Unit.MONEY,
        category_name=_("Day"),
        categories=[_("Now"), *(words.day(day.days_ahead) for day in days)] if days else [],
        series=[
            Series(name=first, values=[*begin, *(day.left for day in days)], tone="accent"),
            Series(
                name=_("As in the worst month"), values=[*begin, *(day.worst for day in days)], tone="muted"
            ),
        ],
        threshold=Threshold(_("Instalment"), due.amount) if due else None,
        mark=Mark(f"{words.day(due.days_ahead)}:", due.days_ahead + 1) if due else None,
        height=height,
        summary=f"{words.headline()} {words.worst()}".strip(),
        empty=_("At least 30 days of transactions are needed. They come with the stream or an import."),
        csv_url=csv_url,
    )
