"""What a page with a live region needs: at which hint and when it was made, and whether only the region is wanted.

The region is re-fetched by the page's own address as an HTMX partial and morphed (`static/js/live.js`).
"""

from typing import Any

from django.conf import settings
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from interventions.console import hint_state, viewing
from interventions.console.requests import ConsoleRequest


def live_context(request: ConsoleRequest, *, group: str) -> dict[str, Any]:
    """To be read before the facts of the page: a change in between is then noticed as one more.

    Args:
        request: Of the page, or of its region alone.
        group: The reader's hints, from `hint_state.group_of`.
    """
    return {
        "hints": hint_state.latest(group),
        "now": timezone.now(),
        "page_id": viewing.page_id(request),
        "bank_time_zone": settings.BANK_TIME_ZONE,
    }


def wants_region(request: ConsoleRequest) -> bool:
    """Whether only the region is asked for, not the whole page."""
    htmx: HtmxDetails = request.htmx
    return bool(htmx) and htmx.request_type == "partial"
