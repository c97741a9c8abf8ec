"""How moments, levels, money and addresses are written in the console's pages."""

import datetime as dt
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customers import formats
from interventions import words
from interventions.filters import QueueAddress
from risk.levels import Hardship, Level, Segment

register = template.Library()
# The same steps as static/js/ages.js.
STEPS = ((60, 1), (3_600, 60), (86_400, 3_600))


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


@register.simple_tag
def age(moment: dt.datetime) -> SafeString:
    """A moment as its age, absolute with its zone on hover; the browser keeps it current."""
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}" data-age>{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, "j M Y, H:i:s T"),
        ago((timezone.now() - moment).total_seconds()),
    )


@register.filter
def level_name(level: int) -> str:
    return Level(level).label


@register.filter
def level_shape(level: int) -> str:
    return words.LEVEL_SHAPES[Level(level)]


@register.filter
def hardship_name(hardship: int) -> str | Promise:
    return words.HARDSHIPS[Hardship(hardship)]


@register.filter
def segment_name(segment: int) -> str | Promise:
    return words.SEGMENTS[Segment(segment)]


@register.filter
def money(amount: Decimal, currency: str) -> str:
    return formats.money(amount, currency)


@register.filter
def grouped(number: int, currency: str) -> str:
    return formats.grouped(number, currency)


@register.filter
def score(value: float) -> str:
    return formats.score(value)


@register.filter
def percent(share: float) -> str:
    return formats.percent(share)


@register.filter
def signed(number: float) -> str:
    return formats.signed(number)


@register.filter
def word(token: str) -> str:
    return formats.sentence_case(token)


@register.filter
def negated(number: int) -> int:
    return -number


@register.filter
def count_at(counts: dict[Level, int], level: Level) -> int:
    return counts[level]


@register.simple_tag
def with_level(address: QueueAddress, level: Level | None) -> str:
    """The address of the first page at one level, or at any."""
    return address.with_filters(level=level).query()


@register.simple_tag
def with_open(address: QueueAddress, customer_id: int) -> str:
    """The address of this page with a row open, or closed when it is open."""
    return address.with_open(None if address.open_id == customer_id else customer_id).query()


@register.simple_tag
def page_after(address: QueueAddress, row: object) -> str:
    """The address of the page behind a row."""
    return QueueAddress(filters=address.filters, after=row.position).query()  # type: ignore[attr-defined]


@register.simple_tag
def page_before(address: QueueAddress, row: object) -> str:
    """The address of the page before a row."""
    return QueueAddress(filters=address.filters, before=row.position).query()  # type: ignore[attr-defined]


@register.simple_tag
def first_page(address: QueueAddress) -> str:
    """The address of the first page with the same filters."""
    return QueueAddress(filters=address.filters).query()
