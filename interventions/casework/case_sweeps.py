"""What time alone does to cases: snoozed ones come back, deadlines pass, calm lasts, rests end."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop, ngettext

from customers import bank_clock
from interventions import stored_words
from interventions.casework import case_rules, sweeping
from interventions.casework.case_steps import lock, take
from interventions.casework.deciding_facts import PROMISE_FELL_BACK
from interventions.models import Case, HoldoutAssignment
from risk.alerts import add_to_digest
from risk.reading import plan_for_chunks

MOST = 500
MOST_IN_DIGEST = 200
# Where the console lists them all.
LATE_CASES = "/cases/?view=all&late=1"
State = Case.State


def wake_snoozed() -> int:
    """Bring back cases whose time has come; returns how many."""
    due = Case.objects.filter(state=State.WAITING, snoozed_until__lte=bank_clock.now())
    return _each(due.order_by("snoozed_until").values_list("pk", flat=True)[:MOST], _wake)


def mark_breaches() -> int:
    """Note, once, that a first contact is late, and add it to the one alert of the bank day that nobody has read yet.

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
    gets a case when a rest has ended, or what it rested on is undone. It also heals what no mark speaks of any more.
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
    add_to_digest(
        occasion=f"cases.sla_breached.{bank_clock.day_of(now)}",
        begins_with={"since": now.isoformat(), "count": 0, "cases": [], "by_worker": {}},
        write=lambda detail: _with_breach(case, detail),
    )
    return True


def _with_breach(case: Case, detail: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The alert about late first contacts, with one more. The list of late cases names those it has no room for."""
    count, worker = detail["count"] + 1, str(case.assigned_to_id or "")
    with stored_words.kept():
        message = late_in_words(count, detail["since"])
    return message, {
        "since": detail["since"],
        "count": count,
        "cases": [*detail["cases"], case.pk][:MOST_IN_DIGEST],
        "by_worker": detail["by_worker"] | {worker: detail["by_worker"].get(worker, 0) + 1},
        "list": LATE_CASES,
    }


def late_in_words(count: int, since: str) -> str:
    """How many first contacts were missed since a moment, which is in ISO 8601."""
    local = timezone.localtime(dt.datetime.fromisoformat(since), bank_clock.zone())
    return ngettext(
        "%(n)d case missed its first contact since %(time)s.",
        "%(n)d cases missed their first contact since %(time)s.",
        count,
    ) % {"n": count, "time": f"{local:%H:%M}"}


def _each(case_ids: Iterable[int], work: Callable[[Case, dt.datetime], bool]) -> int:
    """Do the same with cases, each under its lock."""

    def one(case_id: int) -> bool:
        with transaction.atomic():
            return work(lock(case_id, by=None), bank_clock.now())

    message = gettext_noop("Cases could not be woken, or their breach not noted. The log says why.")
    return sweeping.each(case_ids, one, what="cases", message=message)


_FORGET_FAILURES = """
DELETE FROM interventions_decisionfailure failure WHERE NOT EXISTS (
    SELECT FROM risk_pendingdecision pending WHERE pending.customer_id = failure.customer_id
)
"""
# The rules decide; this only finds, without reading everybody at LOW (the factor is the index's).
_RECONSIDER = f"""
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
    UNION
    SELECT risk.customer_id, risk.revision FROM interventions_case past
    JOIN risk_currentrisk risk ON risk.customer_id = past.customer_id
    WHERE past.state = 'resolved' AND past.resolved_at > %(rest)s AND {PROMISE_FELL_BACK}
        AND risk.level >= 2 AND coalesce(risk.next_due_on >= %(missed)s, true) AND NOT EXISTS (
            SELECT FROM interventions_case later
            WHERE later.customer_id = past.customer_id AND later.opened_at > past.opened_at
        )
) found ORDER BY customer_id
ON CONFLICT (customer_id) DO NOTHING
"""  # noqa: S608 - our own words
