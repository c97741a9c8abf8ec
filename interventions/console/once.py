"""A form that is sent twice acts once: a double click, a reload, a second try after a broken connection.

Each form carries a random key. What it did and the key are stored in one transaction, under a lock on the sender's
own session row, which nothing else that acts ever locks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import get_random_string

DONE = "sent_forms"
KEPT = 200
KEY_LENGTH = 16
FIELD = "once"


@dataclass
class Sending:
    """One form on its way."""

    is_repeat: bool
    is_done: bool = False

    def done(self) -> None:
        """It acted: the same form will not act again."""
        self.is_done = True


def new_key() -> str:
    """A key for the forms of one page; with a form's own name it is that form's."""
    return get_random_string(KEY_LENGTH)


@contextmanager
def sending(request: HttpRequest, *, name: str) -> Iterator[Sending]:
    """Act inside this block, at most once for one form.

    Args:
        request: The POST with its key.
        name: Of the form; several forms of a page share its key.
    """
    key = f"{name} {request.POST.get(FIELD, '')[:KEY_LENGTH]} {request.POST.get('about', '')[:40]}"
    with transaction.atomic():
        known = _locked_keys(request)
        found = Sending(is_repeat=key in known)
        yield found
        if found.is_done:
            request.session[DONE] = [*known, key][-KEPT:]
            request.session.save()


def _locked_keys(request: HttpRequest) -> list[str]:
    # Read again under the lock: the request's own copy was read before it.
    session = Session.objects.select_for_update().filter(pk=request.session.session_key).first()
    return list(session.get_decoded().get(DONE, [])) if session else []
