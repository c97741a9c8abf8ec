"""How a moment of the bank's clock is written."""

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format

from customers import bank_clock


def in_bank_time(moment: dt.datetime) -> str:
    """In the bank's zone; an age by the wall clock would be nonsense there."""
    return date_format(timezone.localtime(moment, bank_clock.zone()), "j M, H:i")
