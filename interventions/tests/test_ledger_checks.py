"""Consents and holds are bound by the audit: what the owner of the tables does to them behind its back is found."""

import io
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from audit.models import AuditEvent, AuditVerification
from audit.services import erase_personal
from audit.tests.sealed import officer
from customers.models import Customer
from customers.tests.factories import CustomerFactory
from interventions.contact import consents, holds
from interventions.models import Channel, ConsentEvent, ContactHold, Purpose
from interventions.proof import receipt_parts
from interventions.proof.receipt_checks import altered_ledgers
from interventions.tests import staff
from risk.tests.factories import NOON

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("at_noon"),
    pytest.mark.skipif(not settings.DATABASE_OWNER_URL, reason="owner and application are one role here"),
]


def behind_its_back(statement: str, *parameters: object) -> None:
    """As the owner, with every trigger off."""
    tables = ("interventions_consentevent", "interventions_contacthold")
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        for table in tables:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        owner.execute(statement, parameters)
        for table in tables:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def said(customer: Customer, channel: str = "sms") -> ConsentEvent:
    return consents.grant(
        customer=customer, channel=channel, purpose="support", source="page", evidence="f 7"
    )


def line(customer: Customer, channel: str, **fields: Any) -> ConsentEvent:
    return ConsentEvent(
        customer=customer, channel=channel, purpose=Purpose.SUPPORT, is_granted=True, source="import",
        happened_at=NOON, **fields,
    )  # fmt: skip


def found() -> list[str]:
    """By reading everything; part by part the same."""
    everything = sorted(altered_ledgers())
    position, problems = receipt_parts.next_part({})
    assert sorted(problems) == everything
    assert position == {
        "events": None,
        "gate_decisions": None,
        "messages": None,
        "consents": None,
        "holds": None,
    }
    return everything


INSERT = """
INSERT INTO interventions_consentevent
    (customer_id, channel, purpose, is_granted, source, evidence, happened_at, recorded_at)
SELECT customer_id, 'voice', purpose, true, 'import', '', happened_at, recorded_at FROM interventions_consentevent
LIMIT 1
"""


def test_consents_of_one_customer_changed_deleted_or_added_are_found() -> None:
    customer = CustomerFactory.create()
    first, second = said(customer), said(customer, "email")
    consents.withdraw(customer=customer, channel="sms", purpose="support", source="reply")
    assert found() == []

    behind_its_back("UPDATE interventions_consentevent SET is_granted = false WHERE id = %s", second.pk)
    behind_its_back("DELETE FROM interventions_consentevent WHERE id = %s", first.pk)
    behind_its_back(INSERT)

    added = ConsentEvent.objects.get(channel="voice")
    event = AuditEvent.objects.get(subject_type="consent", subject_id=str(first.pk))
    assert found() == [
        f"consent {first.pk} has gone; audit event {event.pk} recorded it",
        f"consent {second.pk} is not as it was recorded",
        f"consent {added.pk}: no audit event recorded it",
    ]


@pytest.mark.parametrize(
    "change",
    ["evidence = 'x'", "recorded_at = now()", "happened_at = now()", "customer_id = customer_id + 1"],
)
def test_no_field_of_a_consent_is_left_out(change: str) -> None:
    one, _other = CustomerFactory.create(), CustomerFactory.create()
    made = said(one)

    behind_its_back(f"UPDATE interventions_consentevent SET {change}")  # noqa: S608 - our own words

    assert found() == [f"consent {made.pk} is not as it was recorded"]


def test_lines_of_a_file_are_bound_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consents, "BATCH_ROWS", 3)
    customers = CustomerFactory.create_batch(2)
    consents.add_all([line(each, channel) for each in customers for channel in ("sms", "email")])
    one, two, three, four = ConsentEvent.objects.order_by("pk")
    (of_three, of_one) = AuditEvent.objects.filter(action=consents.ADDED).order_by("pk")
    assert (of_three.detail["numbers"], of_one.detail["count"]) == ([[one.pk, three.pk, two.pk - one.pk]], 1)
    assert found() == []

    behind_its_back("UPDATE interventions_consentevent SET channel = 'voice' WHERE id = %s", two.pk)
    assert found() == [f"of consents {one.pk}-{three.pk} one is not as audit event {of_three.pk} recorded it"]

    behind_its_back(
        "DELETE FROM interventions_consentevent WHERE id IN (%s, %s, %s)", one.pk, two.pk, four.pk
    )
    behind_its_back(INSERT)
    last = ConsentEvent.objects.latest("pk").pk
    assert found() == [
        f"consent {one.pk} and 1 more have gone; audit event {of_three.pk} recorded them with others",
        f"consent {four.pk} has gone; audit event {of_one.pk} recorded them with others",
        f"consent {last}: no audit event recorded it",
    ]


def test_numbers_are_told_as_runs() -> None:
    assert consents._runs([1, 2, 3, 7, 9, 11, 20]) == [[1, 3, 1], [7, 11, 2], [20, 20, 1]]
    consents.add_all([])
    assert not AuditEvent.objects.filter(action=consents.ADDED).exists()


def test_consents_from_before_they_were_bound_tell_nothing() -> None:
    customer = CustomerFactory.create()
    ConsentEvent.objects.bulk_create([line(customer, "email")])
    assert found() == []
    said(customer)

    assert found() == []


def test_imported_and_made_up_consents_are_bound(tmp_path: Path, settings: Any) -> None:
    CustomerFactory.create(bank_id="C1", email="c1@example.com")
    file = tmp_path / "consents.csv"
    file.write_text("customer_id,channel,granted,happened_at\nC1,sms,yes,2026-01-05\n")
    call_command("import_consents", str(file), stdout=io.StringIO())
    CustomerFactory.create(bank_id="C2", email="c2@example.com")
    settings.BANK_CLOCK_SPEED = 60.0
    call_command("simulate_consents", stdout=io.StringIO())

    assert AuditEvent.objects.filter(action=consents.ADDED).count() == 2
    assert ConsentEvent.objects.filter(customer__bank_id="C2").exists()
    assert found() == []


@pytest.fixture
def hold() -> ContactHold:
    customer = CustomerFactory.create()
    return holds.place(customer=customer, kind="bereavement", reason="her mother died", by=None)


@pytest.mark.parametrize(
    "change",
    ["kind = 'hardship'", "reason = 'nothing much'", "until_at = now()", "placed_at = now()"],
)
def test_hold_that_was_changed_is_found(hold: ContactHold, change: str) -> None:
    assert found() == []

    behind_its_back(f"UPDATE interventions_contacthold SET {change}")  # noqa: S608 - our own words

    assert found() == [f"hold {hold.pk} is not as it was recorded"]


def test_hold_lifted_behind_its_back_is_found(hold: ContactHold) -> None:
    by = staff.supervisor()
    behind_its_back(
        "UPDATE interventions_contacthold SET lifted_at = now(), lifted_by_id = %s, lift_reason = 'so'", by.pk
    )

    assert found() == [f"hold {hold.pk}: no audit event recorded that it was lifted"]


def test_hold_put_back_deleted_or_added_is_found(hold: ContactHold) -> None:
    holds.lift(hold=hold, by=staff.supervisor(), reason="she asked us to")
    assert found() == []
    behind_its_back(
        "UPDATE interventions_contacthold SET lifted_at = null, lifted_by_id = null, lift_reason = ''"
    )
    assert found() == [f"hold {hold.pk} is not as it was recorded"]
    behind_its_back("DELETE FROM interventions_contacthold")
    assert len(found()) == 2
    behind_its_back(
        "INSERT INTO interventions_contacthold (customer_id, kind, reason, placed_at, lift_reason)"
        " VALUES (%s, 'legal', 'x', now(), '')",
        hold.customer_id,
    )
    assert found()[-1].endswith("no audit event recorded it")


def test_erased_words_are_no_fault(hold: ContactHold) -> None:
    erase_personal(customer=hold.customer_id, by=officer(), reason="request 7")

    assert found() == []


def test_decision_that_has_gone_is_found_part_by_part() -> None:
    AuditEvent.objects.create(
        action="interventions.gate.denied", subject_type="gate_decision", subject_id="5"
    )

    _position, problems = receipt_parts.next_part({})

    assert problems[0].startswith("gate decision 5 has gone")


def test_parts_go_on_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt_parts, "ROWS", 2)
    monkeypatch.setattr(receipt_parts, "EVENTS", 1)
    customer = CustomerFactory.create()
    for channel in list(Channel.values)[:3]:
        said(customer, channel)
    behind_its_back(INSERT)
    numbers = list(ConsentEvent.objects.order_by("pk").values_list("pk", flat=True))
    position: dict[str, Any] = {}
    seen, problems = [], []

    for _ in range(3):
        position, some = receipt_parts.next_part(position)
        seen.append(position["consents"])
        problems += some

    assert seen == [numbers[1], numbers[3], None]
    assert problems == [f"consent {numbers[3]}: no audit event recorded it"]


def test_command_finds_them_and_takes_the_fault_back_when_all_is_right(hold: ContactHold) -> None:
    behind_its_back("UPDATE interventions_contacthold SET kind = 'legal'")
    with pytest.raises(CommandError, match=f"hold {hold.pk} is not as it was recorded"):
        call_command("verify_decisions", stdout=io.StringIO())
    assert not AuditVerification.objects.exists()
    behind_its_back("UPDATE interventions_contacthold SET kind = 'bereavement'")

    call_command("verify_decisions", stdout=io.StringIO())

    assert AuditVerification.objects.get().is_complete
