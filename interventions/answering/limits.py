"""How often a link, and an address, may ask: a person never comes near; a program that tries does."""

from allauth.core.internal import ratelimit
from django.http import HttpRequest

# Of an address: many telephones share one, so only what leads nowhere is counted closely.
RATES = {
    "wrong": {"customer_page_wrong": "60/m/ip"},
    "address": {"customer_page_address": "1200/m/ip"},
    "read": {"customer_page_read": "120/h/key"},
    "answer": {"customer_page_answer": "30/h/key"},
}


def is_within(request: HttpRequest, what: str, *, key: str | None = None) -> bool:
    """Count one request; whether it is still within the rate.

    Args:
        request: From whom.
        what: One of `RATES`.
        key: The link's, for rates of a link.
    """
    ((action, rate),) = RATES[what].items()
    counted = ratelimit.consume(
        request,
        app="interventions",
        action=action,
        config={action: rate},
        key=key,
        user=None,
        limit_get=True,
    )
    return counted is not None
