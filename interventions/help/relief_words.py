"""Money, days and terms of relief in words that staff can say aloud, in the language that is active. Pure."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers import formats
from interventions.models import ReliefOffer

DAY = "j F Y"
DAY_OF_WEEK = "l, j F Y"


def day_in_words(day: dt.date) -> str:
    """A day with its year: 25 November 2026."""
    return str(date_format(day, DAY))


def weekday_in_words(day: dt.date) -> str:
    """A day to choose: Wednesday, 25 November 2026."""
    return str(date_format(day, DAY_OF_WEEK))


def money_in_words(amount: Decimal, currency: str) -> str:
    """An amount to the hundredth where it has any: ₹11,000, ₹11,000.50."""
    return formats.exact_money(amount, currency)


def terms_in_words(*, kind: str, terms: Mapping[str, Any], currency: str) -> str:
    """What an offer changes, in one or two sentences.

    Args:
        kind: A `ReliefOffer.Kind`.
        terms: As `relief.terms` makes them.
        currency: The loan's.
    """
    if kind == ReliefOffer.Kind.DUE_DATE_MOVE:
        return _("The instalment of %(amount)s is due on %(new)s instead of %(old)s.") % {
            "amount": _money(terms["amount"], currency),
            "new": _day(terms["to_on"]),
            "old": _day(terms["from_on"]),
        }
    if kind == ReliefOffer.Kind.INSTALMENT_SPLIT:
        parts = [
            _("%(amount)s on %(day)s")
            % {"amount": _money(part["amount"], currency), "day": _day(part["due_on"])}
            for part in terms["parts"]
        ]
        return _("The instalment of %(amount)s is paid in parts: %(parts)s.") % {
            "amount": _money(terms["amount"], currency),
            "parts": "; ".join(parts),
        }
    return _("Nothing is paid on %(days)s; payments go on from %(resumes)s. What is paused stays owed.") % {
        "days": ", ".join(_day(line["due_on"]) for line in terms["paused"]),
        "resumes": _day(terms["resumes_on"]),
    }


def question(kind: str) -> str:
    """What there is to choose about a kind of relief."""
    return {
        ReliefOffer.Kind.DUE_DATE_MOVE: _("New due date"),
        ReliefOffer.Kind.INSTALMENT_SPLIT: _("In how many parts"),
        ReliefOffer.Kind.PAYMENT_HOLIDAY: _("Instalments that are paused"),
    }[ReliefOffer.Kind(kind)]


def _money(amount: str, currency: str) -> str:
    return money_in_words(Decimal(amount), currency)


def _day(day: str) -> str:
    return day_in_words(dt.date.fromisoformat(day))
