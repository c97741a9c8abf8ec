"""What would have to be otherwise for the model to say something better."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import formats
from interventions.model_words.making import Around
from risk.model.counterfactual import Change, Counterfactual
from risk.model.levers import DUE_DAY, GAMBLING, INSTALMENT, SHORTFALL, SPENDING


def way_out(found: Counterfactual, around: Around) -> str:
    """The change and what the model would say then, without a full stop."""
    conditions = [CONDITIONS[change.lever](change, around) for change in found.changes]
    said = {
        "first": conditions[0],
        "second": conditions[-1],
        "level": found.band.label,
        "probability": formats.percent(found.probability),
    }
    text = _("If %(first)s, the model would say %(level)s (%(probability)s)")
    if len(conditions) > 1:
        text = _("If %(first)s and %(second)s, the model would say %(level)s (%(probability)s)")
    if found.score_level > found.band:
        rules = _("the rules alone would still say %(level)s") % {"level": found.score_level.label}
        return f"{text % said}; {rules}"
    return text % said


def _due_day(change: Change, _around: Around) -> str:
    days = round(change.after - change.before)
    return ngettext(
        "the next instalment fell due %(days)d day later",
        "the next instalment fell due %(days)d days later",
        days,
    ) % {"days": days}


def _shortfall(change: Change, around: Around) -> str:
    amounts = {"part": around.money(change.before - change.after), "all": around.money(change.before)}
    if change.after:
        return _("%(part)s of the likely shortfall of %(all)s were covered") % amounts
    return _("the likely shortfall of %(all)s were covered") % amounts


def _instalment(change: Change, around: Around) -> str:
    return _("the instalments of the next 30 days were %(after)s instead of %(before)s") % _amounts(
        change, around
    )


def _spending(change: Change, around: Around) -> str:
    return _("spending of 30 days were %(after)s instead of %(before)s") % _amounts(change, around)


def _gambling(change: Change, around: Around) -> str:
    amounts = _amounts(change, around)
    if change.after:
        return _("%(after)s went to gambling in 30 days instead of %(before)s") % amounts
    return _("nothing went to gambling (%(before)s in the last 30 days)") % amounts


def _amounts(change: Change, around: Around) -> dict[str, str]:
    return {"before": around.money(change.before), "after": around.money(change.after)}


CONDITIONS: dict[str, Callable[[Change, Around], str]] = {
    DUE_DAY: _due_day,
    SHORTFALL: _shortfall,
    INSTALMENT: _instalment,
    SPENDING: _spending,
    GAMBLING: _gambling,
}
