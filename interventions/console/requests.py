"""The console's requests."""

from django.contrib.auth.models import User
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class ConsoleRequest(HttpRequest):
    """A request of somebody who is logged in."""

    htmx: HtmxDetails
    user: User
