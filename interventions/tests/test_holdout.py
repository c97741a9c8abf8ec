"""The holdout: who is drawn, who never is, and that whoever asks for help gets it."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from audit.models import AuditEvent
from customers.models import Customer
from interventions.casework import conversations, holdout_endings
from interventions.casework.holdout_endings import HoldoutRefused
from interventions.contact import consents, contact_facts, gate, holds
from interventions.effect import holdout
from interventions.effect.lots import is_drawn
from interventions.help.helping import Refused
from interventions.messages import composing
from interventions.models import (
    Case,
    Conversation,
    HoldoutAssignment,
    HoldoutDesign,
    HoldoutEnd,
    PolicyTemplate,
)
from interventions.policy import governing
from interventions.tests import cases, governed, staff
from risk.levels import Hardship, Level
from risk.models import Alert, PendingDecision
from risk.tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
Arm, Cause = HoldoutAssignment.Arm, HoldoutEnd.Cause
DAY = dt.timedelta(days=1)
MEDIUM: dict[str, Any] = {"level": Level.MEDIUM, "hardship": Hardship.OVERSPENDING}


@pytest.fixture
def design() -> HoldoutDesign:
    return governed.active_holdout(share=0.5)


@pytest.fixture
def policy() -> PolicyTemplate:
    return governed.active_policy(hardship=Hardship.OVERSPENDING, level=Level.MEDIUM)


def agreed(customer: Customer, **fields: Any) -> None:
    given: dict[str, Any] = {
        "channel": "sms",
        "purpose": "support",
        "source": "import",
        "happened_at": NOON - 30 * DAY,
    }
    consents.grant(customer=customer, **given | fields)


def opened(policy: PolicyTemplate, *, consent: bool = True, **fields: Any) -> Case:
    """A case as it has just been opened, of somebody who may be held out."""
    of_case = {name: fields.pop(name) for name in ("level", "hardship") if name in fields}
    customer = staff.assessed(phone="+919876543210", **MEDIUM, **fields)
    if consent:
        agreed(customer)
    return cases.opened(customer, policy=policy, **MEDIUM | of_case)


def drawn(policy: PolicyTemplate, arm: str = Arm.HELD_OUT, **fields: Any) -> Case:
    """A case that fell into an arm."""
    for _ in range(64):
        case = opened(policy, **fields)
        if holdout.assign_bulk([case])[0].arm == arm:
            return case
    raise AssertionError(f"64 cases and none is {arm}")


def excluded_for(case: Case) -> str:
    (assignment,) = holdout.assign_bulk([case])
    assert (assignment.arm, assignment.propensity) == (Arm.EXCLUDED, 0)
    assert not holdout.is_held_out(case)
    return assignment.excluded_for


def test_lots_fall_as_the_design_says(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    opened_ones = [opened(policy) for _ in range(12)]

    made = holdout.assign_bulk(opened_ones)

    assert HoldoutAssignment.objects.count() == 12
    for each in made:
        is_out = is_drawn(salt=design.salt, customer_id=each.customer_id, share=0.5)
        assert (each.arm, each.propensity) == (Arm.HELD_OUT if is_out else Arm.TREATED, 0.5)
        assert (each.level, each.hardship, each.assigned_at.date()) == (
            Level.MEDIUM,
            Hardship.OVERSPENDING,
            TODAY,
        )
        assert holdout.is_held_out(each.case) == is_out


def test_batch_is_audited_once_with_who_is_held_out(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    made = holdout.assign_bulk([opened(policy) for _ in range(6)])

    event = AuditEvent.objects.get(action="interventions.holdout.assigned")
    assert event.subject_id == str(design.pk)
    assert event.detail["held_out"] == [each.case_id for each in made if each.arm == Arm.HELD_OUT]
    assert sum(event.detail["counts"].values()) == 6


def test_assigning_again_changes_nothing(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    case = opened(policy)
    first = holdout.assign_bulk([case])[0]

    assert holdout.assign_bulk([case])[0].arm == first.arm
    assert HoldoutAssignment.objects.count() == 1


def test_customer_keeps_the_lot_in_the_next_case(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    case = drawn(policy)
    case.state, case.outcome, case.resolved_at = Case.State.RESOLVED, Case.Outcome.HELPED, NOON
    case.save()
    again = cases.opened(case.customer, policy=policy, **MEDIUM)

    assert holdout.assign_bulk([again])[0].arm == Arm.HELD_OUT


def test_queries_do_not_grow_with_the_cases(
    design: HoldoutDesign, policy: PolicyTemplate, django_assert_max_num_queries: Any
) -> None:
    opened_ones = [opened(policy) for _ in range(10)]

    with django_assert_max_num_queries(12):
        holdout.assign_bulk(opened_ones)


def test_nobody_is_assigned_without_cases_or_a_design(policy: PolicyTemplate) -> None:
    assert holdout.assign_bulk([opened(policy)]) == []
    governed.active_holdout()
    assert holdout.assign_bulk([]) == []
    assert not HoldoutAssignment.objects.exists()


def test_only_a_design_that_two_people_made_stands(policy: PolicyTemplate) -> None:
    governed.approved(governed.draft_holdout())

    assert holdout.standing_design(TODAY) is None


def test_design_that_was_altered_or_refused_does_not_stand(
    design: HoldoutDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert holdout.standing_design(TODAY) == design
    assert holdout.standing_design(design.ends_on + DAY) is None

    monkeypatch.setattr(holdout, "content_hash", lambda _design: "0" * 64)
    assert holdout.standing_design(TODAY) is None


def test_design_without_an_approval_does_not_stand(
    design: HoldoutDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database refuses such a design; this would too."""
    monkeypatch.setattr(type(design.decisions), "order_by", lambda *_: HoldoutDesign.objects.none())

    assert holdout.standing_design(TODAY) is None


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"is_vulnerable": True}, "vulnerable"),
        ({"level": Level.HIGH}, "severe"),
        ({"consent": False}, "no_consent"),
        ({"level": Level.LOW}, "level"),
        ({"hardship": Hardship.INCOME_SHOCK}, "hardship"),
    ],
)
def test_who_is_never_held_out(
    design: HoldoutDesign, policy: PolicyTemplate, fields: dict[str, Any], why: str
) -> None:
    assert excluded_for(opened(policy, **fields)) == why


def test_high_is_never_held_out_whatever_the_design_says(policy: PolicyTemplate) -> None:
    with pytest.raises(governing.Refused):
        governed.active_holdout(levels=["HIGH"])


def test_somebody_under_a_hold_is_never_held_out(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    case = opened(policy)
    holds.place(customer=case.customer, kind="complaint", reason="complained", by=None)

    assert excluded_for(case) == "hold"


def test_hold_that_is_over_excludes_nobody(
    design: HoldoutDesign, policy: PolicyTemplate, at_noon: time_machine.Traveller
) -> None:
    case = opened(policy)
    holds.place(customer=case.customer, kind="complaint", reason="x", by=None, until_at=NOON + DAY)
    at_noon.move_to(NOON + 2 * DAY)

    assert holdout.assign_bulk([case])[0].arm != Arm.EXCLUDED


def test_consent_withdrawn_is_no_consent(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    case = opened(policy)
    consents.withdraw(customer=case.customer, channel="sms", purpose="support", source="page")

    assert excluded_for(case) == "no_consent"


def test_one_channel_is_enough(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    case = opened(policy)
    agreed(case.customer, channel="email")
    consents.withdraw(customer=case.customer, channel="sms", purpose="support", source="page")

    assert holdout.assign_bulk([case])[0].arm != Arm.EXCLUDED


def test_whoever_came_to_us_lately_is_never_held_out(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    case = opened(policy)
    spoken(case, happened_at=NOON - 29 * DAY)

    assert excluded_for(case) == "came_to_us"


def test_without_a_policy_nobody_takes_part(design: HoldoutDesign) -> None:
    case = opened(governed.draft_policy())
    case.policy = None

    assert excluded_for(case) == "no_policy"


def spoken(case: Case, result: str = "spoke", *, is_inbound: bool = True, **fields: Any) -> Conversation:
    return conversations.record(
        customer=case.customer,
        case=case,
        channel="call",
        result=result,
        by=staff.supervisor(),
        is_inbound=is_inbound,
        **fields,
    )


def test_held_out_case_is_watched_and_the_gate_denies(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    rm = staff.manager()
    governed.active_pack()
    case = drawn(policy, assigned_rm=rm)

    with pytest.raises(Refused, match="Watch only"):
        composing.draft(case=case, channel="sms", by=rm)
    assert "holdout" in [each.rule for each in gate.look(case=case, channel="sms").denials]
    assert contact_facts.facts_of_channels(case=case, channels=["sms"], rules=None)["sms"].is_held_out
    composing.mark_reviewed(case=case, by=rm, note="watched")


def test_treated_case_is_helped_as_usual(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    rm = staff.manager()
    case = drawn(policy, Arm.TREATED, assigned_rm=rm)

    assert composing.draft(case=case, channel="sms", by=rm).state == "draft"


def test_whoever_asks_for_help_gets_it_at_once(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    rm = staff.manager()
    case = drawn(policy, assigned_rm=rm)

    spoken(case)

    assert not holdout.is_held_out(case)
    case.refresh_from_db()
    assert composing.draft(case=case, channel="sms", by=rm).state == "draft"
    assert holdout_endings.end_due() == 1
    assert HoldoutEnd.objects.get().cause == Cause.ASKED
    assert AuditEvent.objects.filter(action="interventions.holdout.ended").get().detail["cause"] == "asked"


@pytest.mark.parametrize(
    ("result", "is_inbound", "is_helped"),
    [("no_answer", True, True), ("wrong_person", True, False), ("spoke", False, False)],
)
def test_what_counts_as_asking(
    design: HoldoutDesign, policy: PolicyTemplate, result: str, is_inbound: bool, is_helped: bool
) -> None:
    case = drawn(policy)

    spoken(case, result, is_inbound=is_inbound)

    assert holdout.is_held_out(case) is not is_helped
    assert holdout_endings.end_due() == is_helped


def changed(case: Case, cause: str, design: HoldoutDesign) -> None:
    if cause == Cause.VULNERABLE:
        Customer.objects.filter(pk=case.customer_id).update(is_vulnerable=True)
    elif cause == Cause.SEVERE:
        Case.objects.filter(pk=case.pk).update(level=Level.HIGH)
    elif cause == Cause.HOLD:
        holds.place(customer=case.customer, kind="bereavement", reason="x", by=None)
    else:
        governing.retire(subject=design, by=governed.officer(), reason="learnt enough")


@pytest.mark.parametrize("cause", [Cause.VULNERABLE, Cause.SEVERE, Cause.HOLD, Cause.OVER])
def test_what_ends_a_holdout_by_itself(design: HoldoutDesign, policy: PolicyTemplate, cause: str) -> None:
    case = drawn(policy)
    assert holdout_endings.end_due() == 0

    changed(case, cause, design)

    assert not holdout.is_held_out(case)
    assert holdout_endings.end_due() == 1
    assert holdout_endings.end_due() == 0
    assert HoldoutEnd.objects.get().cause == cause
    assert not holdout.is_held_out(case)


def test_what_does_not_end_holds_nothing_up(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    first, second = drawn(policy), drawn(policy)
    Conversation.objects.create(
        customer=first.customer, channel="call", is_inbound=True, result="spoke", happened_at=NOON - 60 * DAY
    )
    lifted = holds.place(customer=first.customer, kind="complaint", reason="x", by=None)
    holds.lift(hold=lifted, by=staff.supervisor(), reason="settled")
    changed(second, Cause.SEVERE, design)

    assert holdout_endings.end_due(limit=1) == 1
    assert HoldoutEnd.objects.get().case == second


def test_one_that_fails_does_not_hold_up_the_others(
    design: HoldoutDesign, policy: PolicyTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = drawn(policy), drawn(policy)
    for case in (bad, good):
        changed(case, Cause.SEVERE, design)
    real = holdout_endings._end_if_due
    monkeypatch.setattr(holdout_endings, "_end_if_due", lambda pk: 1 / 0 if pk == bad.pk else real(pk))

    assert holdout_endings.end_due() == 1

    assert HoldoutEnd.objects.get().case == good
    assert Alert.objects.get(kind=Alert.Kind.OPERATIONAL).detail == {"holdouts": [bad.pk]}


def test_what_once_ended_stays_ended(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    case = drawn(policy)
    changed(case, Cause.SEVERE, design)
    holdout_endings.end_due()
    Case.objects.filter(pk=case.pk).update(level=Level.MEDIUM)

    assert not holdout.is_held_out(case)


def test_holdout_ends_with_the_last_day_of_its_design(
    policy: PolicyTemplate, at_noon: time_machine.Traveller
) -> None:
    governed.active_holdout(share=0.5, ends_on=TODAY + DAY)
    case = drawn(policy)
    at_noon.move_to(NOON + DAY)
    assert holdout.is_held_out(case)

    at_noon.move_to(NOON + 2 * DAY)

    assert not holdout.is_held_out(case)
    assert holdout_endings.end_due() == 1


def test_nothing_is_ended_twice_at_once(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    case = drawn(policy)
    changed(case, Cause.SEVERE, design)

    assert holdout_endings._end_if_due(case.pk) is True
    assert holdout_endings._end_if_due(case.pk) is False


def test_supervisor_takes_a_case_out_with_a_reason(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    case, boss = drawn(policy), staff.user("boss", "Supervisors")
    with pytest.raises(PermissionDenied):
        holdout_endings.end(case=case, by=staff.manager(), reason="she needs help")
    with pytest.raises(HoldoutRefused, match="Say why"):
        holdout_endings.end(case=case, by=boss, reason=" ")

    ended = holdout_endings.end(case=case, by=boss, reason="she needs help")

    assert (ended.cause, ended.by, ended.reason) == (Cause.STAFF, boss, "she needs help")
    assert not holdout.is_held_out(case)
    with pytest.raises(HoldoutRefused, match="not held out"):
        holdout_endings.end(case=case, by=boss, reason="again")


def test_cases_are_assigned_as_they_open(design: HoldoutDesign, policy: PolicyTemplate) -> None:
    from interventions.casework import deciding

    customer = staff.assessed(phone="+919876543210", **MEDIUM)
    agreed(customer)
    PendingDecision.objects.create(customer=customer, revision=1)

    assert deciding.decide_pending() == 1

    assignment = HoldoutAssignment.objects.get()
    assert assignment.case == Case.objects.get(customer=customer)
    assert assignment.arm != Arm.EXCLUDED
