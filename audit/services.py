"""The one way to write an audit event."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from audit.models import AuditEvent


def record(
    *,
    action: str,
    subject_type: str,
    subject_id: object,
    actor: AbstractBaseUser | None = None,
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write what happened, in the caller's database transaction, so that both happen or neither.

    Args:
        action: `app.subject.verb` in the past tense, such as `ingest.halt.lifted`.
        subject_type: the kind of thing acted on, such as `customer`.
        subject_id: its identity; stored as text.
        actor: the user who acted, or None for the system itself.
        detail: JSON-serialisable facts, without personal data beyond ids.
    """
    return AuditEvent.objects.create(
        action=action,
        subject_type=subject_type,
        subject_id=str(subject_id),
        actor_id=actor.pk if actor else None,
        detail=detail or {},
    )
