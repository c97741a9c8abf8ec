"""The kinds of alerts in words, and how many of one kind."""

from django.utils.functional import Promise
from django.utils.translation import gettext as said_now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from interventions.models import Notice

Kind = Notice.Kind
KINDS: dict[Notice.Kind, Promise] = {
    Kind.TURNED_HIGH: _("Risk rose to HIGH"),
    Kind.SLA_AT_RISK: _("First contact soon late"),
    Kind.SLA_BREACHED: _("First contact late"),
    Kind.HANDED_OVER: _("Case handed over to me"),
    Kind.PROMISE_BROKEN: _("Promise not kept"),
    Kind.DELIVERY_FAILED: _("Message not delivered"),
    Kind.ASKED_TO_TALK: _("Customer asked to talk"),
    Kind.ESCALATED: _("Case escalated"),
    Kind.BREACHES: _("Late first contacts, bank-wide"),
    Kind.SYSTEM: _("System needs a hand"),
    Kind.BREAKER: _("Sending is stopped"),
    Kind.SECOND_PERSON: _("Waits for a second person"),
    Kind.APPROVAL: _("Approval waiting"),
    Kind.AUDIT: _("Problem of the audit"),
    Kind.MODEL: _("Model and monitoring"),
}
MOST_SAID = 999
# As they were told: some may have been looked after since.
TOGETHER: dict[Notice.Kind, Promise] = {
    Kind.TURNED_HIGH: ngettext_lazy(
        "The risk of %(n)s customer rose to HIGH", "The risk of %(n)s customers rose to HIGH", "count"
    ),
    Kind.SLA_AT_RISK: ngettext_lazy(
        "%(n)s first contact came close to being late",
        "%(n)s first contacts came close to being late",
        "count",
    ),
    Kind.SLA_BREACHED: ngettext_lazy(
        "%(n)s first contact became late", "%(n)s first contacts became late", "count"
    ),
    Kind.HANDED_OVER: ngettext_lazy(
        "%(n)s case was handed over to you", "%(n)s cases were handed over to you", "count"
    ),
    Kind.PROMISE_BROKEN: ngettext_lazy(
        "%(n)s promise to pay was not kept", "%(n)s promises to pay were not kept", "count"
    ),
    Kind.DELIVERY_FAILED: ngettext_lazy(
        "%(n)s message was not delivered for certain",
        "%(n)s messages were not delivered for certain",
        "count",
    ),
    Kind.ASKED_TO_TALK: ngettext_lazy(
        "%(n)s customer asked to talk", "%(n)s customers asked to talk", "count"
    ),
    Kind.ESCALATED: ngettext_lazy("%(n)s case was escalated", "%(n)s cases were escalated", "count"),
}


def in_number(kind: Notice.Kind, count: int) -> str:
    """How many of a kind, in one line."""
    if kind in TOGETHER:
        return str(TOGETHER[kind] % {"count": count, "n": said(count)})
    return said_now("%(kind)s: %(n)s") % {"kind": KINDS[kind], "n": said(count)}


def said(count: int) -> str:
    """A count, or that there are more than anybody reads."""
    return str(count) if count <= MOST_SAID else said_now("more than %(n)d") % {"n": MOST_SAID}
