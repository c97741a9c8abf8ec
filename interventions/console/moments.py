"""How a moment is written: of the wall clock in the reader's zone, of the bank's clock in the bank's."""

import datetime as dt
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers import bank_clock
from interventions import preferences

# The same steps as static/js/ages.js.
STEPS = ((60, 1), (3_600, 60), (86_400, 3_600))


def in_bank_time(moment: dt.datetime) -> str:
    """In the bank's zone, which is named where the reader's is another; an age by the wall clock would be nonsense."""
    here = moment.astimezone(bank_clock.zone())
    text = f"{day(here.date(), 'j M')}, {here:%H:%M}"
    return f"{text} {here:%Z}" if preferences.is_elsewhere() else text


def in_wall_time(moment: dt.datetime) -> str:
    """In the reader's zone, to the minute."""
    return date_format(preferences.local(moment), "j M Y, H:i")


def on_the_clock(moment: dt.datetime) -> str:
    """In the reader's zone, without the day."""
    return date_format(preferences.local(moment), "H:i")


def in_full(moment: dt.datetime) -> str:
    """In the reader's zone to the second, and in UTC."""
    return _in_full(preferences.local(moment))


def _in_full(here: dt.datetime) -> str:
    utc = here.astimezone(dt.UTC)
    return _("%(here)s, that is %(utc)s UTC") % {
        "here": f"{day(here.date())}, {here:%H:%M:%S %Z}",
        "utc": f"{day(utc.date(), 'j M')}, {utc:%H:%M:%S}",
    }


def day(date: dt.date, form: str = "j M Y") -> str:
    """A day in the reader's language; a page names the same few days again and again."""
    return _day(date, form, get_language())


@lru_cache(maxsize=1024)
def _day(date: dt.date, form: str, _language: str | None) -> str:
    return date_format(date, form)


def ago(seconds: float) -> str:
    """An age in its largest whole unit."""
    whole = max(0, int(seconds))
    if whole < STEPS[0][0]:
        return _("%(n)d s ago") % {"n": whole}
    if whole < STEPS[1][0]:
        return _("%(n)d min ago") % {"n": whole // STEPS[1][1]}
    if whole < STEPS[2][0]:
        return _("%(n)d h ago") % {"n": whole // STEPS[2][1]}
    return _("%(n)d d ago") % {"n": whole // STEPS[2][0]}


def age(moment: dt.datetime) -> SafeString:
    """A moment as its age, absolute in the reader's zone and in UTC on hover; the browser keeps it current."""
    return format_html(
        '<time datetime="{}" title="{}" data-age>{}</time>',
        moment.astimezone(dt.UTC).isoformat(timespec="seconds"),
        in_full(moment),
        ago((timezone.now() - moment).total_seconds()),
    )


def of_the_bank(moment: dt.datetime) -> SafeString:
    """A moment of the bank's clock, with its zone, year and UTC on hover. Long pages hold hundreds of them."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.astimezone(dt.UTC).isoformat(timespec="seconds"),
        _in_full(moment.astimezone(bank_clock.zone())),
        in_bank_time(moment),
    )
