"""What people do with cases: who may, what becomes of them, and what is told."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from audit.models import AuditEvent
from customers import roles
from interventions.casework import assignment, case_outcomes, case_rules, cases
from interventions.casework.case_steps import take
from interventions.casework.cases import CaseChanged, CaseRefused
from interventions.help import considering, offers, promises
from interventions.messages import composing
from interventions.models import Case, CaseTransition
from interventions.tests.cases import brought, opened
from interventions.tests.helped import AMOUNT, lending, on_stage, paying
from interventions.tests.staff import assessed, manager, supervisor, user
from risk.tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
State, Outcome = Case.State, Case.Outcome


@pytest.fixture
def rm() -> User:
    return manager("rm1")


@contextmanager
def refused(because: str, error: type[Exception] = CaseRefused) -> Iterator[None]:
    with pytest.raises(error, match=because):
        yield


def at_its_version(case: Case) -> dict[str, Any]:
    case.refresh_from_db()
    return {"case_id": case.pk, "version": case.version}


def last_told(case: Case) -> tuple[str, str, str, str]:
    line: CaseTransition = case.transitions.latest("id")
    event = AuditEvent.objects.filter(subject_type="case", subject_id=str(case.pk)).latest("id")
    assert (event.action, event.actor, event.detail["to"]) == (
        f"interventions.case.{line.verb}",
        line.by,
        line.to_state,
    )
    return line.verb, line.from_state, line.to_state, line.reason


def test_no_step_goes_a_way_there_is_not(rm: User) -> None:
    case = opened()

    with refused("A case that is new cannot become waiting"):
        take(case, "snoozed", state=State.WAITING, assigned_to=rm, snoozed_until=NOON + DAY)


def test_start_takes_a_case_in_hand(rm: User) -> None:
    case = opened(to=rm)

    started = cases.start(**at_its_version(case), by=rm)

    assert (started.state, started.version) == (State.IN_PROGRESS, 2)
    assert last_told(case) == ("started", "assigned", "in_progress", "")


def test_start_makes_a_case_that_is_nobodys_ones_own(rm: User) -> None:
    case = opened(assessed(assigned_rm=rm))

    assert cases.start(**at_its_version(case), by=rm).assigned_to == rm


def test_start_is_refused_where_it_makes_no_sense(rm: User) -> None:
    case = brought(State.WAITING, to=rm)
    with refused("Wake it first"):
        cases.start(**at_its_version(case), by=rm)
    cases.wake(**at_its_version(case), by=rm)
    with refused("working on this case already"):
        cases.start(**at_its_version(case), by=rm)


def test_supervisor_takes_over(rm: User) -> None:
    case, boss = brought(State.IN_PROGRESS, to=rm), supervisor()

    assert cases.start(**at_its_version(case), by=boss).assigned_to == boss
    assert last_told(case)[0] == "taken_over"


def test_older_form_is_refused(rm: User) -> None:
    case = opened(to=rm)
    seen = at_its_version(case)
    cases.start(**seen, by=rm)

    with refused("has changed since", CaseChanged):
        cases.resolve(**seen, by=rm, outcome=Outcome.HELPED)


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("start", {}),
        ("snooze", {"until": NOON + DAY}),
        ("wake", {}),
        ("escalate", {"reason": "cannot reach"}),
        ("resolve", {"outcome": Outcome.HELPED}),
    ],
)
def test_who_may_do_what(verb: str, arguments: dict[str, Any], rm: User) -> None:
    case = opened(to=rm)
    seen = at_its_version(case) | arguments
    do = cases.VERBS[verb]

    with refused("matching query", Case.DoesNotExist):
        do(**seen, by=manager("rm2"))
    case.customer.covering_rm = manager("rm3")
    case.customer.save()
    with refused("is another's", PermissionDenied):
        do(**seen, by=case.customer.covering_rm)
    for role in (roles.COMPLIANCE_OFFICERS, roles.ANALYSTS, None):
        with refused("Only relationship managers and supervisors", PermissionDenied):
            do(**seen, by=user(f"of {role}", role))
    root = User.objects.create_superuser("root")
    with refused("Only relationship managers and supervisors", PermissionDenied):
        do(**seen, by=root)


def test_assigning_is_the_supervisors(rm: User) -> None:
    case = opened(to=rm)
    with refused("Only supervisors", PermissionDenied):
        cases.assign(**at_its_version(case), by=rm, to=rm)


def test_assigning_to_another_manager_lets_them_stand_in(rm: User) -> None:
    case, other = opened(to=rm), manager("rm2")

    given = cases.assign(**at_its_version(case), by=supervisor(), to=other, reason="holiday")

    assert (given.assigned_to, given.state) == (other, State.ASSIGNED)
    assert Case.objects.visible_to(other).get() == case
    assert last_told(case) == ("assigned", "assigned", "assigned", "holiday")
    cases.assign(**at_its_version(case), by=User.objects.get(username="supervisor"), to=rm)
    case.customer.refresh_from_db()
    assert case.customer.covering_rm is None


def test_assigning_to_a_supervisor_is_no_cover(rm: User) -> None:
    case, boss = opened(to=rm), supervisor()

    assert cases.assign(**at_its_version(case), by=boss, to=boss).assigned_to == boss
    case.customer.refresh_from_db()
    assert case.customer.covering_rm is None


def test_nobody_is_given_a_case_while_away(rm: User) -> None:
    case, boss = opened(), supervisor()
    assignment.set_duty(user=rm, by=boss, away_until=NOON + DAY)

    with refused("rm1 is away"):
        cases.assign(**at_its_version(case), by=boss, to=rm)
    with refused("does not work on cases"):
        cases.assign(**at_its_version(case), by=boss, to=user("ana", roles.ANALYSTS))


def test_snoozed_case_waits_and_is_woken(rm: User) -> None:
    case = opened(to=rm)

    snoozed = cases.snooze(**at_its_version(case), by=rm, until=NOON + DAY, reason="salary tomorrow")
    assert (snoozed.state, snoozed.snoozed_until) == (State.WAITING, NOON + DAY)
    woken = cases.wake(**at_its_version(case), by=rm)
    assert (woken.state, woken.snoozed_until) == (State.IN_PROGRESS, None)
    with refused("does not wait"):
        cases.wake(**at_its_version(case), by=rm)


@pytest.mark.parametrize("ahead", [-HOUR, 31 * DAY])
def test_snooze_has_bounds(rm: User, ahead: dt.timedelta) -> None:
    case = opened(to=rm)

    with refused("at most 30 days"):
        cases.snooze(**at_its_version(case), by=rm, until=NOON + ahead)


def test_case_that_is_nobodys_cannot_wait(rm: User) -> None:
    case = opened(assessed(assigned_rm=rm))

    with refused("nobody's yet"):
        cases.snooze(**at_its_version(case), by=rm, until=NOON + DAY)


def test_escalated_case_is_the_supervisors(rm: User) -> None:
    case, boss = opened(to=rm), supervisor()
    with refused("Say why"):
        cases.escalate(**at_its_version(case), by=rm, reason=" ")
    with refused("to a supervisor"):
        cases.escalate(**at_its_version(case), by=rm, to=rm, reason="cannot reach")

    assert cases.escalate(**at_its_version(case), by=rm, to=boss, reason="cannot reach").escalated_to == boss

    with refused("with the supervisors", PermissionDenied):
        cases.start(**at_its_version(case), by=rm)
    with refused("escalated already"):
        cases.escalate(**at_its_version(case), by=boss, reason="again")
    back = cases.assign(**at_its_version(case), by=boss, to=rm)
    assert (back.state, back.escalated_to) == (State.ASSIGNED, None)


def test_resolved_with_an_outcome_ends_the_cover(rm: User) -> None:
    customer = assessed(assigned_rm=manager("rm2"), covering_rm=rm)
    case = opened(customer, to=rm)
    for outcome in case_rules.OUTCOMES_OF_SYSTEM:
        with refused("Only the system"):
            cases.resolve(**at_its_version(case), by=rm, outcome=outcome)
    with refused("Say why"):
        cases.resolve(**at_its_version(case), by=rm, outcome=Outcome.NO_NEED)

    done = cases.resolve(**at_its_version(case), by=rm, outcome=Outcome.NO_NEED, reason="paid in advance")

    assert (done.state, done.outcome) == (State.RESOLVED, Outcome.NO_NEED)
    customer.refresh_from_db()
    assert customer.covering_rm is None
    assert last_told(case) == ("resolved", "assigned", "resolved", "paid in advance")
    with refused("is resolved", CaseRefused):
        cases.start(**at_its_version(case), by=supervisor())


def test_what_did_not_happen_is_no_outcome() -> None:
    """Offered and promised, but neither accepted nor paid."""
    stage = on_stage()
    loan = lending(stage.customer)
    case, by = stage.case, stage.manager
    with refused("accepted no offer of this case. Offer the relief"):
        cases.resolve(**at_its_version(case), by=by, outcome=Outcome.RELIEF_AGREED)
    with refused("No promise of this case is kept. Record the promise"):
        cases.resolve(**at_its_version(case), by=by, outcome=Outcome.PROMISE_KEPT)
    case.refresh_from_db()
    offers.offer(case=case, eligible=considering.eligible(case)[0], by=by)
    promises.make(case=case, loan=loan, amount=AMOUNT, promised_on=TODAY + DAY, by=by)

    with refused("accepted no offer"):
        cases.resolve(**at_its_version(case), by=by, outcome=Outcome.RELIEF_AGREED)
    with refused("still open. Wait for it"):
        cases.resolve(**at_its_version(case), by=by, outcome=Outcome.PROMISE_KEPT)

    assert not {Outcome.RELIEF_AGREED, Outcome.PROMISE_KEPT} & set(case_outcomes.possible(case))
    assert Outcome.HELPED in case_outcomes.possible(case)
    case.refresh_from_db()
    assert case.state == State.IN_PROGRESS


@pytest.mark.parametrize("outcome", [Outcome.RELIEF_AGREED, Outcome.PROMISE_KEPT])
def test_what_happened_is_an_outcome_also_where_something_else_went_on(outcome: Case.Outcome) -> None:
    stage = on_stage()
    loan = lending(stage.customer)
    composing.draft(case=stage.case, channel="sms", by=stage.manager)
    if outcome == Outcome.RELIEF_AGREED:
        made = offers.offer(case=stage.case, eligible=considering.eligible(stage.case)[0], by=stage.manager)
        offers.answer(offer=made, answer="accepted", by=stage.manager)
    else:
        promises.make(case=stage.case, loan=loan, amount=AMOUNT, promised_on=TODAY, by=stage.manager)
        paying(loan, AMOUNT, NOON + HOUR)
        promises.settle_due()

    assert outcome in case_outcomes.possible(stage.case)
    assert cases.resolve(**at_its_version(stage.case), by=stage.manager, outcome=outcome).outcome == outcome


def test_system_settles_once(rm: User) -> None:
    case = brought(State.IN_PROGRESS, to=rm)

    for _time in range(2):
        settled = cases.settle(case_id=case.pk, outcome=Outcome.PROMISE_KEPT, reason="paid")
        assert (settled.state, settled.outcome) == (State.RESOLVED, Outcome.PROMISE_KEPT)
    assert case.transitions.count() == 1


def test_first_contact_is_noted_once_and_moves_no_version(rm: User) -> None:
    case = opened(to=rm)

    assert cases.contacted(case=case, at=NOON)
    assert not cases.contacted(case=case, at=NOON + HOUR)

    before = case.rank
    case.refresh_from_db()
    assert (case.first_contact_at, case.version, case.rank) == (NOON, 1, before)
    assert not cases.contacted(case=brought(State.RESOLVED, to=rm), at=NOON)


def test_next_is_ones_own_most_urgent_then_what_is_nobodys(rm: User) -> None:
    later, sooner = opened(to=rm, rank=1.0), opened(to=rm, rank=2.0)
    nobodys = opened(assessed(assigned_rm=rm), rank=9.0)
    opened(assessed(assigned_rm=manager("rm2")), rank=99.0)

    claimed = [cases.claim_next(by=rm) for _number in range(4)]

    assert claimed == [sooner, later, nobodys, None]
    assert {case.state for case in Case.objects.filter(assigned_to=rm)} == {State.IN_PROGRESS}
    assert last_told(nobodys)[0] == "claimed"


def test_supervisors_get_what_is_escalated_first(rm: User) -> None:
    boss = supervisor()
    nobodys, escalated = opened(rank=9.0), brought(State.ESCALATED, to=rm)

    assert [cases.claim_next(by=boss) for _number in range(3)] == [escalated, nobodys, None]
    with refused("Only relationship managers", PermissionDenied):
        cases.claim_next(by=user("ana", roles.ANALYSTS))


def test_bulk_tells_of_each(rm: User) -> None:
    boss = supervisor()
    good, changed, done = opened(to=rm), opened(to=rm), brought(State.RESOLVED, to=rm)
    ids = [done.pk, good.pk, 10**9, changed.pk]

    results = cases.bulk(
        case_ids=ids, verb="escalate", by=boss, versions={changed.pk: 9}, to=boss, reason="all of these"
    )

    assert [result.case_id for result in results] == ids
    assert [bool(result.case) for result in results] == [False, True, False, False]
    assert ["resolved" in results[0].error, "no such case" in results[2].error] == [True, True]
    assert "has changed" in results[3].error
    good.refresh_from_db()
    assert good.state == State.ESCALATED


def test_bulk_has_a_limit(rm: User) -> None:
    with refused("At most 200"):
        cases.bulk(case_ids=list(range(201)), verb="start", by=rm)


def test_history_bears_the_banks_time(rm: User, at_noon: time_machine.Traveller) -> None:
    case = opened(to=rm)
    at_noon.move_to(NOON + HOUR)

    cases.start(**at_its_version(case), by=rm)

    assert case.transitions.get().at >= NOON + HOUR
