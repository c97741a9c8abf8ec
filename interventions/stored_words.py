"""Words that the system itself keeps beside what it did: kept in one language, shown in the reader's.

What is evidence must not depend on who happened to act: a reason is written as `gettext_noop(…)`, which marks it for
the catalogues and leaves it as it stands.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import translation
from django.utils.translation import pgettext_lazy

# Words of the bank's own records, as far as they are known.
OF_RECORDS = (
    pgettext_lazy("record", "Salaried"), pgettext_lazy("record", "Self employed"),
    pgettext_lazy("record", "Gig worker"), pgettext_lazy("record", "Unemployed"), pgettext_lazy("record", "Retired"),
    pgettext_lazy("record", "Salary"), pgettext_lazy("record", "English"), pgettext_lazy("record", "Hindi"),
)  # fmt: skip


def shown(words: str) -> str:
    """What is kept, in the reader's language; what somebody typed stays as they typed it."""
    return translation.gettext(words) if words else ""


def of_records(words: str) -> str:
    """A word of the bank's records in the reader's language, where it is known there."""
    return translation.pgettext("record", words) if words else ""


@contextmanager
def kept() -> Iterator[None]:
    """Words made here are to be kept, where something is filled into them."""
    with translation.override(settings.LANGUAGE_CODE):
        yield
