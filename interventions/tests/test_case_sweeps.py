"""What time alone does to cases."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import OperationalError

from customers.tests.factories import LoanFactory
from interventions import tasks
from interventions.casework import bank_calendar, case_sweeps, holdout_endings
from interventions.casework.business_hours import deadline
from interventions.models import Case, PromiseToPay
from interventions.models.case import DecisionFailure
from interventions.tests.cases import brought, opened
from interventions.tests.governed import active_holdout, active_policy
from interventions.tests.staff import assessed, manager, supervisor
from interventions.tests.test_holdout import drawn
from risk.alerts import add_to_digest
from risk.levels import Hardship, Level
from risk.models import Alert, CurrentRisk, PendingDecision
from risk.tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
State, Outcome = Case.State, Case.Outcome


def marked() -> set[int]:
    return set(PendingDecision.objects.values_list("customer_id", flat=True))


def test_snoozed_case_comes_back(at_noon: time_machine.Traveller) -> None:
    case = brought(State.WAITING)
    tasks.tend_cases()
    case.refresh_from_db()
    assert case.state == State.WAITING

    at_noon.move_to(NOON + 2 * DAY)
    assert case_sweeps.wake_snoozed() == 1

    case.refresh_from_db()
    assert (case.state, case.snoozed_until) == (State.ASSIGNED, None)
    assert case.transitions.get().by is None


def test_breach_is_noted_once(at_noon: time_machine.Traveller) -> None:
    rm = manager()
    late, contacted, done = opened(to=rm), opened(to=rm), brought(State.RESOLVED, to=rm)
    Case.objects.filter(pk=contacted.pk).update(first_contact_at=NOON)
    assert case_sweeps.mark_breaches() == 0

    at_noon.move_to(NOON + 4 * HOUR)
    assert [case_sweeps.mark_breaches() for _time in range(2)] == [1, 0]

    late.refresh_from_db()
    assert late.sla_breached_at is not None
    done.refresh_from_db()
    assert done.sla_breached_at is None


def digests() -> list[tuple[str, dict[str, object]]]:
    found = Alert.objects.filter(dedupe_key__startswith="cases.sla_breached.").order_by("pk")
    return list(found.values_list("message", "detail"))


def test_breaches_of_a_day_are_one_alert(at_noon: time_machine.Traveller) -> None:
    rm = manager()
    first, nobodys = [opened(to=rm) for _ in range(2)], opened()
    later = opened(to=rm, sla_due_at=NOON + 5 * HOUR)
    at_noon.move_to(NOON + 4 * HOUR)
    assert case_sweeps.mark_breaches() == 3

    at_noon.move_to(NOON + 5 * HOUR)
    assert case_sweeps.mark_breaches() == 1

    ((message, detail),) = digests()
    assert message == "4 cases missed their first contact since 16:00."
    assert sorted(detail["cases"]) == sorted(case.pk for case in [*first, nobodys, later])  # type: ignore[call-overload]
    assert (detail["count"], detail["by_worker"]) == (4, {str(rm.pk): 3, "": 1})


def test_breach_after_the_alert_was_read_begins_another(at_noon: time_machine.Traveller) -> None:
    opened()
    at_noon.move_to(NOON + 4 * HOUR)
    case_sweeps.mark_breaches()
    Alert.objects.update(acknowledged_at=NOON, acknowledged_by=supervisor())
    second = opened(sla_due_at=NOON)

    case_sweeps.mark_breaches()

    assert [message for message, _detail in digests()] == ["1 case missed its first contact since 16:00."] * 2
    assert digests()[1][1]["cases"] == [second.pk]


def test_breach_that_is_not_stored_is_in_no_alert(
    monkeypatch: pytest.MonkeyPatch, at_noon: time_machine.Traveller
) -> None:
    """A worker that dies between the two leaves neither: the next sweep has both."""
    opened()
    at_noon.move_to(NOON + 4 * HOUR)
    real = add_to_digest

    def dies(**said: Any) -> None:
        real(**said)
        raise SystemExit

    monkeypatch.setattr(case_sweeps, "add_to_digest", dies)
    with pytest.raises(SystemExit):
        case_sweeps.mark_breaches()
    assert digests() == []

    monkeypatch.setattr(case_sweeps, "add_to_digest", real)
    assert case_sweeps.mark_breaches() == 1
    assert [detail["count"] for _message, detail in digests()] == [1]


def test_alert_of_many_breaches_stays_small(
    monkeypatch: pytest.MonkeyPatch, at_noon: time_machine.Traveller
) -> None:
    monkeypatch.setattr(case_sweeps, "MOST_IN_DIGEST", 2)
    for _ in range(3):
        opened()
    at_noon.move_to(NOON + 4 * HOUR)

    case_sweeps.mark_breaches()

    ((_message, detail),) = digests()
    assert (detail["count"], len(detail["cases"])) == (3, 2)  # type: ignore[arg-type]
    assert detail["list"] == "/cases/?view=all&late=1"


def test_nobody_is_late_with_a_case_that_is_held_out(at_noon: time_machine.Traveller) -> None:
    policy = active_policy(hardship=Hardship.OVERSPENDING, level=Level.MEDIUM)
    active_holdout(share=0.5)
    case = drawn(policy)
    # Those drawn before it, who fell into the other arm, would be late.
    Case.objects.exclude(pk=case.pk).update(first_contact_at=NOON)
    at_noon.move_to(NOON + 4 * HOUR)
    assert case_sweeps.mark_breaches() == 0

    holdout_endings.end(case=case, by=supervisor(), reason="asked in the branch")

    assert case_sweeps.mark_breaches() == 0


def test_time_for_the_first_contact_begins_when_a_holdout_ends(at_noon: time_machine.Traveller) -> None:
    policy = active_policy(hardship=Hardship.OVERSPENDING, level=Level.MEDIUM)
    active_holdout(share=0.5)
    case = drawn(policy)
    Case.objects.exclude(pk=case.pk).update(first_contact_at=NOON)
    at_noon.move_to(NOON + 3 * DAY)
    holdout_endings.end(case=case, by=supervisor(), reason="asked in the branch")

    case.refresh_from_db()
    hours, calendar = policy.sla_hours, bank_calendar.calendar()
    ended_at = case.holdout_end.ended_at
    earliest = deadline(start=NOON + 3 * DAY, hours=hours, calendar=calendar)
    assert case.sla_due_at is not None and earliest <= case.sla_due_at
    assert case.sla_due_at - deadline(start=ended_at, hours=hours, calendar=calendar) < HOUR
    assert case.sla_at_risk_at is not None and ended_at < case.sla_at_risk_at < case.sla_due_at
    assert case.transitions.get().verb == "holdout_ended"
    assert case_sweeps.mark_breaches() == 0

    at_noon.move_to(case.sla_due_at)
    assert case_sweeps.mark_breaches() == 1


def test_first_contact_that_was_made_is_not_timed_anew(at_noon: time_machine.Traveller) -> None:
    policy = active_policy(hardship=Hardship.OVERSPENDING, level=Level.MEDIUM)
    active_holdout(share=0.5)
    case = drawn(policy)
    Case.objects.filter(pk=case.pk).update(first_contact_at=NOON)
    at_noon.move_to(NOON + 3 * DAY)

    holdout_endings.end(case=case, by=supervisor(), reason="asked in the branch")

    due_at = case.sla_due_at
    case.refresh_from_db()
    assert case.sla_due_at == due_at


@pytest.mark.parametrize("work", [case_sweeps._wake, case_sweeps._mark_breach])
def test_case_that_has_moved_on_meanwhile_is_left(work: object) -> None:
    assert not work(brought(State.RESOLVED), NOON)  # type: ignore[operator]


def test_one_that_fails_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch, at_noon: time_machine.Traveller
) -> None:
    bad, good = brought(State.WAITING), brought(State.WAITING, to=manager("rm2"))
    real = case_sweeps._wake

    def wake(case: Case, now: dt.datetime) -> bool:
        if case.pk == bad.pk:
            raise ZeroDivisionError
        return real(case, now)

    monkeypatch.setattr(case_sweeps, "_wake", wake)
    at_noon.move_to(NOON + 3 * DAY)

    assert case_sweeps.wake_snoozed() == 1
    good.refresh_from_db()
    assert good.state == State.ASSIGNED
    assert Alert.objects.get(kind=Alert.Kind.OPERATIONAL).detail == {"cases": [bad.pk]}


def test_database_that_is_away_is_not_swallowed(
    monkeypatch: pytest.MonkeyPatch, at_noon: time_machine.Traveller
) -> None:
    def away(case: Case, now: dt.datetime) -> bool:
        raise OperationalError("gone")

    brought(State.WAITING)
    monkeypatch.setattr(case_sweeps, "_wake", away)
    at_noon.move_to(NOON + 3 * DAY)

    with pytest.raises(OperationalError):
        case_sweeps.wake_snoozed()


def calm(case: Case, since: dt.timedelta) -> Case:
    Case.objects.filter(pk=case.pk).update(level=Level.LOW, calm_since=NOON - since)
    CurrentRisk.objects.filter(customer=case.customer).update(level=Level.LOW)
    return case


def test_those_are_reconsidered_for_whom_time_changed_something() -> None:
    rm = manager()
    lasting, short = calm(opened(to=rm), DAY), calm(opened(to=rm), HOUR)
    in_hand, long_in_hand = (calm(brought(State.IN_PROGRESS, to=rm), days * DAY) for days in (2, 7))
    missed = opened(to=rm)
    CurrentRisk.objects.filter(customer=missed.customer).update(next_due_on=TODAY - 4 * DAY)
    opened(to=rm)

    assert case_sweeps.reconsider() == 3
    assert marked() == {lasting.customer_id, long_in_hand.customer_id, missed.customer_id}
    assert case_sweeps.reconsider() == 0
    assert short.customer_id not in marked() and in_hand.customer_id not in marked()

    tasks.decide()
    assert dict(Case.objects.exclude(outcome="").values_list("customer_id", "outcome")) == {
        lasting.customer_id: Outcome.SELF_CURED,
        long_in_hand.customer_id: Outcome.SELF_CURED,
        missed.customer_id: Outcome.MISSED,
    }


def test_open_promise_is_waited_for() -> None:
    case = opened(to=manager())
    CurrentRisk.objects.filter(customer=case.customer).update(next_due_on=TODAY - 4 * DAY)
    PromiseToPay.objects.create(
        case=case,
        customer=case.customer,
        loan=LoanFactory.create(customer=case.customer),
        amount=5,
        promised_on=TODAY,
        made_at=NOON,
        made_with=supervisor(),
    )

    assert case_sweeps.reconsider() == 0


def test_rest_ends_and_a_case_opens(at_noon: time_machine.Traveller) -> None:
    done = brought(State.RESOLVED)
    low, overdue = assessed(level=Level.LOW), assessed(level=Level.HIGH, next_due_on=TODAY - 9 * DAY)
    unmarked = assessed(level=Level.MEDIUM, hardship=Hardship.OVERSPENDING, next_due_on=None)
    tasks.reconsider_cases()
    assert marked() == {unmarked.pk}

    at_noon.move_to(NOON + 7 * DAY)
    tasks.reconsider_cases()
    assert marked() == {unmarked.pk, done.customer_id}
    tasks.decide()
    assert set(Case.objects.open().values_list("customer_id", flat=True)) == {unmarked.pk, done.customer_id}
    assert not Case.objects.filter(customer__in=[low, overdue]).exists()


def test_failures_without_a_mark_are_forgotten() -> None:
    DecisionFailure.objects.create(customer=assessed(level=Level.LOW), revision=1, failed_at=NOON, error="x")

    case_sweeps.reconsider()

    assert not DecisionFailure.objects.exists()
