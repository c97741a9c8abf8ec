"""Calls that are planned: whoever wants none gets none, and whoever planned it reads why."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from audit.models import AuditEvent
from interventions.casework import cases, conversations
from interventions.contact import consents, holds, planned_calls
from interventions.messages import composing
from interventions.models import Case, Intervention
from interventions.tests import stage
from interventions.tests.stage import Stage
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
State = Intervention.State


@pytest.fixture
def scene() -> Stage:
    return stage.set_up()


def planned(scene: Stage) -> Intervention:
    call = composing.draft(case=scene.case, channel="call", by=scene.manager)
    delivery, verdict = composing.confirm(
        intervention=call, by=scene.manager, scheduled_for=NOON + dt.timedelta(hours=2)
    )
    assert delivery is None and verdict.is_allowed
    return call


def withdrawn(scene: Stage, channel: str) -> None:
    consents.withdraw(
        customer=scene.customer, channel=channel, purpose="support", source="staff", by=scene.manager
    )


def test_withdrawing_consent_calls_off_what_is_planned(scene: Stage) -> None:
    call = planned(scene)
    assert planned_calls.of_case(scene.case) == [call]

    withdrawn(scene, "call")

    call.refresh_from_db()
    assert (call.state, call.cancel_reason) == (State.CANCELLED, "The customer withdrew their consent.")
    assert planned_calls.of_case(scene.case) == []
    event = AuditEvent.objects.get(action="interventions.message.cancelled")
    assert (event.subject_id, event.customer_key) == (str(call.pk), str(scene.customer.pk))


def test_consent_to_another_channel_has_nothing_to_do_with_it(scene: Stage) -> None:
    call = planned(scene)

    withdrawn(scene, "sms")

    call.refresh_from_db()
    assert call.state == State.CONFIRMED


def test_call_that_was_made_stays_what_it_was(scene: Stage) -> None:
    call = planned(scene)
    conversations.record(
        customer=scene.customer, case=scene.case, channel="call", result="no_answer", by=scene.manager
    )

    withdrawn(scene, "call")

    call.refresh_from_db()
    assert call.state == State.CONFIRMED


@pytest.mark.parametrize("kind", ["complaint", "vulnerability"])
def test_hold_ends_what_is_planned_with_words(scene: Stage, kind: str) -> None:
    call = planned(scene)

    holds.place(customer=scene.customer, kind=kind, reason="told us", by=scene.manager)

    call.refresh_from_db()
    assert call.state == State.CANCELLED
    assert call.cancel_reason.startswith("A hold was placed.")


def test_call_behind_the_end_of_a_hold_stays(scene: Stage) -> None:
    call = planned(scene)

    holds.place(
        customer=scene.customer,
        kind="complaint",
        reason="told us",
        by=scene.manager,
        until_at=NOON + dt.timedelta(hours=1),
    )

    call.refresh_from_db()
    assert call.state == State.CONFIRMED


def test_call_planned_for_the_night_is_planned_for_the_morning(scene: Stage) -> None:
    call = composing.draft(case=scene.case, channel="call", by=scene.manager)

    composing.confirm(intervention=call, by=scene.manager, scheduled_for=NOON + dt.timedelta(hours=11))

    call.refresh_from_db()
    assert call.scheduled_for is not None
    local = call.scheduled_for.astimezone(ZoneInfo("Asia/Kolkata"))
    assert (local.day, local.hour, local.minute) == (18, 8, 0)


def test_case_that_ends_ends_its_calls(scene: Stage) -> None:
    call = planned(scene)
    case = Case.objects.get(pk=scene.case.pk)

    cases.resolve(
        case_id=case.pk, version=case.version, by=scene.manager, outcome=Case.Outcome.HELPED, reason="spoke"
    )

    call.refresh_from_db()
    assert (call.state, call.cancel_reason) == (State.CANCELLED, "The case is resolved.")
    assert planned_calls.cases_with([]) == set()


def test_one_call_that_was_made_leaves_the_other_planned(scene: Stage) -> None:
    first = planned(scene)
    later = composing.draft(case=scene.case, channel="call", by=scene.manager)
    composing.confirm(intervention=later, by=scene.manager, scheduled_for=NOON + dt.timedelta(hours=4))
    assert planned_calls.of_case(scene.case) == [first, later]

    conversations.record(
        customer=scene.customer, case=scene.case, channel="call", result="no_answer", by=scene.manager
    )

    assert planned_calls.of_case(scene.case) == [later]
    assert planned_calls.cases_with([scene.case]) == {scene.case.pk}
    conversations.record(
        customer=scene.customer, case=scene.case, channel="call", result="spoke", by=scene.manager
    )
    assert planned_calls.of_case(scene.case) == []


def test_call_that_was_logged_before_one_was_planned_is_not_that_one(scene: Stage) -> None:
    conversations.record(
        customer=scene.customer, case=scene.case, channel="call", result="no_answer", by=scene.manager
    )
    scene.case.refresh_from_db()

    assert planned_calls.of_case(scene.case) == []
    call = composing.draft(case=scene.case, channel="call", by=scene.manager)
    composing.confirm(intervention=call, by=scene.manager, scheduled_for=NOON + dt.timedelta(days=3))
    assert planned_calls.of_case(scene.case) == [call]
