"""Audit events that the application's role forges: each is named, and none keeps verification from all the others."""

from typing import Any

import pytest

from audit.models import AuditEvent
from audit.services import record
from customers.tests.factories import CustomerFactory
from interventions.contact import consents, holds
from interventions.models import ConsentEvent
from interventions.proof import receipt_parts
from interventions.proof.receipt_checks import altered_ledgers, lost_decisions_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HASH = {"receipt_sha256": "0" * 64}
NONSENSE: list[tuple[str, str, Any]] = [
    (consents.GRANTED, "x", HASH),
    (consents.WITHDRAWN, "-5", HASH),
    (consents.GRANTED, "9" * 40, HASH),
    ("interventions.hold.placed", "\u0663", HASH),
    ("interventions.hold.lifted", "", HASH),
    (consents.ADDED, "1-9", {}),
    (consents.ADDED, "1-9", ["numbers", "merkle_root"]),
    (consents.ADDED, "1-9", {"numbers": "all", "merkle_root": ""}),
    (consents.ADDED, "1-9", {"numbers": [[1, 2]], "merkle_root": ""}),
    (consents.ADDED, "1-9", {"numbers": [[1, 9, 0]], "merkle_root": ""}),
    (consents.ADDED, "1-9", {"numbers": [[1, 10**17, 1]], "merkle_root": ""}),
    ("interventions.gate.denied", "x", {}),
]


def forged(action: str, subject_id: str, detail: Any, **fields: Any) -> AuditEvent:
    return AuditEvent.objects.create(
        action=action, subject_type="gate_decision", subject_id=subject_id, detail=detail, **fields
    )


def slipped_in() -> ConsentEvent:
    """A line of the ledger that nobody recorded, after one that somebody did."""
    customer = CustomerFactory.create()
    consents.grant(customer=customer, channel="sms", purpose="support", source="page")
    return ConsentEvent.objects.create(
        customer=customer, channel="email", purpose="support", is_granted=True, source="page",
        happened_at=ConsentEvent.objects.get().happened_at,
    )  # fmt: skip


@pytest.mark.parametrize(("action", "subject_id", "detail"), NONSENSE)
def test_event_without_sense_is_named_and_hides_nothing(action: str, subject_id: str, detail: Any) -> None:
    line = slipped_in()
    event = forged(action, subject_id, detail)

    _position, problems = receipt_parts.next_part({})

    assert problems == [
        f"audit event {event.pk} ({action}) says what none that we write says: it was forged",
        f"consent {line.pk}: no audit event recorded it",
    ]


def test_everything_at_once_names_them_too() -> None:
    line = slipped_in()
    for each in NONSENSE:
        forged(*each)

    found = list(altered_ledgers())

    assert len([each for each in found if "it was forged" in each]) == len(NONSENSE) - 1
    assert found[-1] == f"consent {line.pk}: no audit event recorded it"
    (lost,) = lost_decisions_of(AuditEvent.objects.filter(action="interventions.gate.denied"))
    assert "it was forged" in lost


@pytest.mark.parametrize("number", [-7, 10**17])
def test_number_that_somebody_chose_hides_no_event_from_the_parts(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt_parts, "EVENTS", 1)
    forged("interventions.gate.denied", "5", {}, pk=number)
    record(action="tests.thing.done", subject_type="thing", subject_id=1)

    position, problems = receipt_parts.next_part({})
    _position, more = receipt_parts.next_part(position)

    assert problems + more == [f"gate decision 5 has gone; audit event {number} recorded it"]


def test_events_forged_to_be_the_first_do_not_put_off_where_the_ledger_is_bound() -> None:
    forged(consents.WITHDRAWN, "9" * 15, HASH, pk=-1)

    line = slipped_in()

    assert f"consent {line.pk}: no audit event recorded it" in list(altered_ledgers())


def test_words_of_a_hold_in_another_form_are_not_those_it_was_placed_with() -> None:
    hold = holds.place(customer=CustomerFactory.create(), kind="bereavement", reason="a death", by=None)
    detail = AuditEvent.objects.get(action="interventions.hold.placed").detail
    record(
        action="interventions.hold.placed", subject_type="hold", subject_id=hold.pk, detail=detail,
        personal={"after": 1},
    )  # fmt: skip

    assert list(altered_ledgers()) == [f"hold {hold.pk} is not as it was recorded"]
