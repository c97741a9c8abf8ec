"""How what became of an e-mail is written."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from interventions.models import AlertDigest

register = template.Library()
State = AlertDigest.State
STATES: dict[str, Promise] = {
    State.SENDING: _("on its way"),
    State.SENT: _("sent"),
    State.FAILED: _("not sent: the mail server did not take it; the next one says what it would have said"),
    State.UNKNOWN: _(
        "may or may not have arrived; it is not sent again, and the page of alerts has everything"
    ),
}


@register.filter
def digest_state(digest: AlertDigest) -> str | Promise:
    return STATES[digest.state]
