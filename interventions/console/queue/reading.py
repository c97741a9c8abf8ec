"""A page of the queue, and the customers of all its pages. The number of queries never depends on that of rows."""

from dataclasses import dataclass

from customers.models import Customer
from customers.models.customer import CustomerQuerySet
from interventions.console import paging, selectors
from interventions.console.filters import QueueAddress
from interventions.console.paging import ORDERS, Position, Stretch
from interventions.console.queue.finding import People
from interventions.console.queue_rows import QueueRow
from interventions.models import PolicyTemplate

PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class QueuePage:
    """One page of the queue."""

    rows: list[QueueRow]
    has_previous: bool
    has_next: bool

    @property
    def has_drafts(self) -> bool:
        """Whether an action shown has not been approved."""
        return any(row.action and row.action.state == PolicyTemplate.State.DRAFT for row in self.rows)


def queue_page(*, people: People, address: QueueAddress) -> QueuePage:
    """The page of the queue an address names."""
    customers, has_previous, has_next = _customers_of_page(people, address)
    rows = selectors.queue_rows(customers, open_id=address.open_id)
    return QueuePage(rows=rows, has_previous=has_previous, has_next=has_next)


def matching_ids(*, people: People, address: QueueAddress, most: int) -> list[int]:
    """The customers of an address from the first page on, in its order, at most so many."""
    found: list[int] = []
    for stretch in ORDERS[address.sort]:
        order = people.order(stretch)
        ordered = _ordered(_in_stretch(people.in_queue(address.filters), stretch), stretch, order)
        found += ordered.values_list("pk", flat=True)[: most - len(found)]
        if len(found) >= most:
            break
    return found


def _customers_of_page(people: People, address: QueueAddress) -> tuple[list[Customer], bool, bool]:
    """The customers of a page, whether there is one before it, and whether there is one after it."""
    found = people.in_queue(address.filters).select_related("risk")
    before, after = _named(address.before), _named(address.after)
    if before:
        taken = _taken(people, found, ORDERS[address.sort][::-1], before, is_backwards=True)
        return taken[:PAGE_SIZE][::-1], len(taken) > PAGE_SIZE, True
    taken = _taken(people, found, ORDERS[address.sort], after, is_backwards=False)
    return taken[:PAGE_SIZE], after is not None, len(taken) > PAGE_SIZE


def _taken(
    people: People,
    found: CustomerQuerySet,
    stretches: tuple[Stretch, ...],
    position: Position | None,
    *,
    is_backwards: bool,
) -> list[Customer]:
    """A page of customers and one more, from a position on. One query a stretch at most."""
    taken: list[Customer] = []
    own = ORDERS[position.sort][position.stretch] if position else stretches[0]
    for stretch in stretches[stretches.index(own) :]:
        order = people.order(stretch)
        within = _in_stretch(found, stretch)
        if position and stretch is own:
            beyond = paging.ahead_of if is_backwards else paging.behind
            within = within.filter(beyond(stretch, position, order))
        ordered = _ordered(within, stretch, order)
        page = (ordered.reverse() if is_backwards else ordered)[: PAGE_SIZE + 1 - len(taken)]
        taken += _by_number(page) if stretch.is_sorted_anew or people.are_few else page
        if len(taken) > PAGE_SIZE:
            break
    return taken


def _by_number(page: CustomerQuerySet) -> list[Customer]:
    """The same customers, in the same order: numbers alone are sorted, and only a page of customers is read."""
    numbers = list(page.values_list("pk", flat=True))
    found = Customer.objects.select_related("risk").in_bulk(numbers)
    return [found[number] for number in numbers]


def _in_stretch(found: CustomerQuerySet, stretch: Stretch) -> CustomerQuerySet:
    return found.filter(stretch.condition) if stretch.condition else found


def _ordered(found: CustomerQuerySet, stretch: Stretch, order: paging.Key) -> CustomerQuerySet:
    return found.order_by(*(part.desc() if stretch.is_descending else part.asc() for part in order))


def _named(position: Position | None) -> Position | None:
    """A position with the name that is in no URL; None where there is no such customer."""
    if position is None or not position.wants_name:
        return position
    name = Customer.objects.filter(pk=position.customer_id).values_list("full_name", flat=True).first()
    return None if name is None else position.with_name(name)
