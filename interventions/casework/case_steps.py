"""One step of one case: locked, checked, written, told to the history, the audit and the browsers.

Whoever changes a case locks the customer first and the case then, so that nobody waits in a circle. Several customers
are locked in the order of their ids.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils.translation import gettext as _

from audit import services as audit
from customers import bank_clock
from customers.models import Customer
from interventions import case_hints
from interventions.casework import case_rules
from interventions.models import Case, CaseTransition


class CaseRefused(Exception):
    """What was asked for cannot be done with this case now; says why, and what can be."""


class CaseChanged(CaseRefused):
    """The case is no longer as it was when the form was opened."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happened to a case.

    Attributes:
        case: as it is now.
        verb: in the past tense: opened, assigned, started …
        before: its state until now; "" of a new case.
        detail: ids and figures, without personal data.
    """

    case: Case
    verb: str
    before: str
    by: User | None = None
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def lock(case_id: int, *, by: User | None) -> Case:
    """The case under lock, its customer locked before it; in the caller's transaction.

    Args:
        case_id: Which one.
        by: Who must be able to see it; None is the system.

    Raises:
        Case.DoesNotExist: there is none, or none that this user may see.
    """
    visible = Case.objects.all() if by is None else Case.objects.visible_to(by)
    customer_id = visible.values_list("customer_id", flat=True).get(pk=case_id)
    lock_customers([customer_id])
    # Seen again under the lock: another may look after the customer by now.
    return visible.select_for_update(of=("self",), no_key=True).select_related("customer").get(pk=case_id)


def lock_customers(customer_ids: list[int]) -> None:
    """Lock customers in the order of their ids, until the end of the caller's transaction."""
    customers = Customer.objects.filter(pk__in=customer_ids).order_by("pk")
    list(customers.select_for_update(no_key=True).values_list("pk", flat=True))


def take(
    case: Case,
    verb: str,
    *,
    by: User | None = None,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
    **changes: Any,
) -> Case:
    """Change a case that the caller has locked, and tell everybody.

    Args:
        case: Under lock.
        verb: What happens, in the past tense.
        by: Who does it; None is the system.
        reason: In their words.
        detail: Ids and figures.
        at: The bank's time; now unless given.
        changes: New values of the case's fields.

    Raises:
        CaseRefused: the case cannot go that way.
    """
    before = Case.State(case.state)
    after = Case.State(changes.get("state", before))
    if after != before and not case_rules.is_legal(before, after):
        raise CaseRefused(
            _("A case that is %(before)s cannot become %(after)s.")
            % {"before": before.label, "after": after.label}
        )
    seen_by = case.assigned_to_id
    for name, value in changes.items():
        setattr(case, name, value)
    case.save(update_fields=[*changes, "updated_at"])
    # The version is the database's.
    case.refresh_from_db(fields=["version"])
    tell([Step(case=case, verb=verb, before=before, by=by, reason=reason, detail=detail or {})], at=at)
    customer = case.customer
    case_hints.announce([seen_by, case.assigned_to_id, customer.assigned_rm_id, customer.covering_rm_id])
    return case


def tell(steps: list[Step], *, at: dt.datetime | None = None) -> None:
    """Write steps to the cases' history and to the audit."""
    moment = at or bank_clock.now()
    CaseTransition.objects.bulk_create(
        CaseTransition(
            case_id=step.case.pk,
            customer_id=step.case.customer_id,
            verb=step.verb,
            from_state=step.before,
            to_state=step.case.state,
            detail=dict(step.detail),
            reason=step.reason,
            by=step.by,
            at=moment,
        )
        for step in steps
    )
    audit.record_many(
        audit.Happened(
            action=f"interventions.case.{step.verb}",
            subject_type="case",
            subject_id=step.case.pk,
            actor=step.by,
            customer=step.case.customer_id,
            reason=step.reason,
            detail={"from": step.before, "to": str(step.case.state), **step.detail},
        )
        for step in steps
    )


def standing(case: Case) -> dict[str, Any]:
    """How a case stands before a step that can be undone: what the step must not forget. Ids and moments only.

    Args:
        case: Under lock, with its customer.
    """
    return {
        "state": str(case.state),
        "assigned_to": case.assigned_to_id,
        "escalated_to": case.escalated_to_id,
        "snoozed_until": case.snoozed_until.isoformat() if case.snoozed_until else None,
        "covering": case.customer.covering_rm_id,
    }


def end_cover(customer_ids: list[int]) -> None:
    """Whoever stood in for these customers' managers does so no more: their case is over."""
    if customer_ids:
        with connection.cursor() as cursor:
            cursor.execute(_END_COVER, [sorted(customer_ids)])


_END_COVER = """
UPDATE customers_customer SET covering_rm_id = NULL, updated_at = now()
WHERE id = ANY(%s::bigint[]) AND covering_rm_id IS NOT NULL
"""
