"""Where the portfolio's marks lead: to the queue, with exactly those customers."""

from django.http import QueryDict
from django.urls import reverse

from interventions.console.filters import QueueAddress, QueueFilters


def queue_url(filters: QueueFilters) -> str:
    """The queue of these filters; empty where no address says them, as of a city whose name ends with a space."""
    query = QueueAddress(filters=filters, has_default=True).query()
    if QueueAddress.read(QueryDict(query.removeprefix("?"))).filters != filters:
        return ""
    return reverse("queue") + query
