"""From lots and payments to the measuring page's figures."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from customers import roles
from customers.models import Loan
from interventions.casework import holdout_endings
from interventions.effect import holdout, measuring
from interventions.effect.lots import is_drawn
from interventions.models import Case, HoldoutAssignment, HoldoutDesign, Override, PromiseToPay, ReliefOffer
from interventions.tests import cases, governed, staff
from interventions.tests.helped import AMOUNT, lending, paying
from interventions.tests.test_holdout import MEDIUM, agreed
from risk.levels import Hardship, Level
from risk.tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
LATER = NOON + 34 * DAY
DUE_ON = TODAY + 8 * DAY


@pytest.fixture
def design() -> HoldoutDesign:
    return governed.active_holdout(share=0.5)


@pytest.fixture
def policy() -> Any:
    return governed.active_policy(
        hardship=Hardship.OVERSPENDING, level=Level.MEDIUM, action="Send a kind word"
    )


def followed_case(policy: Any, arm: str, **fields: Any) -> tuple[Case, Loan]:
    """A case of an arm with an instalment due in eight days."""
    for _ in range(64):
        customer = staff.assessed(phone="+919876543210", **MEDIUM)
        design = HoldoutDesign.objects.get(state="active")
        if is_drawn(salt=design.salt, customer_id=customer.pk, share=0.5) == (arm == "held_out"):
            agreed(customer)
            case = cases.opened(customer, policy=policy, opened_at=timezone.now(), **MEDIUM | fields)
            assert holdout.assign_bulk([case])[0].arm == arm
            return case, lending(customer, due_on=DUE_ON)
    raise AssertionError(f"64 customers and none is {arm}")


def report(by: Any = None) -> measuring.Report:
    by = by or staff.user("analyst", roles.ANALYSTS)
    return measuring.report(by=by, since_on=TODAY, until_on=TODAY + 60 * DAY)


def test_outcome_is_that_of_the_instalment_three_days_after_it_was_due(
    design: HoldoutDesign, policy: Any, at_noon: time_machine.Traveller
) -> None:
    last_moment = dt.datetime.combine(DUE_ON + 4 * DAY, dt.time.min, NOON.tzinfo) - dt.timedelta(seconds=1)
    for arm, paid_at in (
        ("treated", last_moment),
        ("treated", last_moment + dt.timedelta(seconds=1)),
        ("held_out", None),
    ):
        _case, loan = followed_case(policy, arm)
        if paid_at:
            paying(loan, AMOUNT, paid_at)
    at_noon.move_to(LATER)

    found = report()

    treated, held_out = found.total.arms["treated"], found.total.arms["held_out"]
    assert (treated.cases, treated.missed) == (2, 1)
    assert (held_out.cases, held_out.missed) == (1, 1)
    assert found.total.is_too_few
    (part,) = found.parts
    assert (part.hardship, part.level, part.action) == (
        Hardship.OVERSPENDING,
        Level.MEDIUM,
        "Send a kind word",
    )
    assert part.arms == found.total.arms


def test_outcome_waits_for_the_whole_horizon_in_both_arms(
    design: HoldoutDesign, policy: Any, at_noon: time_machine.Traveller
) -> None:
    followed_case(policy, "treated")
    at_noon.move_to(NOON + 33 * DAY)
    assert report().total.arms["treated"].pending == 1

    at_noon.move_to(LATER)
    assert (
        measuring.report(by=staff.supervisor(), since_on=TODAY, until_on=TODAY).total.arms["treated"].cases
        == 1
    )


def test_terms_changed_later_do_not_take_an_instalment_back(
    design: HoldoutDesign, policy: Any, at_noon: time_machine.Traveller
) -> None:
    case, loan = followed_case(policy, "treated")
    Loan.objects.filter(pk=loan.pk).update(schedule_version=2)
    offer = ReliefOffer.objects.create(
        case=case,
        customer=case.customer,
        loan=loan,
        template=policy,
        kind="payment_holiday",
        terms={},
        eligibility=[],
        valid_until_on=TODAY,
        offered_by=staff.manager(),
        offered_at=NOON,
    )
    offer.state, offer.answered_at, offer.answer_recorded_by = "accepted", NOON, offer.offered_by
    offer.save()
    at_noon.move_to(LATER)

    found = report().total.arms["treated"]

    assert (found.missed, found.under_relief) == (1, 1)


def test_customer_counts_once_and_in_the_arm_of_the_lot(
    design: HoldoutDesign, policy: Any, at_noon: time_machine.Traveller
) -> None:
    case, _loan = followed_case(policy, "held_out")
    holdout_endings.end(case=case, by=staff.supervisor(), reason="must be helped")
    case.state, case.outcome, case.resolved_at = "resolved", "self_cured", NOON
    case.save()
    at_noon.move_to(NOON + DAY)
    again = cases.opened(case.customer, policy=policy, **MEDIUM)
    holdout.assign_bulk([again])
    at_noon.move_to(LATER)

    found = report().total.arms["held_out"]

    assert (found.cases, found.ended, found.self_cured) == (1, 1, 1)


def test_excluded_cases_are_counted_by_why(design: HoldoutDesign, policy: Any) -> None:
    for _ in range(2):
        holdout.assign_bulk([cases.opened(staff.assessed(**MEDIUM), policy=policy, **MEDIUM)])

    found = report()

    assert found.excluded == {"no_consent": 2}
    assert found.total.arms["treated"].cases == 0


def test_how_the_work_goes(policy: Any) -> None:
    rm = staff.manager()
    case = cases.opened(to=rm, sla_due_at=NOON + 4 * HOUR)
    in_time(case, NOON + 2 * HOUR)
    late = cases.opened(sla_due_at=NOON + 4 * HOUR)
    in_time(late, NOON + 6 * HOUR)
    cases.opened(sla_due_at=NOON + 4 * HOUR)
    cases.opened(sla_due_at=NOON - HOUR, sla_at_risk_at=NOON - 2 * HOUR)
    cases.brought(Case.State.RESOLVED, to=rm)
    cases.opened(sla_due_at=None, sla_at_risk_at=None)
    for category in ("other", "other", "wrong_reason"):
        override(case, rm, category)
    promised(case, rm)

    work = report().work

    assert (work.cases, work.sla_kept, work.sla_breached, work.sla_running, work.sla_unneeded) == (
        6,
        1,
        2,
        1,
        2,
    )
    assert work.contacted == 2
    assert work.first_contact_hours_median == pytest.approx(4.0)
    assert work.first_contact_hours_p90 == pytest.approx(5.6)
    assert work.outcomes == {"helped": 1}
    assert (work.overridden, work.overrides) == (1, {"other": 2, "wrong_reason": 1})
    assert work.promises == {"kept": 1, "open": 1}
    assert work.offers == {}


def test_held_out_cases_are_nobodys_work(design: HoldoutDesign, policy: Any) -> None:
    followed_case(policy, "held_out")

    work = report().work

    assert work.cases == 0
    assert work.first_contact_hours_median is None


@pytest.mark.parametrize("role", [roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS, roles.ANALYSTS])
def test_bank_wide_roles_see_it(role: str) -> None:
    assert report(staff.user("somebody", role)).parts == []


@pytest.mark.parametrize("role", [roles.RELATIONSHIP_MANAGERS, None])
def test_nobody_else_does(role: str | None) -> None:
    with pytest.raises(PermissionDenied):
        report(staff.user("somebody", role))


def test_reading_takes_the_same_queries_for_any_number(
    design: HoldoutDesign,
    policy: Any,
    at_noon: time_machine.Traveller,
    django_assert_max_num_queries: Any,
) -> None:
    for arm in ("treated", "held_out") * 3:
        followed_case(policy, arm)
    at_noon.move_to(LATER)
    analyst = staff.user("analyst", roles.ANALYSTS)

    with django_assert_max_num_queries(11):
        report(analyst)
    assert HoldoutAssignment.objects.count() == 6


def in_time(case: Case, at: dt.datetime) -> None:
    case.first_contact_at = at
    case.save()


def override(case: Case, by: Any, category: str) -> None:
    Override.objects.create(
        case=case, customer=case.customer, recommended="a", chosen="b", category=category, by=by, at=NOON
    )


def promised(case: Case, by: Any) -> None:
    given = {"case": case, "customer": case.customer, "amount": Decimal(100), "promised_on": TODAY}
    for is_kept in (True, False):
        made = PromiseToPay.objects.create(**given, loan=lending(case.customer), made_at=NOON, made_with=by)
        if is_kept:
            made.state, made.paid_amount, made.settled_at = "kept", 100, NOON
            made.save()
