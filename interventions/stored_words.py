"""Words that the system itself keeps beside what it did: kept in one language, shown in the reader's.

What is evidence must not depend on who happened to act: a reason is written as `gettext_noop(…)`, which marks it for
the catalogues and leaves it as it stands.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_noop, pgettext_lazy

# Words of the bank's own records, as far as they are known.
OF_RECORDS = (
    pgettext_lazy("record", "Salaried"), pgettext_lazy("record", "Self employed"),
    pgettext_lazy("record", "Gig worker"), pgettext_lazy("record", "Unemployed"), pgettext_lazy("record", "Retired"),
    pgettext_lazy("record", "Salary"), pgettext_lazy("record", "English"), pgettext_lazy("record", "Hindi"),
)  # fmt: skip


# What is kept with something filled in: found again by the words around it. The more particular stand first.
FILLED = (
    gettext_noop("replaced by %(name)s"),
    gettext_noop("Messages by %(channel)s cannot be sent: %(why)s"),
    gettext_noop(
        "No bank holiday is known for the next %(days)s days: the send gate and the deadlines of cases take each of"
        " them for a working day. Import them (manage.py import_holidays), and see that BANK_REGION names the region"
        " they are of."
    ),
    gettext_noop("The model %(label)s does not score: %(problem)s. The rules go on alone."),
    gettext_noop("The model %(label)s does not score: %(problem)s. It is compared no more."),
    gettext_noop("%(what)s, %(day)s: the check of %(kind)s failed"),
)


def shown(words: str) -> str:
    """What is kept, in the reader's language; what somebody typed stays as they typed it."""
    if not words:
        return ""
    said = translation.gettext(words)
    return said if said != words else _filled(words)


def _filled(words: str) -> str:
    """The same where something was filled in, which is shown in the reader's language as far as it is known there."""
    for template, pattern in _patterns():
        if found := pattern.fullmatch(words):
            values = {name: shown(value) for name, value in found.groupdict().items()}
            return translation.gettext(template) % values
    return words


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (template, re.compile(_PLACE.sub(r"(?P<\1>.+)", re.escape(template)))) for template in FILLED
    )


_PLACE = re.compile(r"%\\\((\w+)\\\)s")


def of_records(words: str) -> str:
    """A word of the bank's records in the reader's language, where it is known there."""
    return translation.pgettext("record", words) if words else ""


@contextmanager
def kept() -> Iterator[None]:
    """Words made here are to be kept, where something is filled into them."""
    with translation.override(settings.LANGUAGE_CODE):
        yield
