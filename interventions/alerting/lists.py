"""Where the alerts of a kind can be worked on: the list of cases or customers that they speak of."""

from django.urls import reverse
from django.utils.http import urlencode

from interventions.models import Notice

Kind = Notice.Kind
OF_CASES: dict[Notice.Kind, dict[str, str]] = {
    Kind.SLA_AT_RISK: {"view": "all", "at_risk": "1"},
    Kind.SLA_BREACHED: {"view": "all", "late": "1"},
    Kind.BREACHES: {"view": "all", "late": "1"},
    Kind.HANDED_OVER: {"view": "mine"},
    Kind.ASKED_TO_TALK: {"view": "all", "asked": "talk"},
    Kind.ESCALATED: {"view": "escalated"},
}


def path_of(kind: Notice.Kind) -> str:
    """The list that alerts of a kind lead to; where there is none, the alerts themselves, one by one."""
    if kind == Kind.TURNED_HIGH:
        return f"{reverse('queue')}?level=HIGH"
    if kind in OF_CASES:
        return f"{reverse('cases')}?{urlencode(OF_CASES[kind])}"
    return one_by_one(kind)


def one_by_one(kind: Notice.Kind) -> str:
    """The page of the alerts of a kind, each by itself."""
    return f"{reverse('alerts')}?{urlencode({'kind': kind})}"
