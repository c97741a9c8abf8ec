"""What the palette finds for a text: pages, actions, cases by number, customers by name or the bank's number."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers import roles
from customers.models import Customer
from interventions.console import pages
from interventions.console.filters import id_of
from interventions.console.names import named
from interventions.console.queue import finding
from interventions.models import Case

MOST = 8
SHORTEST = 2
LONGEST = 100
# 12, #12, case 12.
CASE_NUMBER = re.compile(r"(?:#|[^\W\d]+ )?#?(\d+)")


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One line of the palette: an address to open, or something to do.

    Attributes:
        label: what it is called.
        note: what tells it from others of that name.
        address: where it leads; "" where it does something.
        act: what static/js/palette.js does: a theme's name after `theme-`, or a form of the palette to be sent.
        key: the keys that do the same.
    """

    label: str | Promise
    note: str | Promise = ""
    address: str = ""
    act: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is for a text, by kind."""

    text: str
    pages: list[Offer] = field(default_factory=list)
    actions: list[Offer] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found at all."""
        return not (self.pages or self.actions or self.cases or self.customers)


ACTIONS = (
    Offer(label=_("Light theme"), act="theme-light"),
    Offer(label=_("Dark theme"), act="theme-dark"),
    Offer(label=_("Theme as the system"), act="theme-system"),
    Offer(label=_("Keyboard shortcuts"), act="keys", key="?"),
)


def search(*, user: User, text: str) -> Found:
    """What a user may open or do that fits a text. The number of queries does not depend on the text's answers."""
    words = " ".join(text.replace("\x00", "").split())[:LONGEST]
    return Found(
        text=words,
        pages=_fitting(_pages(user), words),
        actions=_fitting(_actions(user), words),
        cases=_cases(user, words),
        customers=_customers(user, words),
    )


def _pages(user: User) -> list[Offer]:
    menu = [place for group in pages.menu(user) for place in group.places]
    return [
        Offer(
            label=place.page.label,
            address=place.address,
            key=f"g {place.page.key}" if place.page.key else "",
        )
        for place in menu
    ]


def _actions(user: User) -> Iterable[Offer]:
    if roles.of(user) & {roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS}:
        yield Offer(label=_("Next case"), note=_("the most urgent one that is free"), act="next")
    yield Offer(label=_("Settings"), note=_("language, time zone, keyboard"), address=reverse("settings"))
    yield from ACTIONS
    yield Offer(label=_("Change password"), address=reverse("account_change_password"))
    yield Offer(label=_("Log out"), act="logout")


def _fitting(offers: Iterable[Offer], words: str) -> list[Offer]:
    """Those whose label has every word as the beginning of one of its own."""
    asked = words.casefold().split()
    return [
        offer
        for offer in offers
        if all(any(own.startswith(word) for own in str(offer.label).casefold().split()) for word in asked)
    ]


def _cases(user: User, words: str) -> list[Case]:
    number = CASE_NUMBER.fullmatch(words)
    pk = id_of(number.group(1)) if number else None
    if pk is None:
        return []
    return list(Case.objects.visible_to(user).filter(pk=pk).select_related("customer"))


def _customers(user: User, words: str) -> list[Customer]:
    if len(words) < SHORTEST:
        return []
    matching = named(Customer.objects.visible_to(user), words)
    # The limit is a fence: PostgreSQL finds them by the indexes of names and numbers first, and sorts then.
    few = Customer.objects.filter(pk__in=matching.values("pk")[: finding.FEW])
    is_exact = ExpressionWrapper(Q(bank_id=words), output_field=BooleanField())
    return list(few.order_by(is_exact.desc(), Lower("full_name"), "pk")[:MOST])
