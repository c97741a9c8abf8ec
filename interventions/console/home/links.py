"""Where Home's numbers lead."""

from django.contrib.auth.models import User
from django.http import QueryDict
from django.urls import reverse

from interventions.console.case_filters import CaseAddress
from interventions.console.filters import QueueAddress, QueueFilters
from risk.levels import Hardship, Level


def queue_url(*, level: Level | None = None, hardship: Hardship | None = None) -> str:
    """The queue at a level, of a hardship, or of everybody."""
    # Of everybody it says so: the bare address may lead to a view that the reader keeps.
    levels = frozenset() if level is None else frozenset({level})
    address = QueueAddress(filters=QueueFilters(levels=levels, hardship=hardship), has_default=True)
    return reverse("queue") + address.query().rstrip("?")


def case_address(user: User, query: str) -> CaseAddress:
    """A list of cases as a user is shown it at `/cases/?query`."""
    return CaseAddress.read(QueryDict(query), user)


def cases_url(address: CaseAddress) -> str:
    """Where that list stands."""
    return reverse("cases") + address.query()
