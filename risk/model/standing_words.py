"""Why a version does not score, or not everybody: kept in one language, and shown in the reader's."""

from django.utils.translation import gettext_noop

from risk.stored_words import know

EXPIRED = gettext_noop("its approval ended on %(until)s")
UNREADABLE = gettext_noop("its stored bytes cannot be read")
BYTES_ALTERED = gettext_noop("its stored bytes were altered")
MANIFEST_ALTERED = gettext_noop("its stored manifest was altered")
UNAPPROVED = gettext_noop("nobody has approved it as it is")
NOT_LOADED = gettext_noop("it could not be loaded")
UNFIT = gettext_noop("it is not fit for this release")
COULD_NOT_SCORE_SOME = gettext_noop("could not score some customers")

# Of the active version, and of one in shadow.
RULES_ALONE = gettext_noop("The model %(label)s does not score: %(problem)s. The rules go on alone.")
NOT_COMPARED = gettext_noop("The model %(label)s does not score: %(problem)s. It is compared no more.")
RULES_ALONE_FOR_SOME = gettext_noop("The model %(label)s %(problem)s. The rules go on alone for them.")
SOME_NOT_COMPARED = gettext_noop("The model %(label)s %(problem)s. They are not compared.")

know(EXPIRED, RULES_ALONE, NOT_COMPARED, RULES_ALONE_FOR_SOME, SOME_NOT_COMPARED)
