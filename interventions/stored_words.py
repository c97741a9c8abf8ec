"""Words that the system itself keeps beside what it did: kept in one language, shown in the reader's.

What is evidence must not depend on who happened to act: a reason is written as `gettext_noop(…)`, which marks it for
the catalogues and leaves it as it stands.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import translation


def shown(words: str) -> str:
    """What is kept, in the reader's language; what somebody typed stays as they typed it."""
    return translation.gettext(words) if words else ""


@contextmanager
def kept() -> Iterator[None]:
    """Words made here are to be kept, where something is filled into them."""
    with translation.override(settings.LANGUAGE_CODE):
        yield
