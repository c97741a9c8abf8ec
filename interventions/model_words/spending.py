"""Spending, cash, activity, loan apps and gambling."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from interventions.model_words.making import Around, Words, beside_usual, compared, counted
from risk.model.explain import Reason


def _discretionary_share(reason: Reason, around: Around) -> str:
    if reason.value is None or reason.fact is None:
        return _("Nothing was spent in the last 30 days")
    # A return of an earlier purchase may carry it beyond the whole.
    share = min(1.0, max(0.0, reason.value))
    return _("%(percent)d %% of spending goes to other than essentials (%(amount)s in 30 days)") % {
        "percent": round(100 * share),
        "amount": around.money(reason.fact),
    }


def _cash_count(reason: Reason, _around: Around) -> str:
    count = round(reason.fact or 0)
    said = ngettext("%(count)d cash withdrawal in 7 days", "%(count)d cash withdrawals in 7 days", count)
    return beside_usual(said % {"count": count}, reason.baseline)


def _txn_change(reason: Reason, _around: Around) -> str:
    if reason.fact is None:
        return _("Too little is known of how much the account is used")
    count = round(reason.fact)
    said = ngettext("%(count)d transaction in 14 days", "%(count)d transactions in 14 days", count)
    return beside_usual(said % {"count": count}, reason.baseline)


_NO_SPENDING = gettext_lazy("Too little is known of the usual spending")
SENTENCES: dict[str, Words] = {
    "spend_change": compared(
        both=gettext_lazy("%(amount)s was spent in the last 30 days, usually %(usual)s"),
        alone=gettext_lazy("%(amount)s was spent in the last 30 days"),
        unknown=_NO_SPENDING,
    ),
    "essential_change": compared(
        both=gettext_lazy("%(amount)s was spent on essentials in the last 30 days, usually %(usual)s"),
        alone=gettext_lazy("%(amount)s was spent on essentials in the last 30 days"),
        unknown=_NO_SPENDING,
    ),
    "discretionary_change": compared(
        both=gettext_lazy("%(amount)s went to other than essentials in the last 30 days, usually %(usual)s"),
        alone=gettext_lazy("%(amount)s went to other than essentials in the last 30 days"),
        unknown=_NO_SPENDING,
    ),
    "week_on_week_change": compared(
        both=gettext_lazy("%(amount)s was spent in the last 7 days, %(usual)s in the week before"),
        alone=gettext_lazy("%(amount)s was spent in the last 7 days"),
        unknown=_NO_SPENDING,
    ),
    "spend_to_income_30d": compared(
        both=gettext_lazy("%(amount)s was spent in the last 30 days, and %(usual)s came in"),
        alone=gettext_lazy("%(amount)s was spent in the last 30 days"),
        unknown=_NO_SPENDING,
    ),
    "spend_to_income_90d": compared(
        both=gettext_lazy("%(amount)s was spent in the last 90 days, and %(usual)s came in"),
        alone=gettext_lazy("%(amount)s was spent in the last 90 days"),
        unknown=_NO_SPENDING,
    ),
    "discretionary_share": _discretionary_share,
    "spend_week_z": compared(
        both=gettext_lazy("%(amount)s was spent in the last 7 days, %(usual)s in a usual week"),
        alone=gettext_lazy("%(amount)s was spent in the last 7 days"),
        unknown=_NO_SPENDING,
    ),
    "discretionary_week_z": compared(
        both=gettext_lazy(
            "%(amount)s went to other than essentials in the last 7 days, %(usual)s in a usual week"
        ),
        alone=gettext_lazy("%(amount)s went to other than essentials in the last 7 days"),
        unknown=_NO_SPENDING,
    ),
    "cash_count_7d": _cash_count,
    "cash_count_z": _cash_count,
    "cash_share_30d": compared(
        both=gettext_lazy("%(amount)s of the %(usual)s spent in the last 30 days was taken out in cash"),
        alone=gettext_lazy("%(amount)s was taken out in cash in the last 30 days"),
        unknown=gettext_lazy("No cash withdrawal is known"),
        none=gettext_lazy("No cash was taken out in the last 30 days"),
    ),
    "cash_rise_14d": compared(
        both=gettext_lazy("%(amount)s was taken out in cash in the last 14 days, usually %(usual)s"),
        alone=gettext_lazy("%(amount)s was taken out in cash in the last 14 days"),
        unknown=gettext_lazy("No cash withdrawal is known"),
    ),
    "txn_change_14d": _txn_change,
    "days_inactive": counted(
        ngettext_lazy(
            "The account was last used %(count)d day ago",
            "The account was last used %(count)d days ago",
            "count",
        ),
        none=gettext_lazy("The account was used today"),
        unknown=gettext_lazy("No transaction is known in the last 120 days"),
    ),
    "loan_app_count_90d": counted(
        ngettext_lazy(
            "Money came from loan apps %(count)d time in the last 90 days",
            "Money came from loan apps %(count)d times in the last 90 days",
            "count",
        ),
        none=gettext_lazy("No money came from loan apps in the last 90 days"),
    ),
    "loan_app_to_income": compared(
        both=gettext_lazy(
            "%(amount)s came from loan apps in the last 30 days, beside a usual monthly income of %(usual)s"
        ),
        alone=gettext_lazy("%(amount)s came from loan apps in the last 30 days"),
        unknown=gettext_lazy("No money is known to come from loan apps"),
        none=gettext_lazy("No money came from loan apps in the last 30 days"),
    ),
    "gambling_share_30d": compared(
        both=gettext_lazy("%(amount)s of the %(usual)s spent in the last 30 days went to gambling"),
        alone=gettext_lazy("%(amount)s went to gambling in the last 30 days"),
        unknown=gettext_lazy("No spending on gambling is known"),
        none=gettext_lazy("Nothing went to gambling in the last 30 days"),
    ),
}
