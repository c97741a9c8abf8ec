"""What decides about contact holds against raw SQL of the application's role, and against its owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from customers import roles
from interventions.contact import breaker, consents
from interventions.models import Breaker, BreakerReset, ConsentEvent, ContactHold, Conversation, GateDecision
from interventions.tests import staff
from interventions.tests.stage import Stage, set_up
from risk.tests.factories import NOON
from risk.tests.test_standing import as_owner

pytestmark = pytest.mark.django_db
APPEND_ONLY = {
    "interventions_consentevent": "evidence",
    "interventions_conversation": "note",
    "interventions_gatedecision": "rule",
}
KEPT = ("interventions_contacthold", "interventions_breaker", "interventions_breakerreset")


def execute(statement: str, parameters: Any = None) -> None:
    """As the application's role, which the tests' connection is."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@contextmanager
def refused(because: str, error: type[Exception] = IntegrityError) -> Iterator[None]:
    with pytest.raises(error, match=because), transaction.atomic():
        yield


@pytest.fixture
def stage(at_noon: Any) -> Stage:
    made = set_up()
    Conversation.objects.create(
        customer=made.customer, channel="call", result="spoke", by=made.manager, happened_at=NOON
    )
    GateDecision.objects.create(
        customer=made.customer, moment="send", channel="sms", is_allowed=True, trace={}, decided_at=NOON
    )
    return made


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = 'x'", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_what_was_said_is_not_changed(table: str, change: str) -> None:
    with refused("permission denied", DatabaseError):
        execute(change.format(table, APPEND_ONLY[table]))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = 'x'", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_what_was_said_is_not_changed_by_the_owner_in_passing_either(
    table: str, change: str, stage: Stage
) -> None:
    with pytest.raises(psycopg.IntegrityError, match="what is written there stays"):
        as_owner(change.format(table, APPEND_ONLY[table]))


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("change", ["DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_holds_and_the_breaker_are_not_deleted(table: str, change: str) -> None:
    with refused("permission denied", DatabaseError):
        execute(change.format(table))


@pytest.mark.django_db(transaction=True)
def test_holds_and_the_breaker_are_not_deleted_by_the_owner_in_passing_either(stage: Stage) -> None:
    hold(stage)
    breaker.open(by=staff.supervisor(), reason="Stop")
    breaker.ask_reset(by=staff.user("cora", roles.COMPLIANCE_OFFICERS), reason="Mended")

    for table in KEPT:
        with pytest.raises(psycopg.IntegrityError, match="never deleted"):
            as_owner(f"DELETE FROM {table}")  # noqa: S608
        with pytest.raises(psycopg.IntegrityError, match="what is written there stays"):
            as_owner(f"TRUNCATE {table} CASCADE")


def test_numbers_and_moments_of_recording_are_the_database_s(stage: Stage) -> None:
    """Nobody puts a consent behind or before another by its number."""
    latest = ConsentEvent.objects.latest("pk").pk
    before = timezone.now()

    execute(
        "INSERT INTO interventions_consentevent"
        " (id, customer_id, channel, purpose, is_granted, source, evidence, happened_at, recorded_at)"
        " VALUES (%s, %s, 'sms', 'support', true, 'page', '', '2026-02-17', '2001-01-01')",
        [2**60, stage.customer.pk],
    )

    event = ConsentEvent.objects.latest("pk")
    assert latest < event.pk < 2**60
    assert event.recorded_at.year != 2001
    assert before is not None


def test_what_staff_were_told_somebody_was_told(stage: Stage) -> None:
    with refused("consent_told_to_somebody"):
        ConsentEvent.objects.create(
            customer=stage.customer, channel="sms", purpose="service", is_granted=True, source="staff",
            happened_at=NOON,
        )  # fmt: skip


def hold(stage: Stage, **fields: Any) -> ContactHold:
    given = {"kind": "complaint", "reason": "wrote to us", "placed_at": NOON, "placed_by": stage.manager}
    return ContactHold.objects.create(customer=stage.customer, **given | fields)


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'hardship'",
        "reason = 'none'",
        "placed_at = now()",
        "placed_by_id = NULL",
        "until_at = now()",
        "customer_id = customer_id + 1",
        "id = id + 1",
    ],
)
def test_a_hold_is_not_weakened(stage: Stage, change: str) -> None:
    hold(stage)

    with refused("what it is cannot be changed"):
        execute(f"UPDATE interventions_contacthold SET {change}")  # noqa: S608


def test_a_hold_is_lifted_once_by_somebody_for_a_reason(stage: Stage) -> None:
    made = hold(stage)
    lift = "UPDATE interventions_contacthold SET lifted_at = %s, lifted_by_id = %s, lift_reason = %s WHERE id = %s"
    with refused("somebody lifts it for a reason|hold_lifted_by_somebody"):
        execute(lift, [NOON, None, "settled", made.pk])
    with refused("somebody lifts it for a reason"):
        execute(lift, [NOON, stage.manager.pk, "", made.pk])
    execute(lift, [NOON, stage.manager.pk, "settled", made.pk])

    for again in ([None, None, "", made.pk], [NOON, stage.manager.pk, "another reason", made.pk]):
        with refused("lifted already"):
            execute(lift, again)


def test_a_hold_begins_standing_and_for_a_reason(stage: Stage) -> None:
    for fields in (
        {"reason": ""},
        {"lifted_at": NOON, "lifted_by": stage.manager, "lift_reason": "at once"},
    ):
        with refused("begins standing"):
            hold(stage, **fields)


OPEN = "UPDATE interventions_breaker SET opened_at = now(), reason = 'x', opened_count = 3"
CLOSE = "UPDATE interventions_breaker SET opened_at = NULL, reason = '', counted_from = now()"


@pytest.fixture
def opened() -> BreakerReset:
    """An open breaker, and one person who asks for its reset."""
    breaker.open(by=staff.supervisor(), reason="Stop")
    return breaker.ask_reset(by=staff.user("cora", roles.COMPLIANCE_OFFICERS), reason="Mended")


def confirm(reset: BreakerReset, by: Any) -> None:
    execute(
        "UPDATE interventions_breakerreset SET confirmed_by_id = %s, confirmed_at = now() WHERE id = %s",
        [by, reset.pk],
    )


def test_nobody_closes_the_breaker_alone(opened: BreakerReset) -> None:
    with refused("two people reset it"):
        execute(CLOSE)
    with refused("breaker_reset_by_two"):
        confirm(opened, opened.asked_by_id)
    confirm(opened, staff.user("third", roles.SUPERVISORS).pk)
    execute(CLOSE)

    assert Breaker.objects.get().opened_at is None


@pytest.mark.parametrize(
    "change", ["opened_at = now() + interval '1 second'", "reason = 'nothing'", "counted_from = now()"]
)
def test_an_open_breaker_stays_as_it_is(opened: BreakerReset, change: str) -> None:
    with refused("stays as it is|only a reset"):
        execute(f"UPDATE interventions_breaker SET {change}")  # noqa: S608


def test_the_count_is_not_begun_anew_without_a_reset() -> None:
    breaker.check_and_count(None)

    with refused("only a reset begins its count anew"):
        execute("UPDATE interventions_breaker SET counted_from = now()")
    with refused("only a reset begins its count anew"):
        execute(OPEN + ", counted_from = now()")


def test_a_reset_does_not_stop_the_count_for_days_to_come(opened: BreakerReset) -> None:
    confirm(opened, staff.user("third", roles.SUPERVISORS).pk)

    with refused("counts from now on"):
        execute(CLOSE.replace("now()", "now() + interval '1 day'"))


def test_the_breaker_begins_closed() -> None:
    with refused("begins closed"):
        Breaker.objects.create(opened_at=timezone.now())
    with refused("begins closed"):
        Breaker.objects.create(counted_from=timezone.now())


def test_one_reset_ends_one_opening(opened: BreakerReset) -> None:
    confirm(opened, staff.user("third", roles.SUPERVISORS).pk)
    execute(CLOSE)
    execute(OPEN)

    with refused("two people reset it"):
        execute(CLOSE)
    for opening in (opened.opened_at, timezone.now()):
        with refused("ends the present opening"):
            BreakerReset.objects.create(opened_at=opening, asked_by=opened.asked_by, reason="again")


@pytest.mark.parametrize("change", ["reason = 'x'", "asked_by_id = asked_by_id + 1", "opened_at = now()"])
def test_what_was_asked_stays(opened: BreakerReset, change: str) -> None:
    with refused("what was said stays"):
        execute(f"UPDATE interventions_breakerreset SET {change}")  # noqa: S608


def test_a_reset_is_confirmed_once_and_not_when_it_is_asked_for(opened: BreakerReset) -> None:
    third = staff.user("third", roles.SUPERVISORS)
    confirm(opened, third.pk)

    with refused("what was said stays"):
        confirm(opened, staff.user("fourth", roles.SUPERVISORS).pk)
    with refused("one person asks"):
        BreakerReset.objects.create(
            opened_at=opened.opened_at, asked_by=opened.asked_by, reason="x", confirmed_by=third,
            confirmed_at=timezone.now(),
        )  # fmt: skip
    with refused("one person asks"):
        BreakerReset.objects.create(opened_at=opened.opened_at, asked_by=third, reason="")


def test_raw_sql_can_give_and_withdraw_consent(stage: Stage) -> None:
    """The counterpart: what is allowed goes through, so the refusals above are of their reasons."""
    consents.withdraw(customer=stage.customer, channel="sms", purpose="support", source="page")

    assert not consents.state_of(stage.customer)["sms", "support"].is_granted
