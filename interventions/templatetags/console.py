"""How moments, levels, money and addresses are written in the console's pages."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django import template
from django.contrib.auth.models import User
from django.contrib.messages.storage.base import Message
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from customers import formats, roles
from interventions import masking, stored_words
from interventions.console import case_words, moments, rule_words, toasts, words
from interventions.console.case_filters import CaseAddress, View, views_of
from interventions.console.filters import QueueAddress
from interventions.console.paging import Sort
from risk.levels import Hardship, Level, Segment

register = template.Library()


@register.simple_tag
def age(moment: dt.datetime) -> SafeString:
    """A moment as its age, absolute in the reader's zone and in UTC on hover; the browser keeps it current."""
    return moments.age(moment)


@register.filter
def undo_address(message: Message) -> str:
    """Where what a message tells of is undone; "" where it is not."""
    return toasts.address_of(message)


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
    return stored_words.of_records(formats.sentence_case(token))


@register.filter
def name_of_language(code: str) -> str:
    """A language by its name, such as Hindi; one that nobody knows by its code.

    Django has a `language_name` of its own, which is always English.
    """
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return stored_words.of_records(code)


@register.filter
def negated(number: int) -> int:
    return -number


@register.filter
def count_at(counts: dict[Level, int], level: Level) -> int:
    return counts[level]


@register.simple_tag
def with_level(address: QueueAddress, level: Level | None) -> str:
    """The address of the first page with one level more or less, or at any."""
    return (address.with_filters(levels=frozenset()) if level is None else address.with_level(level)).query()


@register.simple_tag
def with_sort(address: QueueAddress, sort: Sort) -> str:
    """The address of the first page in another order."""
    return address.with_sort(sort).query()


@register.simple_tag
def page_after(address: QueueAddress, row: object) -> str:
    """The address of the page behind a row."""
    return address.page_after(row.customer).query()  # type: ignore[attr-defined]


@register.simple_tag
def page_before(address: QueueAddress, row: object) -> str:
    """The address of the page before a row."""
    return address.page_before(row.customer).query()  # type: ignore[attr-defined]


@register.simple_tag
def first_page(address: QueueAddress) -> str:
    """The address of the first page with the same filters."""
    return address.first_page().query()


@register.simple_tag
def cleared(address: QueueAddress) -> str:
    """The address of everybody, in the same order and columns."""
    return address.cleared().query()


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Which pages of the console a reader's role covers."""

    has_role: bool
    sees_everybody: bool
    runs_what_if: bool


@register.simple_tag
def pages_of(user: User) -> Pages:
    """What the side bar offers. Roles are read once per request."""
    names = roles.of(user)
    return Pages(
        has_role=bool(names),
        sees_everybody=roles.sees_everybody(user),
        runs_what_if=bool(names & {roles.COMPLIANCE_OFFICERS, roles.ANALYSTS}),
    )


@register.filter
def bank_time(moment: dt.datetime | None) -> SafeString:
    """A moment of the bank's clock, in the bank's zone, with its year and UTC on hover."""
    return moments.of_the_bank(moment) if moment else SafeString("")


@register.filter
def bank_time_text(moment: dt.datetime | None) -> str:
    """The same for places that hold text alone, such as attributes."""
    return moments.in_bank_time(moment) if moment else ""


@register.filter
def wall_time(moment: dt.datetime | None) -> SafeString:
    """A moment of the wall clock in the reader's zone, with UTC on hover."""
    if moment is None:
        return SafeString("")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.astimezone(dt.UTC).isoformat(timespec="seconds"),
        moments.in_full(moment),
        moments.in_wall_time(moment),
    )


@register.filter
def clock(moment: dt.datetime) -> SafeString:
    """The time of the day in the reader's zone, with the day and UTC on hover."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.astimezone(dt.UTC).isoformat(timespec="seconds"),
        moments.in_full(moment),
        moments.on_the_clock(moment),
    )


@register.filter
def rule_name(rule: str) -> str:
    """A rule of the send gate in a few words."""
    return rule_words.of(rule)


@register.filter
def kept_words(said: str) -> str:
    """What the system kept as a reason, in the reader's language; what somebody typed as it is."""
    return stored_words.shown(said)


@register.filter
def masked(address: str) -> str:
    return masking.address(address) if address else ""


@register.filter
def person(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else str(_("the system"))


@register.filter
def case_state(state: str) -> str | Promise:
    return case_words.STATES[state]


@register.filter
def priority_name(priority: str) -> str | Promise:
    return case_words.PRIORITIES[priority]


@register.filter
def priority_shape(priority: str) -> str:
    return case_words.PRIORITY_SHAPES[priority]


@register.simple_tag
def cases_view(address: CaseAddress, user: User, view: View) -> str:
    """The address of one list of the intervention centre."""
    is_first = view == views_of(user)[0]
    return reverse("cases") + address.to(view=view, is_default=is_first, state="", is_to_me=False).query()


@register.simple_tag
def cases_after(address: CaseAddress, row: object) -> str:
    """The address of the page behind a case."""
    return reverse("cases") + dataclasses.replace(address, after=row.case.pk).query()  # type: ignore[attr-defined]


@register.filter
def at(mapping: Mapping[object, object], key: object) -> object:
    """What a mapping holds under a key; None where it holds nothing."""
    return mapping.get(key)
