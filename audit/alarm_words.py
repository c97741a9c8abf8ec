"""What operators are told of the audit: kept in one language, and shown in the reader's."""

from django.utils.translation import gettext_noop

REFUSED = gettext_noop("No audit checkpoint is signed any more. %(why)s Run `manage.py verify_audit`.")
NOT_MADE = gettext_noop("An audit checkpoint could not be made: %(why)s")
NOT_VERIFIED = gettext_noop(
    "The audit could not be verified: %(why)s. The log says where. Run `manage.py verify_audit` and"
    " `manage.py verify_decisions`."
)
NOT_AS_RECORDED = gettext_noop(
    "Verification of the audit found that something is not as it was recorded. %(what)s. Run `manage.py verify_audit`"
    " and `manage.py verify_decisions`."
)
SENTENCES = (REFUSED, NOT_MADE, NOT_VERIFIED, NOT_AS_RECORDED)
