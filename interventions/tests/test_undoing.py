"""Taking back what one has just done: exactly as it was, only one's own, only at once, only where there is a way."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from audit.models import AuditEvent
from interventions.casework import cases as steps
from interventions.casework import handing_over, undoing
from interventions.casework.case_steps import CaseChanged, CaseRefused
from interventions.console import case_undo
from interventions.help import promises
from interventions.messages import composing, restoring
from interventions.models import Case, CaseTransition, PromiseToPay
from interventions.tests import cases, staff, stage
from interventions.tests.helped import lending
from interventions.tests.stage import Stage
from interventions.tests.test_case_views import logged_in, send
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
STANDS = ("state", "assigned_to_id", "escalated_to_id", "snoozed_until")


@pytest.fixture
def scene() -> Stage:
    made = stage.set_up()
    steps.start(case_id=made.case.pk, version=made.case.version, by=made.manager)
    made.case.refresh_from_db()
    return made


def last_step(case: Case) -> CaseTransition:
    found = case.transitions.order_by("-id").first()
    assert found is not None
    return found


def stands(case: Case) -> list[object]:
    case.refresh_from_db()
    return [getattr(case, name) for name in STANDS]


def snoozed(scene: Stage, days: int = 2) -> CaseTransition:
    scene.case.refresh_from_db()
    steps.snooze(
        case_id=scene.case.pk,
        version=scene.case.version,
        by=scene.manager,
        until=NOON + dt.timedelta(days=days),
        reason="r",
    )
    return last_step(scene.case)


def test_snooze_that_is_undone_leaves_the_case_as_it_was(scene: Stage) -> None:
    before = stands(scene.case)
    step = snoozed(scene)

    undoing.undo(step_id=step.pk, by=scene.manager)

    assert stands(scene.case) == before
    undone = last_step(scene.case)
    assert (undone.verb, undone.detail) == ("undone", {"undone": "snoozed", "step": step.pk})
    assert AuditEvent.objects.filter(
        action="interventions.case.undone", actor=scene.manager, subject_id=str(scene.case.pk)
    ).exists()


def test_second_snooze_that_is_undone_waits_as_the_first_said(scene: Stage) -> None:
    snoozed(scene)
    first = stands(scene.case)
    steps.escalate(
        case_id=scene.case.pk, version=scene.case.version, by=scene.manager, reason="more than I may offer"
    )

    undoing.undo(step_id=last_step(scene.case).pk, by=scene.manager)

    assert stands(scene.case) == first


def test_reassignment_that_is_undone_also_ends_the_cover(scene: Stage) -> None:
    before, boss, other = stands(scene.case), staff.supervisor(), staff.manager("rm2")
    steps.assign(case_id=scene.case.pk, version=scene.case.version, by=boss, to=other, reason="on leave")
    scene.customer.refresh_from_db()
    assert scene.customer.covering_rm == other

    undoing.undo(step_id=last_step(scene.case).pk, by=boss)

    scene.customer.refresh_from_db()
    assert stands(scene.case) == before
    assert scene.customer.covering_rm is None


def test_review_that_is_undone_is_in_the_history_twice(scene: Stage) -> None:
    composing.mark_reviewed(case=scene.case, by=scene.manager, note="nothing new")

    undoing.undo(step_id=last_step(scene.case).pk, by=scene.manager)

    assert list(scene.case.transitions.order_by("-id").values_list("verb", flat=True)[:2]) == [
        "undone",
        "reviewed",
    ]


def test_another_cannot_undo_it(scene: Stage) -> None:
    step = snoozed(scene)

    with pytest.raises(PermissionDenied, match="Only whoever did this"):
        undoing.undo(step_id=step.pk, by=staff.supervisor())
    with pytest.raises(Case.DoesNotExist):
        undoing.undo(step_id=step.pk, by=staff.manager("rm2"))


def test_what_others_did_since_stays(scene: Stage) -> None:
    step = snoozed(scene)
    scene.case.refresh_from_db()
    steps.wake(case_id=scene.case.pk, version=scene.case.version, by=scene.manager)

    with pytest.raises(CaseChanged, match="Something else has happened"):
        undoing.undo(step_id=step.pk, by=scene.manager)


def test_undoing_ends_after_a_minute_of_the_wall_clock(scene: Stage) -> None:
    step = snoozed(scene)

    with (
        time_machine.travel(step.recorded_at + dt.timedelta(seconds=61), tick=False),
        pytest.raises(CaseRefused, match="too late"),
    ):
        undoing.undo(step_id=step.pk, by=scene.manager)


def test_resolving_cannot_be_undone(scene: Stage) -> None:
    steps.resolve(
        case_id=scene.case.pk, version=scene.case.version, by=scene.manager, outcome=Case.Outcome.HELPED
    )

    with pytest.raises(CaseRefused, match="cannot be undone"):
        undoing.undo(step_id=last_step(scene.case).pk, by=scene.manager)


def test_case_that_was_nobodys_does_not_become_so_again(scene: Stage) -> None:
    boss = staff.supervisor()
    nobodys = cases.opened(staff.assessed("B"))
    steps.assign(case_id=nobodys.pk, version=nobodys.version, by=boss, to=scene.manager, reason="r")

    with pytest.raises(CaseRefused, match="cannot be undone"):
        undoing.undo(step_id=last_step(nobodys).pk, by=boss)
    assert case_undo.step_address(nobodys, boss, "assigned") == ""


def test_discarded_draft_comes_back_with_its_words(scene: Stage) -> None:
    message = composing.draft(
        case=scene.case, channel="email", personal_line="Good to hear you.", by=scene.manager
    )
    composing.cancel(intervention=message, by=scene.manager, reason="wrong channel")
    message.refresh_from_db()

    made = restoring.restore(intervention=message, by=scene.manager)

    message.refresh_from_db()
    assert (made.body, made.personal_line, made.state) == (message.body, "Good to hear you.", "draft")
    assert message.state == "cancelled"
    with pytest.raises(CaseRefused, match="Another message is being written"):
        restoring.restore(intervention=message, by=scene.manager)


def test_discarded_edit_waits_for_approval_again(scene: Stage) -> None:
    message = composing.draft(case=scene.case, channel="sms", by=scene.manager)
    words = message.body.replace("Dear Asha", "Good day Asha")
    message = composing.edit(intervention=message, body=words, by=scene.manager)
    composing.cancel(intervention=message, by=scene.manager, reason="r")
    message.refresh_from_db()

    made = restoring.restore(intervention=message, by=scene.manager)

    assert (made.body, made.state) == (words, "awaiting_approval")


def test_colleague_does_not_restore_a_draft(scene: Stage) -> None:
    message = composing.draft(case=scene.case, channel="sms", by=scene.manager)
    composing.cancel(intervention=message, by=scene.manager, reason="r")
    message.refresh_from_db()

    with pytest.raises(CaseRefused, match="cannot be undone any more"):
        restoring.restore(intervention=message, by=staff.supervisor())


def test_planned_call_that_was_called_off_does_not_come_back(scene: Stage) -> None:
    call = composing.draft(case=scene.case, channel="call", by=scene.manager)
    composing.confirm(intervention=call, by=scene.manager, scheduled_for=NOON + dt.timedelta(hours=2))
    composing.cancel(intervention=call, by=scene.manager, reason="r")
    call.refresh_from_db()

    with pytest.raises(CaseRefused, match="Only a draft"):
        restoring.restore(intervention=call, by=scene.manager)


def promised(scene: Stage) -> PromiseToPay:
    loan = lending(scene.customer)
    return promises.make(
        case=scene.case,
        loan=loan,
        amount=Decimal(500),
        promised_on=NOON.date() + dt.timedelta(days=3),
        by=scene.manager,
    )


def test_promise_that_was_taken_back_stands_again_as_of_when_it_was_made(scene: Stage) -> None:
    promise = promised(scene)
    promises.cancel(promise=promise, by=scene.manager, reason="wrong amount")

    made = promises.restore(promise=promise, by=scene.manager)

    assert (made.amount, made.promised_on, made.made_at) == (
        promise.amount,
        promise.promised_on,
        promise.made_at,
    )
    assert (made.state, made.made_with) == ("open", scene.manager)
    with pytest.raises(CaseRefused, match="another promise"):
        promises.restore(promise=promise, by=scene.manager)


def test_undo_on_the_page_is_a_button_that_works_once(scene: Stage) -> None:
    client = logged_in(scene.manager)
    html = send(client, scene.case, "snooze", until_on=NOON.date() + dt.timedelta(days=2), reason="r")
    address = case_undo.address(case_undo.STEP, [last_step(scene.case).pk])
    assert f'action="{address}"' in html and "data-undo" in html

    first = client.post(address, {"back": f"/cases/{scene.case.pk}/"}, follow=True)
    second = client.post(address, {"back": "//elsewhere.example/"}, follow=True)

    assert "Undone. It is as it was before." in first.content.decode()
    assert "Something else has happened to the case since" in second.content.decode()
    assert second.redirect_chain == [("/cases/", 302)]
    scene.case.refresh_from_db()
    assert scene.case.state == Case.State.IN_PROGRESS


def test_promise_is_taken_back_and_that_undone_on_the_page(scene: Stage) -> None:
    promise, client = promised(scene), logged_in(scene.manager)
    refused = send(client, scene.case, "withdraw_promise", promise=promise.pk, reason="")
    assert "Take it back" in refused

    html = send(client, scene.case, "withdraw_promise", promise=promise.pk, reason="wrong day")

    assert "The promise is taken back." in html
    client.post(case_undo.address(case_undo.PROMISE, [promise.pk]))
    assert scene.case.promises.get(state="open").promised_on == promise.promised_on


@pytest.mark.parametrize("of", ["99999999999999999999", "0", "x", "1\x00", "7777777"])
def test_undo_of_what_there_is_not_is_not_there(scene: Stage, of: str) -> None:
    client = logged_in(scene.manager)

    for what in (case_undo.STEP, case_undo.MESSAGE, case_undo.PROMISE, "everything"):
        assert client.post(f"/cases/undo/{what}/{of}/".replace("\x00", "%00")).status_code == 404


def test_more_than_can_be_undone_at_once_have_no_button(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    second, boss, other = (
        stage.set_up(manager=scene.manager, name="B").case,
        staff.supervisor(),
        staff.manager("rm2"),
    )
    given = handing_over.hand_over(of=scene.manager, by=boss, to=other, reason="leave")
    assert case_undo.steps_address([scene.case, second], boss, "assigned")

    monkeypatch.setattr(case_undo, "MOST", len(given) - 1)

    assert case_undo.steps_address([scene.case, second], boss, "assigned") == ""
    every = "-".join(["1"] * 201)
    assert logged_in(boss).post(f"/cases/undo/step/{every}/").status_code == 404


def test_bulk_step_is_undone_for_all_that_still_can(scene: Stage) -> None:
    boss, other = staff.supervisor(), staff.manager("rm2")
    second = stage.set_up(manager=scene.manager, name="B")
    for each in (scene, second):
        each.case.refresh_from_db()
    client = logged_in(boss)
    said = {f"version-{each.case.pk}": each.case.version for each in (scene, second)}
    html = client.post(
        "/cases/bulk/",
        {
            **said,
            "case": [scene.case.pk, second.case.pk],
            "verb": "assign",
            "to": other.pk,
            "reason": "leave",
        },
        follow=True,
    ).content.decode()
    taken = [last_step(scene.case).pk, last_step(second.case).pk]
    address = case_undo.steps_address([scene.case, second.case], boss, "assigned")
    assert address == case_undo.address(case_undo.STEP, sorted(taken)) and address in html
    second.case.refresh_from_db()
    steps.start(case_id=second.case.pk, version=second.case.version, by=other)

    html = client.post(address, follow=True).content.decode()

    assert "1 step undone." in html and "Something else has happened" in html
    scene.case.refresh_from_db()
    assert scene.case.assigned_to == scene.manager
