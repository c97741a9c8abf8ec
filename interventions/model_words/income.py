"""Salary and income."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from interventions.model_words.making import Around, Words, compared, counted
from risk.model.explain import Reason


def _salary_late(reason: Reason, _around: Around) -> str:
    if reason.fact is None:
        return _("No regular pay day is known")
    days = round(reason.fact)
    if days > 0:
        return ngettext(
            "Salary is %(days)d day later than usual", "Salary is %(days)d days later than usual", days
        ) % {"days": days}
    if days == 0:
        return _("Salary is expected today")
    return ngettext(
        "The next salary is expected in %(days)d day", "The next salary is expected in %(days)d days", -days
    ) % {"days": -days}


def _since_salary(reason: Reason, _around: Around) -> str:
    if reason.fact is None:
        return _("No salary is known")
    days = round(reason.fact)
    if reason.baseline is None:
        return ngettext("No salary for %(days)d day", "No salary for %(days)d days", days) % {"days": days}
    return ngettext(
        "The last salary came %(days)d day ago; usually one comes every %(usual)d days",
        "The last salary came %(days)d days ago; usually one comes every %(usual)d days",
        days,
    ) % {"days": days, "usual": round(reason.baseline)}


def _salary_before_due(reason: Reason, _around: Around) -> str:
    if reason.fact is None:
        return _("Whether salary comes before the instalment is not known")
    days = round(reason.fact)
    if days == 0:
        return _("Salary is expected on the very day the instalment falls due")
    if days > 0:
        return ngettext(
            "Salary is expected %(days)d day before the instalment falls due",
            "Salary is expected %(days)d days before the instalment falls due",
            days,
        ) % {"days": days}
    return ngettext(
        "Salary is expected only %(days)d day after the instalment falls due",
        "Salary is expected only %(days)d days after the instalment falls due",
        -days,
    ) % {"days": -days}


def _income_variation(reason: Reason, _around: Around) -> str:
    if reason.fact is None:
        return _("Too little is known to say how steady the income is")
    return _("Income differs from month to month by about %(percent)d %%") % {
        "percent": round(100 * reason.fact)
    }


SENTENCES: dict[str, Words] = {
    "salary_late_days": _salary_late,
    "days_since_salary": _since_salary,
    "salary_before_due_days": _salary_before_due,
    "salary_count_90d": counted(
        ngettext_lazy(
            "%(count)d salary came in the last 90 days",
            "%(count)d salaries came in the last 90 days",
            "count",
        ),
        none=gettext_lazy("No salary came in the last 90 days"),
    ),
    "last_salary_change": compared(
        both=gettext_lazy("The last salary was %(amount)s, usually it is %(usual)s"),
        alone=gettext_lazy("The last salary was %(amount)s"),
        unknown=gettext_lazy("No salary is known"),
    ),
    "income_change": compared(
        both=gettext_lazy("Income of the last 30 days is %(amount)s, usually %(usual)s"),
        alone=gettext_lazy("Income of the last 30 days is %(amount)s"),
        unknown=gettext_lazy("Too little is known of the usual income"),
    ),
    "income_variation": _income_variation,
}
