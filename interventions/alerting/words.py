"""The kinds of alerts in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
