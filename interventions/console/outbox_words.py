"""What to do about a message that did not arrive, or of which nobody knows. Pure."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from interventions.models import Delivery

WHAT_TO_DO: dict[str, Promise] = {
    Delivery.State.UNKNOWN: _(
        "It may have arrived. It is never sent again by itself: ask the provider, or ask the customer when you speak."
    ),
    Delivery.State.FAILED: _(
        "It did not go out. Check the address with the customer, then write it again, or use another channel."
    ),
}
