"""Instalments, and payments that came back."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from interventions.model_words.making import Around, Words, compared, counted
from risk.model.explain import Reason


def _worst_delay(reason: Reason, _around: Around) -> str:
    if reason.fact is None:
        return _("No instalment fell due in the last 12 months")
    days = round(reason.fact)
    if days == 0:
        return _("Every instalment of the last 12 months was paid in time")
    return ngettext(
        "An instalment was paid %(days)d day late in the last 12 months",
        "An instalment was paid %(days)d days late in the last 12 months",
        days,
    ) % {"days": days}


def _mean_delay(reason: Reason, _around: Around) -> str:
    if reason.fact is None:
        return _("No instalment fell due in the last 12 months")
    days = round(reason.fact)
    if days == 0:
        return _("The last instalments were paid in time")
    return ngettext(
        "The last instalments were paid about %(days)d day late on average",
        "The last instalments were paid about %(days)d days late on average",
        days,
    ) % {"days": days}


def _returned_run(reason: Reason, _around: Around) -> str:
    count = round(reason.fact or 0)
    if count == 0:
        return _("No payment was returned in the last 90 days")
    if count == 1:
        return _("Never more than one payment in a row was returned in the last 90 days")
    return _("%(count)d payments in a row were returned in the last 90 days") % {"count": count}


SENTENCES: dict[str, Words] = {
    "instalment_to_income": compared(
        both=gettext_lazy("%(amount)s falls due within 30 days, out of a usual monthly income of %(usual)s"),
        alone=gettext_lazy("%(amount)s falls due within 30 days; the usual income is not known"),
        unknown=gettext_lazy("Nothing falls due within 30 days"),
    ),
    "obligations_to_income": compared(
        both=gettext_lazy(
            "Instalments and essentials take %(amount)s out of a usual monthly income of %(usual)s"
        ),
        alone=gettext_lazy("Instalments and essentials take %(amount)s; the usual income is not known"),
        unknown=gettext_lazy("What instalments and essentials take is not known"),
    ),
    "days_to_due": counted(
        ngettext_lazy(
            "The next instalment falls due in %(count)d day",
            "The next instalment falls due in %(count)d days",
            "count",
        ),
        none=gettext_lazy("The next instalment falls due today"),
        unknown=gettext_lazy("Nothing falls due within 30 days"),
    ),
    "misses_180d": counted(
        ngettext_lazy(
            "%(count)d instalment was missed in the last 6 months",
            "%(count)d instalments were missed in the last 6 months",
            "count",
        ),
        none=gettext_lazy("No instalment was missed in the last 6 months"),
    ),
    "misses_365d": counted(
        ngettext_lazy(
            "%(count)d instalment was missed in the last 12 months",
            "%(count)d instalments were missed in the last 12 months",
            "count",
        ),
        none=gettext_lazy("No instalment was missed in the last 12 months"),
    ),
    "worst_dpd_365d": _worst_delay,
    "days_since_last_miss": counted(
        ngettext_lazy(
            "The last missed instalment was due %(count)d day ago",
            "The last missed instalment was due %(count)d days ago",
            "count",
        ),
        none=gettext_lazy("No instalment was missed in the last 12 months"),
    ),
    "payment_delay_days": _mean_delay,
    "instalments_paid": counted(
        ngettext_lazy(
            "%(count)d instalment was paid in the last 12 months",
            "%(count)d instalments were paid in the last 12 months",
            "count",
        ),
        none=gettext_lazy("No instalment has been paid in the last 12 months"),
    ),
    "returned_30d": counted(
        ngettext_lazy(
            "%(count)d payment was returned in the last 30 days",
            "%(count)d payments were returned in the last 30 days",
            "count",
        ),
        none=gettext_lazy("No payment was returned in the last 30 days"),
    ),
    "returned_90d": counted(
        ngettext_lazy(
            "%(count)d payment was returned in the last 90 days",
            "%(count)d payments were returned in the last 90 days",
            "count",
        ),
        none=gettext_lazy("No payment was returned in the last 90 days"),
    ),
    "returned_run_90d": _returned_run,
    "declined_30d": counted(
        ngettext_lazy(
            "%(count)d payment was declined in the last 30 days",
            "%(count)d payments were declined in the last 30 days",
            "count",
        ),
        none=gettext_lazy("No payment was declined in the last 30 days"),
    ),
}
