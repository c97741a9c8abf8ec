"""Why a partition is halted, and how to go on: kept in one language, and shown in the reader's."""

from django.utils.translation import gettext_noop

from risk.stored_words import know

INVALID_RUN = gettext_noop(
    "%(partition)s: more than %(limit)d invalid messages in a row. Reading is halted at offset %(position)d; nothing is"
    " lost, and what was read of the run before that offset is kept as dead letters. Mend the producer, or accept the"
    " others as dead letters, too, with: manage.py lift_halt %(topic)s %(number)d"
)
LOG_CHANGED = gettext_noop(
    "%(partition)s: %(why)s. Reading is halted. Go on with: manage.py lift_halt %(topic)s %(number)d --restart"
    " beginning|end"
)
MADE_ANEW = gettext_noop("the topic was made anew since we last read it (its id has changed)")
GONE = gettext_noop("messages %(first)d to %(last)d are no longer in the log and were never stored")
ENDS_BEFORE = gettext_noop("the log ends at %(end)d, before the position %(position)d we had already stored")

know(INVALID_RUN, LOG_CHANGED, GONE, ENDS_BEFORE)
