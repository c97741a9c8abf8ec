"""What the monitoring found, in a sentence: kept in one language, and shown in the reader's."""

from django.utils.translation import gettext_noop

from risk.stored_words import know

TOO_FEW = gettext_noop("%(customers)d customers are too few to conclude anything from")
NONE_DRIFTED = gettext_noop("%(drifted)d of %(columns)d columns drifted")
DRIFTED = gettext_noop("%(drifted)d of %(columns)d columns drifted: %(named)s")
MORE_DRIFTED = gettext_noop("%(drifted)d of %(columns)d columns drifted: %(named)s and %(more)d more")

NO_LOANS = gettext_noop("no customer has a loan")
COVERS = gettext_noop("it speaks of %(share).1f%% of the customers with a loan")
COVERED = gettext_noop("it speaks of %(share).1f%% of the customers with a loan (%(usual).1f%% at training)")
SILENT = gettext_noop("of %(share).1f%% it does not, since %(why)s")
IS_OVERDUE = gettext_noop("something is overdue")
NO_PAYMENT = gettext_noop("no payment is known")
NOTHING_DUE = gettext_noop("nothing falls due within 30 days")

TOO_FEW_MISSED = gettext_noop("%(customers)d customers who missed are too few to conclude anything from")
OF_MISSES = gettext_noop("ROC AUC %(value).3f for missed instalments")
NOT_LEARNT = gettext_noop("it learnt an outcome of the bank's own, so that nothing is compared")
AS_AT_TRAINING = gettext_noop("ROC AUC %(value).3f, as at training")
WORSE = gettext_noop("worse than at training: %(found)s")
MISSES = gettext_noop("%(misses)d misses where %(expected)d were expected")
THEN = gettext_noop("%(figure)s %(value).3f (then %(before).3f)")

RATES = gettext_noop("rates of %(customers)d customers, for an audit")
NOT_IN_ROWS = gettext_noop("%(mismatches)s of %(values)s live features are not what the raw rows say")
CHECK_FAILED = gettext_noop("the check of %(kind)s failed")
LIVE_FEATURES = gettext_noop("live features")
# As they stand in CHECK_FAILED.
KINDS = (
    gettext_noop("drift"), gettext_noop("performance"), gettext_noop("fairness"), gettext_noop("parity"),
)  # fmt: skip

know(
    TOO_FEW, NONE_DRIFTED, DRIFTED, MORE_DRIFTED, COVERS, COVERED, SILENT, TOO_FEW_MISSED, OF_MISSES, AS_AT_TRAINING,
    WORSE, MISSES, THEN, RATES, NOT_IN_ROWS, CHECK_FAILED,
)  # fmt: skip
