"""How a moment is written: of the wall clock in the reader's zone, of the bank's clock in the bank's."""

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers import bank_clock
from interventions import preferences


def in_bank_time(moment: dt.datetime) -> str:
    """In the bank's zone, which is named where the reader's is another; an age by the wall clock would be nonsense."""
    form = "j M, H:i T" if preferences.is_elsewhere() else "j M, H:i"
    return date_format(moment.astimezone(bank_clock.zone()), form)


def in_wall_time(moment: dt.datetime) -> str:
    """In the reader's zone, to the minute."""
    return date_format(preferences.local(moment), "j M Y, H:i")


def on_the_clock(moment: dt.datetime) -> str:
    """In the reader's zone, without the day."""
    return date_format(preferences.local(moment), "H:i")


def in_full(moment: dt.datetime) -> str:
    """In the reader's zone to the second, and in UTC."""
    return _("%(here)s, that is %(utc)s UTC") % {
        "here": date_format(preferences.local(moment), "j M Y, H:i:s T"),
        "utc": date_format(moment.astimezone(dt.UTC), "j M, H:i:s"),
    }
