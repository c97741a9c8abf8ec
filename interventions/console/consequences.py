"""What confirming a message will do, in words that stand beside the button. Pure."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interventions import masking
from interventions.models import Channel


def of(*, channel: str, address: str, at: dt.datetime | None, zone: ZoneInfo, worker: str) -> str:
    """The consequence of one button, as a sentence.

    Args:
        channel: A `Channel`.
        address: Phone number or e-mail address; it is masked here.
        at: When it goes out, aware; None: now.
        zone: The bank's, in which the moment is told.
        worker: Who makes a call.
    """
    whom, when = masking.address(address) or _("no address"), _when(at, zone)
    match Channel(channel):
        case Channel.SMS:
            return _("Sends 1 SMS to %(whom)s %(when)s.") % {"whom": whom, "when": when}
        case Channel.WHATSAPP:
            return _("Sends 1 WhatsApp message to %(whom)s %(when)s.") % {"whom": whom, "when": when}
        case Channel.EMAIL:
            return _("Sends 1 e-mail to %(whom)s %(when)s.") % {"whom": whom, "when": when}
        case Channel.VOICE:
            return _("Calls %(whom)s %(when)s and speaks this text.") % {"whom": whom, "when": when}
        case Channel.CALL:
            values = {"worker": worker, "whom": whom, "when": when}
            return _("Plans a call by %(worker)s to %(whom)s %(when)s. Nothing is sent.") % values


def _when(at: dt.datetime | None, zone: ZoneInfo) -> str:
    if at is None:
        return _("now")
    return _("on %(time)s") % {"time": date_format(at.astimezone(zone), "j M, H:i")}
