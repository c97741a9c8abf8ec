"""Words that the system itself keeps beside what it did: kept in one language, shown in the reader's.

What is evidence must not depend on who happened to act: a reason is written as `gettext_noop(…)`, which marks it for
the catalogues and leaves it as it stands.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_noop, pgettext_lazy

from risk import stored_words

# Words of the bank's own records, as far as they are known.
OF_RECORDS = (
    pgettext_lazy("record", "Salaried"), pgettext_lazy("record", "Self employed"),
    pgettext_lazy("record", "Gig worker"), pgettext_lazy("record", "Unemployed"), pgettext_lazy("record", "Retired"),
    pgettext_lazy("record", "Salary"), pgettext_lazy("record", "English"), pgettext_lazy("record", "Hindi"),
)  # fmt: skip


# What the shipped policies say is to be done; what a bank's own say is shown as it was approved.
ACTIONS = (
    gettext_noop("Call; offer budget help, and to move the instalment behind pay day"),
    gettext_noop("Message: offer spending overview and balance alert"),
    gettext_noop("Message: point to the spending overview"),
    gettext_noop("Call; review all loans, offer a split or a pause; other terms: lending team"),
    gettext_noop("Call; review all loans, offer a split or another day; other terms: lending team"),
    gettext_noop("Message: offer a free review of instalments"),
    gettext_noop("Call; offer to split or move the instalment"),
    gettext_noop("Message: remind early, offer another due date"),
    gettext_noop("Message: friendly reminder 5 days ahead"),
    gettext_noop("Call; offer a split or a pause, and free debt advice; other terms: lending team"),
    gettext_noop("Message: offer a talk about splitting the instalment; other terms: lending team"),
    gettext_noop("Mention free debt advice at the next contact"),
    gettext_noop("Call; offer a payment pause, or another due date"),
    gettext_noop("Call; offer to move the instalment behind the salary, or to split it"),
    gettext_noop("Watch the next pay day"),
    gettext_noop("Call; ask how things are"),
    gettext_noop("Message: remind early, say whom to talk to"),
    gettext_noop("No contact needed; keep watching"),
)
# What is kept with something filled in; of the model, of its monitoring and of the event log's halts, see there.
stored_words.know(
    gettext_noop("Messages by %(channel)s cannot be sent: %(why)s"),
    gettext_noop(
        "No bank holiday is known for the next %(days)s days: the send gate and the deadlines of cases take each of"
        " them for a working day. Import them (manage.py import_holidays), and see that BANK_REGION names the region"
        " they are of."
    ),
)
shown = stored_words.shown


def of_records(words: str) -> str:
    """A word of the bank's records in the reader's language, where it is known there."""
    return translation.pgettext("record", words) if words else ""


@contextmanager
def kept() -> Iterator[None]:
    """Words made here are to be kept, where something is filled into them."""
    with translation.override(settings.LANGUAGE_CODE):
        yield
