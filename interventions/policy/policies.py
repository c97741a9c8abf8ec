"""Which policy stands: active, inside its validity, unaltered, and approved last by somebody other than its author."""

import datetime as dt
from collections.abc import Collection

from django.db.models import QuerySet

from interventions.models import PolicyDecision, PolicyTemplate
from interventions.policy.approved import is_approved
from interventions.policy.content import content_hash

Key = tuple[int, int]
_IS_APPROVED = is_approved(PolicyTemplate, decision=PolicyDecision, of="template_id")


def active_policy(*, hardship: int, level: int, at: dt.datetime) -> PolicyTemplate | None:
    """The policy for a hardship × level that may be used now; None where there is none.

    Args:
        hardship: A `risk.levels.Hardship`.
        level: A `risk.levels.Level`.
        at: The moment, on the bank's clock.
    """
    found = _standing().filter(hardship=hardship, level=level).first()
    return found if found is not None and _holds(found, at) else None


def active_policies(at: dt.datetime, *, of: Collection[Key] | None = None) -> dict[Key, PolicyTemplate]:
    """The policies that may be used now, by (hardship, level). One query.

    Args:
        at: The moment, on the bank's clock.
        of: Of these alone, perhaps with some others; None: all.
    """
    found = _standing()
    if of is not None:
        found = found.filter(
            hardship__in={hardship for hardship, _ in of}, level__in={level for _, level in of}
        )
    return {(each.hardship, each.level): each for each in found if _holds(each, at)}


def is_usable(template: PolicyTemplate, at: dt.datetime) -> bool:
    """Whether exactly this content may be used now. Asks the database: the object may be older than a decision."""
    stored = _standing().filter(pk=template.pk).first()
    return stored is not None and _holds(stored, at) and content_hash(template) == stored.content_hash


def _standing() -> QuerySet[PolicyTemplate]:
    """Active ones whose last decision is an approval of their present content by somebody else."""
    return PolicyTemplate.objects.filter(_IS_APPROVED, state=PolicyTemplate.State.ACTIVE)


def _holds(template: PolicyTemplate, at: dt.datetime) -> bool:
    begins, ends = template.valid_from, template.valid_until
    is_valid_now = (begins is None or begins <= at) and (ends is None or at < ends)
    return is_valid_now and content_hash(template) == template.content_hash
