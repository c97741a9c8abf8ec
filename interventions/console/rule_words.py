"""The rules of the send gate by short names, for where a line has no room for their sentences. Pure."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interventions.models import ContactHold

HOLD = "hold_"
RULES: dict[str, Promise] = {
    "pack": gettext_lazy("no rules of contact are active"),
    "fault": gettext_lazy("the check itself broke; support is told"),
    "permit": gettext_lazy("the permission to send ran out"),
    "breaker": gettext_lazy("all sending is stopped"),
    "case": gettext_lazy("the case is closed"),
    "purpose": gettext_lazy("this channel is not for this purpose"),
    "template": gettext_lazy("the policy is not in force, or its words changed"),
    "body": gettext_lazy("the words are not those that were confirmed"),
    "edit": gettext_lazy("nobody approved the edited words"),
    "adverse": gettext_lazy("to the customer's disadvantage: a person must decide, with reasons"),
    "confirmed": gettext_lazy("no person confirmed it"),
    "consent": gettext_lazy("no consent to this channel"),
    "address": gettext_lazy("no usable address, or it has changed"),
    "zone": gettext_lazy("the customer's time zone is not known"),
    "holdout": gettext_lazy("watch only: part of an approved comparison"),
    "arrears": gettext_lazy("an instalment is overdue: collections look after it"),
    "conversation": gettext_lazy("somebody spoke with the customer lately"),
    "frequency": gettext_lazy("the customer was contacted often enough for now"),
    "message_cool_down": gettext_lazy("too soon after the last message"),
    "call_cool_down": gettext_lazy("too soon after the last call"),
    "wrong_person": gettext_lazy("somebody else answered at this address"),
    "schedule": gettext_lazy("it is meant for later"),
    "holiday": gettext_lazy("a holiday"),
    "quiet_hours": gettext_lazy("quiet hours where the customer lives"),
}


def of(rule: str) -> str:
    """A rule in a few words; of one that is not known, that it is a rule of contact.

    Args:
        rule: As a decision or a delivery names it; "" of none.
    """
    if not rule:
        return ""
    kind = rule.removeprefix(HOLD)
    if rule.startswith(HOLD) and kind in ContactHold.Kind.values:
        return _("a hold stands: %(kind)s") % {"kind": ContactHold.Kind(kind).label}
    return str(RULES.get(rule, _("a rule of contact")))
