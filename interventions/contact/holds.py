"""Holds: a customer is not contacted, or only after a person's look, until somebody lifts it."""

import datetime as dt

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from customers import bank_clock, roles
from customers.models import Customer
from interventions.contact import planned_calls
from interventions.contact.contact_facts import lock_customer
from interventions.models import ContactHold
from interventions.proof.receipt_forms import hold_sha256

MAY_PLACE = frozenset({roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS})
MAY_LIFT = frozenset({roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS})


class HoldRefused(ValueError):
    """Nothing was changed; the text says why."""


def place(
    *, customer: Customer, kind: str, reason: str, by: User | None, until_at: dt.datetime | None = None
) -> ContactHold:
    """Hold contact with a customer from now on. What is queued is judged again before it is sent; a planned call, which
    nobody judges again, ends, unless the hold is over by then.

    Args:
        customer: Who.
        kind: A `ContactHold.Kind`; the pack says whether it forbids or asks for a look.
        reason: Why.
        by: Who places it; None: the system.
        until_at: When it ends by itself, on the bank's clock; None: when it is lifted.

    Raises:
        PermissionDenied: `by` does not look after this customer.
        HoldRefused: no such kind, no reason, or an end that is past.
    """
    if by is not None and not (
        roles.of(by) & MAY_PLACE and Customer.objects.visible_to(by).filter(pk=customer.pk).exists()
    ):
        raise PermissionDenied(_("Only those who look after a customer may hold contact with them."))
    now = bank_clock.now()
    if kind not in ContactHold.Kind.values:
        raise HoldRefused(_("There is no such kind of hold."))
    if not reason.strip():
        raise HoldRefused(_("Say why the customer is not to be contacted."))
    if until_at is not None and until_at <= now:
        raise HoldRefused(_("The hold would be over already. Choose a later end, or none."))
    with transaction.atomic():
        lock_customer(customer.pk)
        hold = ContactHold.objects.create(
            customer=customer,
            kind=kind,
            reason=reason.strip(),
            placed_by=by,
            placed_at=now,
            until_at=until_at,
        )
        _recorded(hold, "placed", by=by, reason=hold.reason)
        planned_calls.cancel_of_customer(
            customer=customer,
            purpose=None,
            reason=gettext_noop("A hold was placed. Heed it, then plan another call if there may be one."),
            before_at=until_at,
        )
    return hold


def lift(*, hold: ContactHold, by: User, reason: str) -> ContactHold:
    """End a hold for good.

    Raises:
        PermissionDenied: not a supervisor or compliance officer.
        HoldRefused: it is lifted already, or no reason is given.
    """
    if not roles.of(by) & MAY_LIFT:
        raise PermissionDenied(
            _("Only supervisors and compliance officers may lift a hold. Ask one of them.")
        )
    if not reason.strip():
        raise HoldRefused(_("Say why the customer may be contacted again."))
    with transaction.atomic():
        lock_customer(hold.customer_id)
        hold = ContactHold.objects.select_for_update().get(pk=hold.pk)
        if hold.lifted_at is not None:
            raise HoldRefused(_("Somebody lifted it already."))
        hold.lifted_at, hold.lifted_by, hold.lift_reason = bank_clock.now(), by, reason.strip()
        hold.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
        _recorded(hold, "lifted", by=by, reason=hold.lift_reason)
    return hold


def end_pause(*, customer: Customer, reason: str) -> int:
    """End the pauses that a customer asked for, because they ask otherwise now; returns how many stood."""
    with transaction.atomic():
        lock_customer(customer.pk)
        paused = [each for each in standing(customer) if each.kind == ContactHold.Kind.PAUSE]
        for hold in paused:
            hold.lifted_at, hold.lift_reason = bank_clock.now(), reason
            hold.save(update_fields=["lifted_at", "lift_reason"])
            _recorded(hold, "lifted", by=None, reason=reason)
    return len(paused)


def standing(customer: Customer) -> list[ContactHold]:
    """The holds that stand now, oldest first."""
    now = bank_clock.now()
    holds = ContactHold.objects.filter(customer=customer, lifted_at__isnull=True).select_related("placed_by")
    return [hold for hold in holds.order_by("pk") if hold.until_at is None or hold.until_at > now]


def seen(customer: Customer) -> str:
    """What a page shows of holds and of being vulnerable, in short: whoever confirms a message must have seen this."""
    flags = ["vulnerable"] if customer.is_vulnerable else []
    return ",".join([*flags, *(str(hold.pk) for hold in standing(customer))])


def _recorded(hold: ContactHold, verb: str, *, by: User | None, reason: str) -> None:
    # The reason may speak of illness or death: it is kept where it can be erased.
    record(
        action=f"interventions.hold.{verb}",
        subject_type="hold",
        subject_id=hold.pk,
        actor=by,
        customer=hold.customer_id,
        detail={
            "customer_id": hold.customer_id,
            "kind": hold.kind,
            "receipt_sha256": hold_sha256(hold),
        },
        personal={"after": {"reason": reason}},
    )
