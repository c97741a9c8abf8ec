"""Staff do otherwise than the policy recommends: recorded with what they did instead, and why."""

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from audit.services import record as audit_record
from customers import bank_clock
from interventions.help import helping
from interventions.help.helping import Refused
from interventions.messages.composing_steps import policy_of
from interventions.models import Case, Override

LONGEST = 200


def record(*, case: Case, chosen: str, category: str, note: str = "", by: User) -> Override:
    """Record that somebody does otherwise than recommended.

    The same twice in a row is one. What was recommended is what the policy says that stands at this moment.

    Args:
        case: As the caller saw it.
        chosen: What is done instead.
        category: An `Override.Category`.
        note: Why, in words; needed for "other".
        by: Who.

    Raises:
        Refused: no policy recommends anything, nothing else is chosen, or a reason is missing.
        Case.DoesNotExist, PermissionDenied, CaseChanged, CaseRefused: as in `helping.begun`.
    """
    chosen, note = chosen.strip(), note.strip()
    with helping.begun(case=case, by=by) as held:
        policy = policy_of(held)
        _check(policy.action, chosen, category, note)
        last = Override.objects.filter(case=held).order_by("-id").first()
        if last and (last.chosen, last.category, last.note, last.by_id) == (chosen, category, note, by.pk):
            return last
        made = Override.objects.create(
            case=held,
            customer_id=held.customer_id,
            policy=policy,
            recommended=policy.action,
            chosen=chosen,
            category=category,
            note=note,
            by=by,
            at=bank_clock.now(),
        )
        audit_record(
            action="interventions.override.recorded",
            subject_type="case",
            subject_id=held.pk,
            actor=by,
            customer=held.customer_id,
            detail={
                "customer_id": held.customer_id,
                "override_id": made.pk,
                "category": category,
                "policy_id": policy.pk,
            },
            personal={"after": {"chosen": chosen, "note": note}},
        )
        return made


def _check(recommended: str, chosen: str, category: str, note: str) -> None:
    if category not in Override.Category.values:
        raise Refused(_("Choose why."))
    if not chosen or len(chosen) > LONGEST:
        raise Refused(_("Say in at most %(most)s letters what you do instead.") % {"most": LONGEST})
    if chosen == recommended:
        raise Refused(_("That is what the policy recommends: nothing is done otherwise."))
    if category == Override.Category.OTHER and not note:
        raise Refused(_("Say why in a note."))
