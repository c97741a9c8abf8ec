"""Words of Django's and of allauth's for which the bank has its own: its catalogues go before theirs.

In Hindi Django shortens months to syllables that nobody reads, such as "दिस्", and spells some names as nobody does.
"""

from django.utils.translation import gettext_noop

# As their own sources have them, which is how they ask for them.
SHORT_MONTHS = (
    gettext_noop("jan"), gettext_noop("feb"), gettext_noop("mar"), gettext_noop("apr"), gettext_noop("may"),
    gettext_noop("jun"), gettext_noop("jul"), gettext_noop("aug"), gettext_noop("sep"), gettext_noop("oct"),
    gettext_noop("nov"), gettext_noop("dec"),
)  # fmt: skip
NAMES = (
    gettext_noop("September"),
    gettext_noop("November"),
    gettext_noop("December"),
    gettext_noop("Thursday"),
)
LOGIN = (gettext_noop("Username"), gettext_noop("Password"))
