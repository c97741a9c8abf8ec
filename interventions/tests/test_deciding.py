"""From pending decisions to cases: opened, changed, closed, assigned, and told."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from pytest_django.fixtures import DjangoAssertNumQueries

from audit.models import AuditEvent
from customers.models import Customer
from customers.tests.factories import LoanFactory
from interventions import tasks
from interventions.casework import assignment, deciding, deciding_cases, deciding_facts
from interventions.models import Case, CaseTransition, DecisionFailure, HoldoutAssignment, PromiseToPay
from interventions.tests.governed import active_holdout, active_policy
from interventions.tests.staff import assessed, manager, supervisor
from risk.levels import Hardship, Level
from risk.models import Alert, CurrentRisk, DayEvaluation, DayRange, PendingDecision
from risk.tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
State, Outcome = Case.State, Case.Outcome


def waiting(level: Level = Level.HIGH, **fields: Any) -> Customer:
    """A customer whose risk has just been concluded."""
    customer = assessed(level=level, **{"hardship": Hardship.INCOME_SHOCK, **fields})
    mark(customer)
    return customer


def mark(customer: Customer) -> None:
    revision = CurrentRisk.objects.get(customer=customer).revision
    PendingDecision.objects.update_or_create(customer=customer, defaults={"revision": revision})


def concluded(customer: Customer, level: Level, **fields: Any) -> None:
    """The risk is concluded anew, and decided upon."""
    risk = CurrentRisk.objects.get(customer=customer)
    risk.level, risk.revision = level, risk.revision + 1
    for name, value in fields.items():
        setattr(risk, name, value)
    risk.save()
    mark(customer)
    assert deciding.decide_pending() == 1


def case_of(customer: Customer) -> Case:
    return Case.objects.get(customer=customer)


def told(case: Case) -> list[tuple[str, str, str]]:
    return list(case.transitions.order_by("id").values_list("verb", "from_state", "to_state"))


def test_raised_risk_opens_a_case_that_is_the_managers() -> None:
    rm = manager()
    customer = waiting(assigned_rm=rm, probability=0.5, band=Level.HIGH, model_id=1, score_level=Level.HIGH)
    LoanFactory.create(customer=customer, outstanding_amount=Decimal("200000.00"))

    assert deciding.decide_pending() == 1

    case = case_of(customer)
    assert (case.state, case.assigned_to, case.level, case.hardship) == (
        State.ASSIGNED,
        rm,
        Level.HIGH,
        Hardship.INCOME_SHOCK,
    )
    assert (case.expected_harm_amount, case.revision, case.version) == (Decimal("45000.00"), 1, 1)
    assert case.due_on == TODAY + 10 * DAY
    assert NOON < case.sla_at_risk_at < case.sla_due_at  # type: ignore[operator]
    assert told(case) == [("opened", "", "assigned")]
    event = AuditEvent.objects.get(action="interventions.case.opened")
    assert (event.subject_id, event.detail["assigned_to"], event.actor) == (str(case.pk), rm.pk, None)
    assert not PendingDecision.objects.exists()
    customer.refresh_from_db()
    assert customer.covering_rm is None


def test_active_policy_gives_priority_and_deadline() -> None:
    policy = active_policy(priority="URGENT", sla_hours=4)
    customer = waiting()

    deciding.decide_pending()

    case = case_of(customer)
    assert (case.policy, case.priority) == (policy, "URGENT")
    assert case.sla_due_at is not None and NOON + 4 * HOUR <= case.sla_due_at < NOON + 4 * HOUR + DAY / 1440
    event = AuditEvent.objects.get(action="interventions.case.opened")
    assert event.detail["policy"] == policy.pk


def test_new_active_policy_is_taken_over_and_a_raised_priority_kept_until_then() -> None:
    customer = waiting()
    deciding.decide_pending()
    Case.objects.update(priority="URGENT")

    concluded(customer, Level.HIGH)
    assert case_of(customer).priority == "URGENT"
    policy = active_policy(priority="MEDIUM")
    concluded(customer, Level.HIGH)

    assert (case_of(customer).priority, case_of(customer).policy) == ("MEDIUM", policy)
    assert told(case_of(customer))[-1] == ("reprioritised", "new", "new")


def test_held_out_cases_are_drawn_with_the_opening() -> None:
    active_holdout(share=0.5, hardships=["OVERSPENDING"], levels=["MEDIUM"])
    customer = waiting(Level.MEDIUM, hardship=Hardship.OVERSPENDING)

    deciding.decide_pending()

    assert HoldoutAssignment.objects.get().case == case_of(customer)


def test_without_outstanding_the_instalment_is_what_is_at_stake() -> None:
    customer = waiting(next_due_amount=Decimal("10000.00"))

    deciding.decide_pending()

    assert case_of(customer).expected_harm_amount == Decimal("1800.00")  # 0.40 × 10,000 × 0.45


def test_low_without_a_case_leaves_nothing_in_bulk(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _number in range(5):
        waiting(Level.LOW)

    # The bulk and the empty claim, each with its plan in a savepoint.
    with django_assert_num_queries(8):
        assert deciding.decide_pending() == 5

    assert not PendingDecision.objects.exists()
    assert not Case.objects.exists()


@pytest.mark.parametrize(("minutes_ago", "decided"), [(1, 0), (11, 1)])
def test_deciding_leaves_the_workers_to_a_bank_day_that_began(minutes_ago: int, decided: int) -> None:
    waiting()
    day = DayEvaluation.objects.create(day_on=TODAY, started_at=NOON - dt.timedelta(minutes=minutes_ago))
    last = DayRange.objects.create(evaluation=day, first_customer_id=1, last_customer_id=9)

    tasks.decide()
    assert Case.objects.count() == decided

    last.delete()
    tasks.decide()
    assert Case.objects.count() == 1


def test_mark_of_a_later_revision_is_not_quiet() -> None:
    customer = waiting(Level.LOW)
    PendingDecision.objects.filter(customer=customer).update(revision=9)

    assert deciding_facts.clear_quiet() == (0, None)


def test_marks_behind_many_others_are_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding_facts, "QUIET_CHUNK", 2)
    levels = [Level.HIGH, Level.HIGH, Level.HIGH, Level.LOW, Level.LOW]
    customers = [waiting(level) for level in levels]

    assert deciding_facts.clear_quiet() == (0, customers[1].pk)
    with monkeypatch.context() as patched:
        patched.setattr(deciding, "QUIET_TURNS", 1)
        assert deciding.decide_pending(limit=1) == 1
    assert deciding.decide_pending(limit=1) == 3
    assert PendingDecision.objects.count() == 1


def test_second_decision_changes_what_is_open() -> None:
    customer = waiting(Level.MEDIUM)
    deciding.decide_pending()
    before = case_of(customer)

    concluded(customer, Level.HIGH)

    case = case_of(customer)
    assert (case.pk, case.level, case.revision) == (before.pk, Level.HIGH, 2)
    assert case.rank > before.rank
    assert case.sla_due_at < before.sla_due_at  # type: ignore[operator]
    assert told(case)[1:] == [("reprioritised", "new", "new")]
    assert CaseTransition.objects.latest("id").detail["was"]["level"] == "MEDIUM"


def test_smaller_risk_does_not_put_off_the_deadline() -> None:
    customer = waiting(Level.HIGH)
    deciding.decide_pending()
    before = case_of(customer)

    concluded(customer, Level.MEDIUM)

    assert case_of(customer).sla_due_at == before.sla_due_at


def test_only_figures_moving_is_not_told() -> None:
    customer = waiting()
    deciding.decide_pending()

    concluded(customer, Level.HIGH, next_due_amount=Decimal("500.00"))

    case = case_of(customer)
    assert (case.expected_harm_amount, case.version) == (Decimal("90.00"), 1)
    assert [verb for verb, _before, _after in told(case)] == ["opened"]


def test_flapping_opens_one_case_and_closes_none(at_noon: time_machine.Traveller) -> None:
    customer = waiting()
    deciding.decide_pending()
    for number in range(6):
        at_noon.move_to(NOON + number * HOUR)
        concluded(customer, Level.LOW if number % 2 == 0 else Level.MEDIUM)

    case = case_of(customer)
    assert (case.state, case.calm_since) == (State.NEW, None)


def test_calm_closes_as_self_cured_when_it_has_lasted(at_noon: time_machine.Traveller) -> None:
    customer = waiting(assigned_rm=manager())
    deciding.decide_pending()
    concluded(customer, Level.LOW)
    assert case_of(customer).calm_since is not None

    at_noon.move_to(NOON + 25 * HOUR)
    mark(customer)
    assert deciding.decide_pending() == 1

    case = case_of(customer)
    assert (case.state, case.outcome, case.level) == (State.RESOLVED, Outcome.SELF_CURED, Level.LOW)
    assert told(case)[-1] == ("resolved", "assigned", "resolved")


def test_missed_instalment_closes_the_case_and_ends_the_cover(at_noon: time_machine.Traveller) -> None:
    away, helper = manager("rm1"), manager("rm2")
    assignment.set_duty(user=away, by=away, away_until=NOON + 30 * DAY)
    customer = waiting(assigned_rm=away, next_due_on=TODAY)
    deciding.decide_pending()
    customer.refresh_from_db()
    assert (case_of(customer).assigned_to, customer.covering_rm) == (helper, helper)

    at_noon.move_to(NOON + 4 * DAY)
    mark(customer)
    deciding.decide_pending()

    customer.refresh_from_db()
    assert (case_of(customer).outcome, customer.covering_rm) == (Outcome.MISSED, None)


def test_open_promise_keeps_the_case() -> None:
    customer = waiting(next_due_on=TODAY)
    deciding.decide_pending()
    PromiseToPay.objects.create(
        case=case_of(customer),
        customer=customer,
        loan=LoanFactory.create(customer=customer),
        amount=5,
        promised_on=TODAY + 10 * DAY,
        made_at=NOON,
        made_with=supervisor(),
    )

    concluded(customer, Level.HIGH, next_due_on=TODAY - 9 * DAY)

    assert case_of(customer).state == State.NEW


def test_greater_risk_wakes_a_snoozed_case() -> None:
    customer = waiting(Level.MEDIUM, assigned_rm=manager())
    deciding.decide_pending()
    Case.objects.update(state=State.WAITING, snoozed_until=NOON + DAY, first_contact_at=NOON)
    before = case_of(customer)

    concluded(customer, Level.HIGH)

    case = case_of(customer)
    assert (case.state, case.snoozed_until, case.sla_due_at) == (State.ASSIGNED, None, before.sla_due_at)
    assert told(case)[1:] == [("woken", "waiting", "assigned"), ("reprioritised", "assigned", "assigned")]


def test_case_that_somebody_ended_rests() -> None:
    customer = waiting(Level.MEDIUM)
    deciding.decide_pending()
    Case.objects.update(state=State.RESOLVED, outcome=Outcome.NO_NEED, resolved_at=NOON)

    concluded(customer, Level.MEDIUM)
    assert Case.objects.count() == 1
    concluded(customer, Level.HIGH)
    assert Case.objects.filter(state=State.NEW).count() == 1


def test_most_urgent_get_the_room_there_is() -> None:
    rm = manager()
    assignment.set_duty(user=rm, by=None, case_limit=1)
    calm, urgent = waiting(Level.MEDIUM, assigned_rm=rm), waiting(Level.HIGH, assigned_rm=rm)

    deciding.decide_pending()

    assert (case_of(urgent).assigned_to, case_of(calm).assigned_to) == (rm, None)


def test_customer_for_whom_it_fails_is_set_aside_alone(
    monkeypatch: pytest.MonkeyPatch, at_noon: time_machine.Traveller
) -> None:
    customers = [waiting() for _number in range(7)]
    bad, real = customers[3], deciding_cases.opened

    def opened(facts: deciding_facts.Facts, moment: deciding_cases.Moment) -> Case:
        if facts.customer_id == bad.pk:
            raise ZeroDivisionError("no such figure")
        return real(facts, moment)

    monkeypatch.setattr(deciding_cases, "opened", opened)

    assert deciding.decide_pending() == 7
    assert deciding.decide_pending() == 0

    assert set(Case.objects.values_list("customer_id", flat=True)) == {c.pk for c in customers} - {bad.pk}
    failure = DecisionFailure.objects.get()
    assert (failure.customer, failure.error) == (bad, "ZeroDivisionError: no such figure")
    assert str(failure) == f"customer {bad.pk} revision 1"
    assert PendingDecision.objects.get().customer == bad
    assert Alert.objects.get(kind=Alert.Kind.OPERATIONAL).detail == {"customers": [bad.pk]}

    monkeypatch.setattr(deciding_cases, "opened", real)
    at_noon.move_to(NOON + 2 * HOUR)
    assert deciding.decide_pending() == 1
    assert Case.objects.count() == 7
    assert not DecisionFailure.objects.exists()


def test_customer_set_aside_is_tried_when_the_risk_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    customer = waiting()
    with monkeypatch.context() as patched:
        patched.setattr(deciding_cases, "opened", lambda facts, moment: 1 / 0)
        deciding.decide_pending()

    concluded(customer, Level.HIGH)

    assert case_of(customer).revision == 2


def test_database_that_is_away_removes_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(facts: Any, moment: Any) -> Case:
        raise OperationalError("the server closed the connection")

    waiting()
    monkeypatch.setattr(deciding_cases, "opened", away)

    with pytest.raises(OperationalError):
        deciding.decide_pending()

    assert PendingDecision.objects.count() == 1
    assert not DecisionFailure.objects.exists()


def test_number_of_queries_does_not_grow_with_the_chunk(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    manager()
    for _number in range(20):
        waiting()

    with django_assert_max_num_queries(30):
        deciding.decide_pending()

    assert Case.objects.count() == 20


def test_number_of_queries_does_not_grow_with_the_cases_that_end(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    manager()
    customers = [waiting() for _number in range(20)]
    deciding.decide_pending()
    CurrentRisk.objects.update(next_due_on=TODAY - 4 * DAY)
    for customer in customers:
        mark(customer)

    with django_assert_max_num_queries(30):
        deciding.decide_pending()

    assert Case.objects.filter(outcome=Outcome.MISSED).count() == 20
