"""What time alone does to cases: snoozed ones come back, deadlines pass, calm lasts, rests end."""

import datetime as dt
from collections.abc import Callable, Iterable

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from customers import bank_clock
from interventions.casework import case_rules
from interventions.casework.case_steps import lock, take
from interventions.models import Case, HoldoutAssignment
from risk.alerts import raise_operational
from risk.reading import plan_for_chunks

MOST = 500
MOST_NAMED = 20
State = Case.State
log = structlog.get_logger(__name__)


def wake_snoozed() -> int:
    """Bring back cases whose time has come; returns how many."""
    due = Case.objects.filter(state=State.WAITING, snoozed_until__lte=bank_clock.now())
    return _each(due.order_by("snoozed_until").values_list("pk", flat=True)[:MOST], _wake)


def mark_breaches() -> int:
    """Note, once, that a first contact is late, and tell whoever works on the case and the supervisors.

    Nobody is late with a case that is held out: its customer must not be contacted.
    """
    late = (
        Case.objects.open()
        .filter(first_contact_at=None, sla_breached_at=None, sla_due_at__lte=bank_clock.now())
        .exclude(holdout__arm=HoldoutAssignment.Arm.HELD_OUT, holdout_end=None)
    )
    return _each(late.order_by("sla_due_at").values_list("pk", flat=True)[:MOST], _mark_breach)


def reconsider() -> int:
    """Have those decided upon for whom time has changed what is to be done; returns how many.

    A case closes once calm has lasted, or as missed though nothing else changed; a customer whose risk is still raised
    gets a case when a rest has ended. It also heals what no mark speaks of any more.
    """
    now, today = bank_clock.now(), bank_clock.today()
    with transaction.atomic(), connection.cursor() as cursor:
        plan_for_chunks()
        cursor.execute(_FORGET_FAILURES)
        cursor.execute(
            _RECONSIDER,
            {
                "calm": now - case_rules.CALM,
                "calm_in_hand": now - case_rules.CALM_IN_HAND,
                "rest": now - case_rules.REST,
                "today": today,
                "missed": today - dt.timedelta(days=case_rules.MISSED_AFTER_DAYS),
            },
        )
        return int(cursor.rowcount)


def _wake(case: Case, now: dt.datetime) -> bool:
    if case.state != State.WAITING or case.snoozed_until is None or case.snoozed_until > now:
        return False
    take(case, "woken", at=now, state=State.ASSIGNED, snoozed_until=None)
    return True


def _mark_breach(case: Case, now: dt.datetime) -> bool:
    if case.state == State.RESOLVED or case.first_contact_at or case.sla_breached_at:
        return False
    due = case.sla_due_at.isoformat() if case.sla_due_at else None
    take(case, "sla_breached", at=now, detail={"sla_due_at": due}, sla_breached_at=now)
    raise_operational(
        dedupe_key=f"case.sla_breached.{case.pk}",
        message=_("The first contact of a case is late."),
        detail={"case": case.pk, "assigned_to": case.assigned_to_id, "sla_due_at": due},
        customer_id=case.customer_id,
    )
    return True


def _each(case_ids: Iterable[int], work: Callable[[Case, dt.datetime], bool]) -> int:
    """Do the same with cases, each in a transaction of its own; one that fails does not hold up the others."""
    done, failed = 0, []
    for case_id in case_ids:
        try:
            with transaction.atomic():
                done += work(lock(case_id, by=None), bank_clock.now())
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("case passed over", case=case_id)
            failed.append(case_id)
    if failed:
        raise_operational(
            dedupe_key=f"cases.passed_over.{bank_clock.today()}",
            message=_("Cases could not be woken, or their breach not noted. The log says why."),
            detail={"cases": failed[:MOST_NAMED]},
        )
    return done


_FORGET_FAILURES = """
DELETE FROM interventions_decisionfailure failure WHERE NOT EXISTS (
    SELECT FROM risk_pendingdecision pending WHERE pending.customer_id = failure.customer_id
)
"""
# The rules decide; this only finds, without reading everybody at LOW (the factor is the index's).
_RECONSIDER = """
INSERT INTO risk_pendingdecision (customer_id, revision)
SELECT customer_id, revision FROM (
    SELECT risk.customer_id, risk.revision FROM interventions_case held
    JOIN risk_currentrisk risk ON risk.customer_id = held.customer_id
    WHERE held.state <> 'resolved' AND held.calm_since <= %(calm)s
        AND (held.state IN ('new', 'assigned') OR held.calm_since <= %(calm_in_hand)s)
    UNION
    SELECT risk.customer_id, risk.revision FROM interventions_case held
    JOIN risk_currentrisk risk ON risk.customer_id = held.customer_id
    WHERE held.state <> 'resolved' AND risk.next_due_on < %(missed)s AND NOT EXISTS (
        SELECT FROM interventions_promisetopay promise
        WHERE promise.customer_id = held.customer_id AND promise.state = 'open' AND promise.promised_on >= %(today)s
    )
    UNION
    SELECT risk.customer_id, risk.revision FROM risk_currentrisk risk
    WHERE risk.level * -1 <= -2 AND coalesce(risk.next_due_on >= %(missed)s, true) AND NOT EXISTS (
        SELECT FROM interventions_case past WHERE past.customer_id = risk.customer_id AND (
            past.state <> 'resolved'
            OR past.resolved_at > %(rest)s AND past.outcome <> 'missed' AND past.level >= risk.level
        )
    )
) found ORDER BY customer_id
ON CONFLICT (customer_id) DO NOTHING
"""
