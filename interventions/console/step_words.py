"""What happened to a case, in plain words: every verb that services write has its own. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import formats
from interventions import stored_words
from interventions.console import case_words, words
from interventions.console.moments import in_bank_time
from interventions.models import Case, CaseTransition, HoldoutEnd
from risk.levels import Hardship, Level

Detail = Mapping[str, Any]
Names = Mapping[int, str]
PLAIN: dict[str, Promise] = {
    "opened": gettext_lazy("Case opened"),
    "claimed": gettext_lazy("Taken from the list, work began"),
    "started": gettext_lazy("Work began"),
    "taken_over": gettext_lazy("Taken over from a colleague"),
    "escalated": gettext_lazy("Handed to the supervisors"),
    "sla_breached": gettext_lazy("The first contact is late"),
    "contacted": gettext_lazy("First contact made"),
    "reviewed": gettext_lazy("Looked at, nothing to be sent"),
    "offer_expired": gettext_lazy("An offer of relief ran out without an answer"),
    "relief_agreed": gettext_lazy("Relief agreed"),
    "promise_kept": gettext_lazy("A promise to pay was kept"),
    "promise_broken": gettext_lazy("A promise to pay was not kept"),
    "answer_confirmed": gettext_lazy("What the customer said on their page is confirmed"),
    "answer_declined": gettext_lazy("What the customer said on their page could not be confirmed"),
}


def of(step: CaseTransition, *, names: Names, answers: Mapping[int, str] | None = None) -> str:
    """One step as a sentence without its full stop.

    Args:
        step: Of a case's history.
        names: Of the staff that its detail speaks of, by id.
        answers: What the customer said on their page in full, by id.
    """
    said = (answers or {}).get(step.detail.get("answer", 0)) if step.verb == ANSWER else None
    if said:
        return _("On their page: %(what)s") % {"what": said}
    if step.verb in PLAIN:
        return str(PLAIN[step.verb])
    if step.verb in DETAILED:
        return DETAILED[step.verb](step.detail, names)
    # Never shown as it was written: a word that a later version writes is still a word.
    return str(capfirst(formats.sentence_case(step.verb)))


def why(step: CaseTransition) -> str:
    """What whoever took it wrote, or the rule by which the system did; "" where neither is known."""
    return stored_words.shown(step.reason or str(capfirst(str(step.detail.get("because", "")))))


def people_in(step: CaseTransition) -> set[int]:
    """The ids of the staff a step speaks of."""
    return {number for number in (step.detail.get("assigned_to"),) if isinstance(number, int)}


def _assigned(detail: Detail, names: Names) -> str:
    name = names.get(detail.get("assigned_to", 0))
    if name is None:
        return _("Given to somebody")
    if detail.get("is_cover"):
        return _("Given to %(name)s, who stands in for the customer's manager") % {"name": name}
    return _("Given to %(name)s") % {"name": name}


def _snoozed(detail: Detail, _names: Names) -> str:
    until = parse_datetime(str(detail.get("snoozed_until", "")))
    return _("Put off until %(time)s") % {"time": in_bank_time(until)} if until else _("Put off")


def _woken(detail: Detail, _names: Names) -> str:
    return _("Came back: the risk rose") if detail.get("because") else _("Came back")


def _resolved(detail: Detail, _names: Names) -> str:
    outcome = detail.get("outcome", "")
    if outcome not in Case.Outcome.values:
        return _("Resolved")
    return _("Resolved: %(outcome)s") % {"outcome": Case.Outcome(outcome).label}


def _reprioritised(detail: Detail, _names: Names) -> str:
    """What is different now, and nothing that is not."""
    was: Detail = detail.get("was") or {}
    told = ("level", "hardship", "priority")
    new = [_said(name, detail.get(name)) for name in told if detail.get(name) != was.get(name)]
    if new:
        return _("Assessed anew: %(what)s") % {"what": ", ".join(new)}
    return _("Another version of the policy applies")


def _said(name: str, value: object) -> str:
    token = str(value)
    if name == "level" and token in Level.__members__:
        return _("level %(level)s") % {"level": Level[token].label}
    if name == "hardship" and token in Hardship.__members__:
        return _("hardship %(hardship)s") % {"hardship": str(words.HARDSHIPS[Hardship[token]]).lower()}
    if token in case_words.PRIORITIES:
        return _("priority %(priority)s") % {"priority": str(case_words.PRIORITIES[token]).lower()}
    return formats.sentence_case(token)


def _holdout_ended(detail: Detail, _names: Names) -> str:
    cause = detail.get("cause", "")
    why = HoldoutEnd.Cause(cause).label if cause in HoldoutEnd.Cause.values else ""
    return _("Out of the holdout, help as usual: %(why)s") % {"why": why} if why else _("Out of the holdout")


UNDONE: dict[str, Promise] = {
    "snoozed": gettext_lazy("Undone: it is not put off"),
    "escalated": gettext_lazy("Undone: it is not handed to the supervisors"),
    "assigned": gettext_lazy("Undone: it is with whoever had it before"),
    "reviewed": gettext_lazy("Undone: the review"),
}


def _undone(detail: Detail, _names: Names) -> str:
    return str(UNDONE.get(str(detail.get("undone")), _("Undone: the step before")))


# What customers do themselves.
ANSWER = "customer_answered"
OF_CUSTOMERS = frozenset({ANSWER, "customer_took_back"})
ANSWERED: dict[str, Promise] = {
    "pay_day": gettext_lazy("Said on their page that their pay day moved"),
    "arranged": gettext_lazy("Said on their page that the payment is arranged"),
    "pause": gettext_lazy("Asked us on their page to pause"),
    "stop": gettext_lazy("Asked on their page for no more messages"),
    "talk": gettext_lazy("Asked on their page to talk to a person"),
}


def _customer_answered(detail: Detail, _names: Names) -> str:
    return str(ANSWERED.get(str(detail.get("kind")), _("Answered on their page")))


def _customer_took_back(_detail: Detail, _names: Names) -> str:
    return _("Took an answer back on their page")


DETAILED: dict[str, Callable[[Detail, Names], str]] = {
    "assigned": _assigned,
    "snoozed": _snoozed,
    "woken": _woken,
    "resolved": _resolved,
    "reprioritised": _reprioritised,
    "holdout_ended": _holdout_ended,
    "customer_answered": _customer_answered,
    "customer_took_back": _customer_took_back,
    "undone": _undone,
}
