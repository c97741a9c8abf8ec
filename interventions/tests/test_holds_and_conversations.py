"""Holds and conversations: who may enter them, and what they do."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from audit.models import AuditEvent
from customers import roles
from interventions.casework import conversations
from interventions.casework.conversations import ConversationRefused
from interventions.contact import holds
from interventions.contact.holds import HoldRefused
from interventions.models import Case, ContactHold, Conversation
from interventions.tests import staff
from interventions.tests.stage import Stage, set_up
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def stage() -> Stage:
    return set_up()


def placed(stage: Stage, **given: object) -> ContactHold:
    said = {"kind": "bereavement", "reason": "Their mother died", "by": stage.manager} | given
    return holds.place(customer=stage.customer, **said)  # type: ignore[arg-type]


def test_a_hold_stands_until_it_is_lifted(stage: Stage) -> None:
    hold = placed(stage)
    assert holds.standing(stage.customer) == [hold]

    lifted = holds.lift(hold=hold, by=staff.supervisor(), reason="They called us")

    assert holds.standing(stage.customer) == []
    assert lifted.lifted_at is not None
    with pytest.raises(HoldRefused, match="lifted it already"):
        holds.lift(hold=hold, by=lifted.lifted_by, reason="again")  # type: ignore[arg-type]


def test_a_hold_stands_until_its_end(stage: Stage) -> None:
    placed(stage, until_at=NOON + HOUR)
    assert holds.standing(stage.customer)

    ContactHold.objects.create(
        customer=stage.customer, kind="legal", reason="x", placed_at=NOON - DAY, until_at=NOON - HOUR
    )

    assert len(holds.standing(stage.customer)) == 1


def test_why_a_hold_was_placed_is_kept_where_it_can_be_erased(stage: Stage) -> None:
    placed(stage)

    event = AuditEvent.objects.get(action="interventions.hold.placed")
    assert "mother" not in f"{event.detail} {event.reason}"
    assert event.commitment


@pytest.mark.parametrize("wrong", [{"kind": "holiday"}, {"reason": "  "}, {"until_at": NOON - HOUR}])
def test_a_hold_that_cannot_be_is_refused(stage: Stage, wrong: dict[str, object]) -> None:
    with pytest.raises(HoldRefused):
        placed(stage, **wrong)


def test_who_may_hold_and_who_may_lift(stage: Stage) -> None:
    for stranger in (staff.manager("rm2"), staff.user("ana", roles.ANALYSTS), staff.user("root")):
        with pytest.raises(PermissionDenied):
            placed(stage, by=stranger)
    hold = placed(stage, by=None)
    for stranger in (stage.manager, stage.manager):
        with pytest.raises(PermissionDenied, match="supervisors"):
            holds.lift(hold=hold, by=stranger, reason="please")
    with pytest.raises(HoldRefused, match="Say why"):
        holds.lift(hold=hold, by=staff.supervisor(), reason=" ")


def entered(stage: Stage, **given: object) -> Conversation:
    said = {"case": stage.case, "channel": "call", "result": "spoke", "by": stage.manager} | given
    return conversations.record(customer=stage.customer, **said)  # type: ignore[arg-type]


def test_a_conversation_fulfils_the_first_contact(stage: Stage) -> None:
    made = entered(stage, note="Salary comes on Friday", happened_at=NOON - HOUR)

    assert Case.objects.get(pk=stage.case.pk).first_contact_at == made.happened_at
    event = AuditEvent.objects.get(action="interventions.conversation.recorded")
    assert "Friday" not in str(event.detail)
    assert event.commitment


def test_an_attempt_is_no_contact(stage: Stage) -> None:
    entered(stage, result="no_answer")
    entered(stage, case=None)

    assert Case.objects.get(pk=stage.case.pk).first_contact_at is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "fax"},
        {"result": "laughed"},
        {"happened_at": NOON + HOUR},
        {"happened_at": NOON - 32 * DAY},
    ],
)
def test_a_conversation_that_cannot_be_is_refused(stage: Stage, wrong: dict[str, object]) -> None:
    with pytest.raises(ConversationRefused):
        entered(stage, **wrong)


def test_a_conversation_is_about_their_own_case(stage: Stage) -> None:
    other = set_up(manager=stage.manager, name="Ravi Rao")

    with pytest.raises(ConversationRefused, match="another customer"):
        entered(stage, case=other.case)


def test_who_does_not_look_after_the_customer_enters_no_conversation(stage: Stage) -> None:
    for stranger in (
        staff.manager("rm2"),
        staff.user("cora", roles.COMPLIANCE_OFFICERS),
        staff.user("ana", roles.ANALYSTS),
    ):
        with pytest.raises(PermissionDenied):
            entered(stage, by=stranger)
