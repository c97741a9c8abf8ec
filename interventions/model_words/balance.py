"""The balance, now and on the due date."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from interventions.model_words.making import Around, Words, compared, counted
from risk.model.explain import Reason


def _balance_slope(reason: Reason, around: Around) -> str:
    if reason.fact is None:
        return _("Which way the balance goes is not known")
    monthly = around.money(abs(30 * reason.fact))
    if reason.fact < 0:
        return _("The balance goes down by about %(amount)s a month") % {"amount": monthly}
    return _("The balance goes up by about %(amount)s a month") % {"amount": monthly}


def _projected_balance(reason: Reason, around: Around) -> str:
    if reason.fact is None:
        return _("What will be left after the instalment is not known")
    if reason.fact < 0:
        return _short(reason, around)
    return _("About %(amount)s should be left after the instalment") % {"amount": around.money(reason.fact)}


def _projected_shortfall(reason: Reason, around: Around) -> str:
    if reason.fact is None:
        return _("Whether the balance covers the instalment is not known")
    if reason.fact > 0:
        return _short(reason, around)
    return _("The balance should cover the instalments of the next 30 days")


def _projected_worst(reason: Reason, around: Around) -> str:
    if reason.fact is None:
        return _("What will be left after the instalment is not known")
    amount = around.money(abs(reason.fact))
    if reason.fact < 0:
        return _(
            "The balance may be %(amount)s short if the days ahead go like the worst of earlier months"
        ) % {"amount": amount}
    return _("About %(amount)s should be left even if the days ahead go like the worst of earlier months") % {
        "amount": amount
    }


def _short(reason: Reason, around: Around) -> str:
    """What is lacking; on which day, where the next instalment is all that falls due."""
    amount = around.money(abs(reason.fact or 0))
    if around.due_on is None or around.due_amount != reason.baseline:
        return _("The balance may be %(amount)s short for the instalments of the next 30 days") % {
            "amount": amount
        }
    day = date_format(around.due_on, "j M")
    return _("The balance may be %(amount)s short on the due date (%(day)s)") % {"amount": amount, "day": day}


_NO_BALANCE = gettext_lazy("No balance is known")
SENTENCES: dict[str, Words] = {
    "balance_to_due": compared(
        both=gettext_lazy("The balance is %(amount)s; %(usual)s falls due within 30 days"),
        alone=gettext_lazy("The balance is %(amount)s"),
        unknown=_NO_BALANCE,
    ),
    "lowest_balance_to_due_30d": compared(
        both=gettext_lazy(
            "The balance was as low as %(amount)s in the last 30 days; %(usual)s falls due within 30 days"
        ),
        alone=gettext_lazy("The balance was as low as %(amount)s in the last 30 days"),
        unknown=_NO_BALANCE,
    ),
    "lowest_balance_to_due_90d": compared(
        both=gettext_lazy(
            "The balance was as low as %(amount)s in the last 90 days; %(usual)s falls due within 30 days"
        ),
        alone=gettext_lazy("The balance was as low as %(amount)s in the last 90 days"),
        unknown=_NO_BALANCE,
    ),
    "days_under_due_30d": counted(
        ngettext_lazy(
            "The balance was lower than the coming instalments on %(count)d of the last 30 days",
            "The balance was lower than the coming instalments on %(count)d of the last 30 days",
            "count",
        ),
        none=gettext_lazy("The balance was enough for the coming instalments on all of the last 30 days"),
        unknown=_NO_BALANCE,
    ),
    "balance_slope_30d": _balance_slope,
    "balance_change": compared(
        both=gettext_lazy("The balance of the last 30 days is %(amount)s on average, before that %(usual)s"),
        alone=gettext_lazy("The balance of the last 30 days is %(amount)s on average"),
        unknown=_NO_BALANCE,
    ),
    "balance_same_day_change": compared(
        both=gettext_lazy(
            "The balance is %(amount)s, on the same day of earlier months %(usual)s on average"
        ),
        alone=gettext_lazy("The balance is %(amount)s"),
        unknown=_NO_BALANCE,
    ),
    "projected_balance_to_due": _projected_balance,
    "projected_worst_to_due": _projected_worst,
    "projected_shortfall_to_income": _projected_shortfall,
}
