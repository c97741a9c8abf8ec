"""What the audit tells the rest of the site, which it does not know."""

from django.dispatch import Signal

# Operators must hear of it. Arguments: dedupe_key, message, detail.
trouble = Signal()
