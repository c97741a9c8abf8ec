"""Whose case somebody saw on Home: recorded once for each page, and again only for who comes up on it later."""

from collections.abc import Iterable

from django.utils import timezone

from audit.models import AuditEvent
from audit.services import record
from interventions.console.requests import ConsoleRequest
from interventions.console.viewing import HEADER, LASTS

SUBJECT = "home"


def people_seen(request: ConsoleRequest, *, page: str, customer_ids: Iterable[int]) -> None:
    """One event that names those whom this page has not shown the reader before; none where there is nobody new.

    Args:
        request: Of the page, or of its region alone.
        page: `viewing.page_id` of the request.
        customer_ids: Everybody whom it shows.
    """
    shown = set(customer_ids)
    # Only a page's own refresh can have shown somebody before.
    new = sorted(shown - _seen_before(request, page) if shown and HEADER in request.headers else shown)
    if new:
        record(
            action=f"{SUBJECT}.viewed",
            subject_type=SUBJECT,
            subject_id=page,
            actor=request.user,
            detail={"what": "who needs attention first", "customers": new},
        )


def _seen_before(request: ConsoleRequest, page: str) -> set[int]:
    events = AuditEvent.objects.filter(
        subject_type=SUBJECT,
        subject_id=page,
        actor_id=request.user.pk,
        recorded_at__gte=timezone.now() - LASTS,
    )
    return {
        customer for detail in events.values_list("detail", flat=True) for customer in detail["customers"]
    }
