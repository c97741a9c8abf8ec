"""Looking at personal data leaves an audit row: one for each page that shows it, however often the page is refreshed.

A page that is opened gets an id, which its own refreshes bring along. What somebody sees first on a page is recorded;
what the same page shows them again within some hours is not. An id that was made up hides nothing: what is seen under
it is recorded as under any other.
"""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import get_random_string

from audit.models import AuditEvent
from audit.services import record

HEADER = "Page-Id"
ID_LENGTH = 16
LASTS = dt.timedelta(hours=12)


def page_id(request: HttpRequest) -> str:
    """The id of the page a request is for: its own if it is a refresh of one, else a new one."""
    return request.headers.get(HEADER, "")[:ID_LENGTH] or get_random_string(ID_LENGTH)


def person_seen(
    request: HttpRequest, *, page: str, subject_type: str, subject_id: int, customer_id: int, what: str
) -> None:
    """Somebody sees a customer's data; recorded once for each page.

    Args:
        request: Whose.
        page: `page_id` of the request.
        subject_type: What it belongs to, such as `case`.
        subject_id: Which one.
        customer_id: Whose data it is.
        what: The page or part, such as `case page`.
    """
    action = f"{subject_type}.viewed"
    before = AuditEvent.objects.filter(
        customer_key=str(customer_id),
        action=action,
        actor_id=request.user.pk,
        subject_id=str(subject_id),
        recorded_at__gte=timezone.now() - LASTS,
        detail={"what": what, "page": page},
    )
    if HEADER in request.headers and before.exists():
        return
    record(
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        actor=request.user,  # type: ignore[arg-type]
        customer=customer_id,
        detail={"what": what, "page": page},
    )


def page_seen(request: HttpRequest, shown: Model, *, customer_id: int, what: str) -> str:
    """Somebody sees the page of a case or of a customer, or part of it; recorded once for each page.

    Args:
        request: Whose.
        shown: The case or the customer.
        customer_id: Whose data it is.
        what: The page or part, such as `case page`.

    Returns:
        The page's id.
    """
    page = page_id(request)
    person_seen(
        request,
        page=page,
        subject_type=str(shown._meta.model_name),
        subject_id=shown.pk,
        customer_id=customer_id,
        what=what,
    )
    return page


def people_seen(request: HttpRequest, *, subject_type: str, what: str, customer_ids: Iterable[int]) -> None:
    """Somebody sees a list with data of customers: one event that names them; none where it shows nobody's."""
    found = sorted(set(customer_ids))
    if not found:
        return
    record(
        action=f"{subject_type}.viewed",
        subject_type=subject_type,
        subject_id="*",
        actor=request.user,  # type: ignore[arg-type]
        detail={"what": what, "customers": found},
    )
