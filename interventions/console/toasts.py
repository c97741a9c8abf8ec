"""What was done, told with a way back: a message of Django's whose tags carry the address that undoes it."""

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

_TAG = "undo "


def undoable(request: HttpRequest, words: str, *, address: str) -> None:
    """Say what was done, with an Undo button for some seconds.

    Args:
        request: Whose.
        words: What was done, as a sentence.
        address: Of this site; a POST there undoes it, and decides whether that is still possible.
    """
    messages.success(request, words, extra_tags=f"{_TAG}{address}")


def address_of(message: Message) -> str:
    """Where what a message tells of is undone; "" where it is not."""
    tags = message.extra_tags or ""
    address = tags.removeprefix(_TAG) if tags.startswith(_TAG) else ""
    return address if address.startswith("/") and not address.startswith("//") else ""
