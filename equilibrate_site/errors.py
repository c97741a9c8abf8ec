"""The pages that say what went wrong.

To say which pages the reader may open they ask the database. As `one_thread.py` serves us, they are made in the
request's own thread; served by Django's own handler, the page of an unknown address is made in a thread that is no
request's. A connection that is opened there would be closed by nobody: it would stay for ever, outlive the server it
belongs to, and with a pool be missing to everybody else. So these pages let go of their thread's connections,
whoever serves them.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponseBase
from django.views import defaults


def _letting_go(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(page)
    def made(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _let_go()
        try:
            return page(request, *args, **kwargs)
        finally:
            _let_go()

    return made


def _let_go() -> None:
    """As at a request's beginning and end; a connection in the midst of somebody's transaction is not ours to close."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


bad_request = _letting_go(defaults.bad_request)
permission_denied = _letting_go(defaults.permission_denied)
page_not_found = _letting_go(defaults.page_not_found)
server_error = _letting_go(defaults.server_error)
