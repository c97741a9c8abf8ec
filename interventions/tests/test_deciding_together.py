"""Many at once: workers that decide, people who ask for the next case, assignment at the limits, and kills."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections, transaction
from django.db.models import F

from customers import roles
from customers.models import Customer
from interventions.casework import assignment, cases, deciding, deciding_facts
from interventions.models import Case, CaseTransition
from interventions.tests.cases import opened
from interventions.tests.staff import assessed, manager, supervisor, user
from risk.levels import Hardship, Level
from risk.models import CurrentRisk, PendingDecision
from tests.programs import MANAGE, Program
from tests.threads import Elsewhere, uncommitted

pytestmark = pytest.mark.django_db(transaction=True)


def together(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all of these at the same time, each on a connection of its own; their results in order."""
    begin = threading.Barrier(len(works))

    def wait_and(work: Callable[[], Any]) -> Any:
        begin.wait(30)
        return work()

    elsewhere = [Elsewhere(lambda _self, work=work: wait_and(work)) for work in works]  # type: ignore[misc]
    return [each.finish() for each in elsewhere]


def concerned(level: Level = Level.HIGH, **fields: Any) -> Customer:
    """Somebody who is not overdue, whatever the day."""
    return assessed(level=level, hardship=Hardship.OVERSPENDING, next_due_on=None, **fields)


def portfolio(count: int) -> list[Customer]:
    """Customers whose risk has just been concluded, every third at LOW."""
    customers = []
    for number in range(count):
        level = Level.LOW if number % 3 == 0 else Level.HIGH
        customers.append(concerned(level))
        PendingDecision.objects.create(customer=customers[-1], revision=1)
    return customers


def conclude_anew(customers: Sequence[Customer]) -> None:
    """As a refresh does: the risk and the mark in one transaction, in the order of ids."""
    with transaction.atomic():
        ids = sorted(customer.pk for customer in customers)
        CurrentRisk.objects.filter(pk__in=ids).update(
            revision=F("revision") + 1, level=(Level.MEDIUM if ids[0] % 2 else Level.HIGH)
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO risk_pendingdecision AS pending (customer_id, revision)"
                " SELECT customer_id, revision FROM risk_currentrisk WHERE customer_id = ANY(%s)"
                " ORDER BY customer_id"
                " ON CONFLICT (customer_id) DO UPDATE SET revision = excluded.revision",
                [ids],
            )


def decide_all() -> None:
    while deciding.decide_pending(limit=15):
        pass


def assert_decided_once(customers: Sequence[Customer]) -> None:
    """Nobody waits, nobody has two cases, and every case is of the newest assessment."""
    assert not PendingDecision.objects.exists()
    risks = {risk.pk: risk for risk in CurrentRisk.objects.all()}
    open_cases = Case.objects.open()
    assert set(open_cases.values_list("customer_id", flat=True)) == {
        customer.pk for customer in customers if risks[customer.pk].level > Level.LOW
    }
    for case in open_cases:
        assert (case.revision, case.level) == (
            risks[case.customer_id].revision,
            risks[case.customer_id].level,
        )
    openings = CaseTransition.objects.filter(verb="opened").values_list("customer_id", flat=True)
    assert set(Counter(openings).values()) <= {1}


def test_workers_and_refreshes_at_once_lose_no_mark_and_open_no_case_twice() -> None:
    manager()
    customers = portfolio(90)

    def refresh(part: int) -> None:
        for begin in range(part, 90, 9):
            conclude_anew(customers[begin : begin + 3])

    together([decide_all, decide_all, decide_all, lambda: refresh(0), lambda: refresh(3), lambda: refresh(6)])
    decide_all()

    assert_decided_once(customers)


def test_mark_that_is_renewed_while_it_is_decided_upon_stays() -> None:
    customer = concerned()
    PendingDecision.objects.create(customer=customer, revision=1)

    with uncommitted(deciding.decide_pending):
        refresh = Elsewhere(lambda _self: conclude_anew([customer]))
    refresh.finish()

    assert PendingDecision.objects.get().revision == 2
    decide_all()
    assert_decided_once([customer])


def test_quiet_mark_that_turns_urgent_meanwhile_stays() -> None:
    customer = concerned(Level.LOW)
    PendingDecision.objects.create(customer=customer, revision=1)

    with uncommitted(lambda: conclude_anew([customer])):
        assert deciding_facts.clear_quiet() == (0, None)

    decide_all()
    assert_decided_once([customer])
    assert Case.objects.count() == 1


def test_parallel_assignments_keep_to_the_limits() -> None:
    rms = [manager(f"rm{number}") for number in range(3)]
    for rm in rms:
        assignment.set_duty(user=rm, by=None, case_limit=7)
    for number in range(40):
        customer = concerned(assigned_rm=rms[number % 2])
        PendingDecision.objects.create(customer=customer, revision=1)

    together([lambda: deciding.decide_chunk(limit=2)] * 20)

    counts = Counter(Case.objects.values_list("assigned_to", flat=True))
    assert counts == {rms[0].pk: 7, rms[1].pk: 7, rms[2].pk: 7, None: 19}
    covered = Customer.objects.exclude(covering_rm=None).values_list("covering_rm", flat=True)
    assert set(covered) <= {rm.pk for rm in rms}
    for case in Case.objects.exclude(assigned_to=None).select_related("customer"):
        assert case.assigned_to_id in (case.customer.assigned_rm_id, case.customer.covering_rm_id)


def test_fifty_ask_for_the_next_case_and_no_two_get_the_same() -> None:
    rm = manager()
    people = [rm, *(user(f"supervisor{number}", roles.SUPERVISORS) for number in range(49))]
    for number in range(45):
        opened(assessed(level=Level.HIGH, assigned_rm=rm), rank=float(number))

    def claim(by: User) -> Callable[[], Case | None]:
        return lambda: cases.claim_next(by=by)

    claimed = together([claim(by) for by in people])

    got = [case.pk for case in claimed if case]
    assert sorted(got) == sorted(Case.objects.values_list("pk", flat=True))
    assert claimed.count(None) == 5
    assert Case.objects.filter(state=Case.State.IN_PROGRESS).values("assigned_to").distinct().count() == 45


def test_one_form_of_two_that_come_at_once_wins() -> None:
    case, boss = opened(to=manager()), supervisor()

    def resolve() -> str:
        try:
            cases.resolve(case_id=case.pk, version=1, by=boss, outcome=Case.Outcome.HELPED)
        except cases.CaseChanged:
            return "changed"
        return "resolved"

    assert sorted(together([resolve, resolve])) == ["changed", "resolved"]
    assert case.transitions.count() == 1


@pytest.mark.slow
@pytest.mark.flow
def test_killed_worker_loses_and_doubles_nothing(process_environment: dict[str, str], tmp_path: Path) -> None:
    manager()
    customers = portfolio(240)
    command = (
        *MANAGE,
        "shell",
        "-c",
        "from interventions.casework import deciding\nwhile deciding.decide_pending(limit=4): pass",
    )

    for kill in range(1, 4):
        with Program(*command, environment=process_environment, output=tmp_path / "worker.log") as worker:
            worker.until(lambda reached=kill * 12: Case.objects.count() >= reached)  # type: ignore[misc]
    decide_all()

    assert_decided_once(customers)
    assert not connections["default"].in_atomic_block
