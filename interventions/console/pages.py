"""The console's pages: which of them a reader's role covers, in the order in which the side bar names them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers import roles

ANY_ROLE = frozenset(roles.ALL)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One entry of the side bar.

    Attributes:
        name: of its address.
        label: what it is called.
        key: what follows `g` on the keyboard; "" where nothing leads there.
        roles: whose page it is.
        also: names of the addresses that belong to it, such as one customer's to the search of customers.
    """

    name: str
    label: str | Promise
    key: str = ""
    roles: frozenset[str] = ANY_ROLE
    also: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Place:
    """A page as a reader sees it offered."""

    page: Page
    address: str
    is_here: bool = False
    is_within: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Pages that stand together; the five first ones have no title."""

    title: str | Promise = ""
    places: list[Place] = field(default_factory=list)


RISK_READERS = roles.BANK_WIDE
FIVE = (
    Page(name="home", label=_("Home"), key="h"),
    Page(name="portfolio", label=_("Portfolio"), key="p"),
    Page(name="queue", label=_("Risk queue"), key="q"),
    Page(
        name="customers",
        label=_("Customers"),
        key="c",
        also=frozenset({"customer", "customer_brief", "customer_receipt"}),
    ),
    Page(name="cases", label=_("Interventions"), key="i", also=frozenset({"case", "case_board"})),
)
SENDING = (
    Page(name="alerts", label=_("Alerts")),
    Page(name="outbox", label=_("Outbox")),
)
EVIDENCE = (
    Page(name="measuring", label=_("Measuring"), roles=RISK_READERS),
    Page(name="what_if", label=_("What if"), roles=frozenset({roles.COMPLIANCE_OFFICERS, roles.ANALYSTS})),
    Page(name="models", label=_("Model"), roles=RISK_READERS, also=frozenset({"model"})),
)
GROUPS = (("", FIVE), (_("Messages"), SENDING), (_("Evidence"), EVIDENCE))


def menu(user: User, *, here: str = "") -> list[Group]:
    """The pages of the side bar, in groups; a group without pages is left out.

    Args:
        user: whose.
        here: the name of the address that is being read.
    """
    mine = roles.of(user)
    groups = [Group(title=title, places=[*_places(pages, mine=mine, here=here)]) for title, pages in GROUPS]
    return [group for group in groups if group.places]


def _places(pages: tuple[Page, ...], *, mine: frozenset[str], here: str) -> Iterator[Place]:
    for page in pages:
        address = address_of(page.name)
        if address and page.roles & mine:
            yield Place(page=page, address=address, is_here=page.name == here, is_within=here in page.also)


def address_of(name: str) -> str:
    """The address of a page; "" while this site has none of that name."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
