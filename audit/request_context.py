"""The request, message or command in which something happens: one id, set by the site, written into every event."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_current: ContextVar[str] = ContextVar("audit_request_id", default="")


def current() -> str:
    """The id of what runs now; empty outside of requests and tasks."""
    return _current.get()


def new() -> str:
    """A fresh id."""
    return uuid.uuid4().hex


def is_valid(text: str) -> bool:
    """Whether a stranger's id may be taken over: 8 to 64 characters of letters, digits, dot, dash, underscore."""
    return _ID.fullmatch(text) is not None


@contextmanager
def use(request_id: str) -> Iterator[None]:
    """Let everything inside carry this id."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)
