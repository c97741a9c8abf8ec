"""Notes about a customer: written once, never changed, their words erased where the audit's are."""

import json

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from audit.models import AuditPersonal
from audit.services import record
from customers import bank_clock, roles
from customers.models import Customer
from interventions.models import CustomerNote

MAY_WRITE = frozenset({roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS})
LONGEST = 2_000
ACTION = "interventions.note.written"


class NoteRefused(ValueError):
    """Nothing was written; the text says why."""


def note_write(*, customer: Customer, text: str, by: User) -> CustomerNote:
    """Write a note about a customer.

    Args:
        customer: About whom.
        text: The words; illness and the like may be among them, so they are kept where they can be erased.
        by: Who.

    Raises:
        PermissionDenied: `by` does not look after this customer.
        NoteRefused: nothing to write, or too much.
    """
    if not roles.of(by) & MAY_WRITE or not Customer.objects.visible_to(by).filter(pk=customer.pk).exists():
        raise PermissionDenied(_("Only those who look after a customer may write notes about them."))
    words = text.replace("\x00", "").strip()
    if not words:
        raise NoteRefused(_("Write what is to be remembered."))
    if len(words) > LONGEST:
        raise NoteRefused(_("A note has at most %(most)d characters.") % {"most": LONGEST})
    with transaction.atomic():
        event = record(
            action=ACTION,
            subject_type="customer",
            subject_id=customer.pk,
            actor=by,
            detail={"customer_id": customer.pk},
            personal={"after": {"note": words}},
        )
        return CustomerNote.objects.create(
            customer=customer, author=by, written_at=bank_clock.now(), event=event
        )


def words_of(part: AuditPersonal | None) -> str | None:
    """The words of a note, from the personal part of its event; None where they were erased."""
    if part is None:
        return None
    return str(json.loads(part.content)["after"]["note"])
