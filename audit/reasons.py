"""Reasons of events about customers for a list of events: read all at once, and that somebody saw them is recorded."""

from collections.abc import Sequence

from django.contrib.auth.models import User

from audit.models import AuditEvent, AuditPersonal
from audit.services import reason_in, record


def give(events: Sequence[AuditEvent], *, by: User | None) -> None:
    """Give each event the reason that is kept apart of it, as `kept_reason`, while it is kept.

    Args:
        events: those that are shown; what is rendered after this was recorded.
        by: who sees them.
    """
    wanted = [event.pk for event in events if event.customer_key and event.commitment]
    parts = AuditPersonal.objects.filter(event__in=wanted).values_list("event", "content")
    kept = {key: reason for key, content in parts if (reason := reason_in(content))}
    seen = [event for event in events if event.pk in kept]
    for event in seen:
        event.kept_reason = kept[event.pk]  # type: ignore[attr-defined]
    if seen:
        customers = sorted({event.customer_key for event in seen})
        record(
            action="audit.personal.viewed",
            subject_type="audit_event",
            subject_id="*",
            actor=by,
            customer=customers[0] if len(customers) == 1 else None,
            detail={"what": "reasons in the list", "events": [event.pk for event in seen]},
        )
