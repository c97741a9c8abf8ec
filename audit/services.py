"""The one way to write an audit event, and the one way to erase its personal part."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext as _

from audit import request_context
from audit.models import AuditEvent, AuditPersonal
from audit.sealed_rows import commitment_of

SALT_BYTES = 32
# Where the personal part of an event about a customer holds the reason.
REASON = "reason"


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One event as `record` takes it, without personal facts."""

    action: str
    subject_type: str
    subject_id: object
    actor: AbstractBaseUser | None = None
    subject_label: str = ""
    customer: object = None
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def record(
    *,
    action: str,
    subject_type: str,
    subject_id: object,
    actor: AbstractBaseUser | None = None,
    subject_label: str = "",
    customer: object = None,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write what happened, in the caller's database transaction, so that both happen or neither.

    Args:
        action: `app.subject.verb` in the past tense, such as `ingest.halt.lifted`.
        subject_type: the kind of thing acted on, such as `customer`.
        subject_id: its identity; stored as text.
        actor: the user who acted, or None for the system itself. The name is stored as text beside it.
        subject_label: what people call the subject now; never a customer's name.
        customer: primary key of the customer concerned, by which the trail is searched. Taken from the subject when
            that is a customer, or from `customer_id` in the detail.
        reason: why, in the actor's words. Of an event about a customer it is kept with the personal part: whoever
            types may write of illness or death, and it must be possible to erase that.
        detail: JSON-serialisable facts, without personal data beyond ids and without words that somebody typed.
        personal: facts that are personal, `before` and `after`: stored apart, where they can be erased; the event
            keeps a salted commitment to them.
    """
    happened = Happened(
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        actor=actor,
        subject_label=subject_label,
        customer=customer,
        reason=reason,
        detail=detail or {},
    )
    return _written([_apart(happened, personal)])[0]


def record_many(happened: Iterable[Happened]) -> list[AuditEvent]:
    """Write many events at once, in the caller's database transaction; none of them with personal facts but reasons."""
    return _written([_apart(each, None) for each in happened])


def viewed(
    *, by: AbstractBaseUser, subject_type: str, subject_id: object, what: str, customer: object = None
) -> AuditEvent:
    """Somebody looked at personal data.

    Args:
        by: who.
        subject_type: what it belongs to, such as `customer`.
        subject_id: which one.
        what: the page or part, such as `case page`.
        customer: primary key of the customer, where the subject is none.
    """
    return record(
        action=f"{subject_type}.viewed",
        subject_type=subject_type,
        subject_id=subject_id,
        actor=by,
        customer=customer,
        detail={"what": what},
    )


def exported(
    *,
    by: AbstractBaseUser,
    subject_type: str,
    subject_id: object,
    what: str,
    file_format: str,
    rows: int | None = None,
    customer: object = None,
) -> AuditEvent:
    """Somebody took data out of the system.

    Args:
        by: who.
        subject_type: what it belongs to, such as `case`.
        subject_id: which one; `*` for a list.
        what: what was exported, such as `case pack`.
        file_format: such as `pdf`.
        rows: how many, of a list.
        customer: primary key of the customer, where the subject is none.
    """
    return record(
        action=f"{subject_type}.exported",
        subject_type=subject_type,
        subject_id=subject_id,
        actor=by,
        customer=customer,
        detail={"what": what, "format": file_format} | ({} if rows is None else {"rows": rows}),
    )


def erase_personal(*, customer: object, by: AbstractBaseUser, reason: str) -> int:
    """Erase the personal parts of every event about a customer; the events and their commitments stay.

    Args:
        customer: primary key of the customer.
        by: who orders it, one of those who read the audit (`AUDIT_READERS`). That somebody else tried is recorded.
        reason: why, such as the number of the request for erasure; never personal, for it stays.

    Returns:
        How many parts were erased; the database writes one event for each.

    Raises:
        PermissionDenied: `by` may not order it.
        ValueError: without a reason, or a customer.
    """
    if not is_reader(by):
        record(action="audit.erasure.refused", subject_type="customer", subject_id=customer, actor=by)
        raise PermissionDenied(_("Only compliance officers order that personal data be erased."))
    if not reason.strip():
        raise ValueError(_("Please give a reason: erasure is recorded with it."))
    if not str(customer).strip():
        raise ValueError(_("Personal parts are erased customer by customer."))
    with transaction.atomic():
        parts = AuditPersonal.objects.filter(event__customer_key=str(customer))
        ordered = Happened(
            action="audit.erasure.ordered",
            subject_type="customer",
            subject_id=customer,
            actor=by,
            reason=reason.strip(),
            detail={"parts": parts.count()},
        )
        # In the event itself: by what right the others were erased must outlast them.
        _event(ordered).save(force_insert=True)
        erased, _of_tables = AuditPersonal.objects.filter(pk__in=parts.values("pk")).delete()
    return erased


def is_reader(user: AbstractBaseUser) -> bool:
    """Whether a user reads the audit, and says what of it is erased: by role, whatever else they may do."""
    return user.is_active and user.groups.filter(name=settings.AUDIT_READERS).exists()  # type: ignore[attr-defined]


def canonical(content: Mapping[str, Any]) -> str:
    """Personal content as the text that is committed to: sorted keys, ASCII only."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)


def reason_in(content: str | None) -> str:
    """The reason in a personal part; empty where there is none, whatever somebody wrote there past `record`."""
    try:
        found = json.loads(content or "{}")
    except ValueError:
        return ""
    return str(found.get(REASON, "")) if isinstance(found, dict) else ""


def label_of(user: AbstractBaseUser | None) -> str:
    """A user's name as text: full name and username; empty for the system."""
    if user is None:
        return ""
    username, full_name = user.get_username(), str(getattr(user, "get_full_name", str)())
    return f"{full_name} ({username})" if full_name else username


Written = tuple[AuditEvent, AuditPersonal | None]


def _apart(happened: Happened, personal: Mapping[str, Any] | None) -> Written:
    """An event and, committed to by it, what must be erasable; the words somebody typed about a customer among it."""
    event = _event(happened)
    if event.customer_key and event.reason:
        personal, event.reason = {**(personal or {}), REASON: event.reason}, ""
    if personal is None:
        return event, None
    salt, content = secrets.token_bytes(SALT_BYTES), canonical(personal)
    event.commitment = commitment_of(salt, content).hex()
    return event, AuditPersonal(salt=salt, content=content)


def _written(pairs: list[Written]) -> list[AuditEvent]:
    # No savepoint: what fails here undoes the caller's act with it.
    with transaction.atomic(savepoint=False):
        AuditEvent.objects.bulk_create([event for event, _part in pairs])
        parts = []
        for event, part in pairs:
            if part is not None:
                part.event = event
                parts.append(part)
        AuditPersonal.objects.bulk_create(parts)
    return [event for event, _part in pairs]


def _event(happened: Happened) -> AuditEvent:
    return AuditEvent(
        action=happened.action,
        subject_type=happened.subject_type,
        subject_id=str(happened.subject_id),
        subject_label=happened.subject_label,
        customer_key=_customer_key(
            happened.customer, happened.subject_type, happened.subject_id, happened.detail
        ),
        actor_id=happened.actor.pk if happened.actor else None,
        actor_label=label_of(happened.actor),
        reason=happened.reason,
        request_id=request_context.current(),
        detail=dict(happened.detail),
    )


def _customer_key(customer: object, subject_type: str, subject_id: object, detail: Mapping[str, Any]) -> str:
    if customer is None:
        customer = subject_id if subject_type == "customer" else detail.get("customer_id")
    return "" if customer is None else str(customer)
