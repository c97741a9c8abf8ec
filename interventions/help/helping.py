"""What every act of help begins with: may they, is the case as they saw it, and is it taken up."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from audit.models import AuditEvent
from audit.services import record
from customers import bank_clock
from interventions.casework import cases, undoing
from interventions.casework.case_rights import taken_up
from interventions.casework.case_steps import CaseRefused
from interventions.effect import holdout
from interventions.models import Case, PromiseToPay, ReliefOffer

State = Case.State


class Refused(CaseRefused):
    """What was asked for is not done; the text says why and what to do instead."""


@contextmanager
def begun(*, case: Case, by: User) -> Iterator[Case]:
    """A transaction in which somebody helps with a case that they have taken up.

    Raises:
        Refused: it is held out.
        Case.DoesNotExist, PermissionDenied, CaseChanged, CaseRefused: as in `taken`.
    """
    with taken(case=case, by=by) as held:
        if holdout.is_held_out(held):
            raise Refused(
                _(
                    "Watch only: this case is part of an approved comparison. If the customer asks for help, enter"
                    " that conversation as one in which they came to us; then help at once."
                )
            )
        yield held


@contextmanager
def taken(*, case: Case, by: User) -> Iterator[Case]:
    """A transaction with a case that somebody has taken up; its customer is locked before it.

    One that nobody works on is started, one that waits is woken. Afterwards the caller's object is brought up to date,
    so that the next act with it is not refused as stale.

    Args:
        case: As the caller saw it.
        by: Who acts: a relationship manager for a customer they look after, or a supervisor.

    Raises:
        Case.DoesNotExist: not visible to them.
        PermissionDenied: it is not theirs to work on.
        CaseChanged: somebody changed it since.
        CaseRefused: it is resolved.
    """
    with transaction.atomic():
        held = taken_up(case.pk, case.version, by)
        if held.state == State.WAITING:
            held = cases.wake(case_id=held.pk, version=held.version, by=by)
        elif held.state != State.IN_PROGRESS:
            held = cases.start(case_id=held.pk, version=held.version, by=by)
        yield held
    case.refresh_from_db()


def taken_up_as_it_is(case_id: int, by: User) -> Case:
    """The case of what a customer has answered, under lock: that counts, whatever else changed on the case meanwhile.

    Raises:
        Case.DoesNotExist, PermissionDenied, CaseRefused: as in `taken`.
    """
    return taken_up(case_id, Case.objects.values_list("version", flat=True).get(pk=case_id), by)


def refuse_unless_just_done(subject_type: str, subject_id: int, action: str, by: User) -> None:
    """Refuse to undo what somebody did not do themselves just now, or did not do last.

    Raises:
        CaseRefused: as in `undoing.refuse_late`, or it was another, or it was undone already.
    """
    events = AuditEvent.objects.filter(subject_type=subject_type, subject_id=str(subject_id))
    last = events.order_by("-id").first()
    if last is None or last.action != action or last.actor_id != by.pk:
        raise Refused(_("This cannot be undone any more."))
    undoing.refuse_late(last.recorded_at)


def recorded(
    matter: PromiseToPay | ReliefOffer,
    action: str,
    *,
    by: User | None,
    detail: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str = "",
) -> None:
    """Tell the audit what became of a promise or an offer.

    Args:
        matter: Which.
        action: The audit's name for it.
        by: Who did it; None is the system.
        detail: Ids and names, besides those that all of them have.
        after: What is personal of it, and can be erased.
        reason: In their words.
    """
    record(
        action=action,
        subject_type="promise" if isinstance(matter, PromiseToPay) else "relief_offer",
        subject_id=matter.pk,
        actor=by,
        customer=matter.customer_id,
        reason=reason,
        detail={
            "customer_id": matter.customer_id,
            "case_id": matter.case_id,
            "loan_id": matter.loan_id,
            **detail,
        },
        personal={"after": dict(after)},
    )


def has_open_matters(case: Case, *, but: object = None) -> bool:
    """Whether anything of a case still waits: a message, an offer, a promise, or a reviewer.

    Args:
        case: Under the caller's lock.
        but: A promise or an offer that does not count.
    """
    drafts = case.interventions.filter(state__in=["draft", "awaiting_approval"])
    calls = case.interventions.filter(state="confirmed", channel="call", scheduled_for__gt=bank_clock.now())
    deliveries = case.deliveries.filter(state__in=["pending", "sending"])
    matters = [case.offers.filter(state="offered"), case.promises.filter(state="open")]
    return (
        any(found.exists() for found in (drafts, calls, deliveries))
        or any(each != but for found in matters for each in found)
        or case.state == State.ESCALATED
    )
