"""Audit events: written with the act or not at all, and never changed."""

import datetime as dt
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError

from audit import request_context
from audit.models import AuditEvent, AuditPersonal, AuditSeal, UnsealedEvent
from audit.sealed_rows import commitment_of
from audit.services import Happened, erase_personal, exported, label_of, record, record_many, viewed
from audit.tests import sealed

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return sealed.officer()


def test_record_says_what_happened_who_did_it_and_to_what(officer: User) -> None:
    event = record(
        action="ingest.halt.lifted", subject_type="halt", subject_id=7, actor=officer, detail={"lag": 12}
    )

    stored = AuditEvent.objects.get(pk=event.pk)
    assert stored == event
    assert (stored.action, stored.actor, stored.detail) == ("ingest.halt.lifted", officer, {"lag": 12})
    assert (stored.subject_type, stored.subject_id, str(stored)) == ("halt", "7", "ingest.halt.lifted halt:7")
    assert stored.recorded_at is not None


def test_system_acts_without_an_actor() -> None:
    record(action="risk.day.evaluated", subject_type="day", subject_id="2026-02-17")

    stored = AuditEvent.objects.get()
    assert (stored.actor, stored.actor_label, stored.detail) == (None, "", {})


def test_record_is_undone_with_the_act_it_records() -> None:
    with pytest.raises(RuntimeError, match="failed"), transaction.atomic():
        record(action="customers.customer.assigned", subject_type="customer", subject_id=1)
        raise RuntimeError("failed")

    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("change", [{"detail": {}}, {"action": "nothing.was.done"}, {"subject_id": "8"}])
def test_event_cannot_be_edited(change: dict[str, object]) -> None:
    event = record(action="ingest.halt.lifted", subject_type="halt", subject_id=7, detail={"lag": 12})

    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).update(**change)

    assert AuditEvent.objects.get().detail == {"lag": 12}


def test_event_cannot_be_deleted() -> None:
    event = record(action="ingest.halt.lifted", subject_type="halt", subject_id=7)

    with pytest.raises(DatabaseError), transaction.atomic():
        event.delete()

    assert AuditEvent.objects.count() == 1


def test_actor_cannot_disappear_from_what_they_did(officer: User) -> None:
    record(action="ingest.halt.lifted", subject_type="halt", subject_id=7, actor=officer)

    with pytest.raises(ProtectedError):
        officer.delete()


@pytest.mark.parametrize(
    ("table", "enabled"),
    [
        ("audit_auditevent", "A"),
        ("audit_auditseal", "A"),
        ("audit_auditcheckpoint", "A"),
        ("audit_checkpointmail", "A"),
        ("customers_instalmentpayment", "O"),
        ("risk_assessment", "O"),
        ("risk_rulebook", "O"),
    ],
)
def test_trigger_refuses_changes_even_where_a_grant_would_allow_them(table: str, enabled: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_or(tgtype & 16 > 0 AND tgtype & 8 > 0 AND tgtype & 2 > 0 AND tgenabled = %s)"
            " FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [enabled, table],
        )
        # Before an update and before a delete, enabled; A also for a session that replays another's changes.
        assert cursor.fetchone() == (True,)


def test_names_are_kept_as_they_were(officer: User) -> None:
    officer.first_name, officer.last_name = "Cyrus", "Daruwala"
    event = record(
        action="tests.thing.done",
        subject_type="thing",
        subject_id=1,
        actor=officer,
        subject_label="Thing 1",
        reason="so",
    )
    officer.first_name = "Other"
    officer.save()

    event.refresh_from_db()
    assert (event.actor_label, event.subject_label, event.reason) == (
        "Cyrus Daruwala (officer)",
        "Thing 1",
        "so",
    )


def test_event_carries_the_id_of_its_request() -> None:
    with request_context.use("request-1"):
        event = record(action="tests.thing.done", subject_type="thing", subject_id=1)

    assert event.request_id == "request-1"
    assert request_context.current() == ""


@pytest.mark.parametrize(
    ("given", "is_valid"),
    [
        ("0123456789abcdef", True),
        ("req_1.2-3", True),
        ("short", False),
        ("x" * 65, False),
        ("with space in it", False),
        ("line\nbreak-line", False),
        ("trailing-newline\n", False),
        ("", False),
        ("-begins-with-a-dash", False),
        ("é" * 10, False),
    ],
)
def test_strange_request_ids_are_not_taken_over(given: str, is_valid: bool) -> None:
    assert request_context.is_valid(given) is is_valid
    assert request_context.is_valid(request_context.new())


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"subject_type": "customer", "subject_id": 5}, "5"),
        ({"subject_type": "case", "subject_id": 5, "customer": 7}, "7"),
        ({"subject_type": "case", "subject_id": 5, "detail": {"customer_id": 8}}, "8"),
        ({"subject_type": "case", "subject_id": 5, "detail": {"customer_id": None}}, ""),
        ({"subject_type": "case", "subject_id": 5}, ""),
    ],
)
def test_event_is_found_by_the_customer_it_concerns(fields: dict[str, Any], key: str) -> None:
    assert record(action="tests.thing.done", **fields).customer_key == key


def test_views_and_exports_name_what_was_seen(officer: User) -> None:
    seen = viewed(by=officer, subject_type="customer", subject_id=5, what="case page")
    taken = exported(
        by=officer, subject_type="case", subject_id=3, what="case pack", file_format="pdf", customer=5
    )
    listed = exported(
        by=officer, subject_type="queue", subject_id="*", what="queue", file_format="csv", rows=9
    )

    assert (seen.action, seen.customer_key, seen.detail) == ("customer.viewed", "5", {"what": "case page"})
    assert (taken.action, taken.customer_key) == ("case.exported", "5")
    assert taken.detail == {"what": "case pack", "format": "pdf"}
    assert listed.detail == {"what": "queue", "format": "csv", "rows": 9}


def test_personal_part_is_apart_and_fits_its_commitment() -> None:
    event = record(
        action="tests.thing.done",
        subject_type="customer",
        subject_id=5,
        personal={"before": {"phone": "1\0"}, "after": {"day": dt.date(2026, 2, 17)}},
    )

    part = event.personal
    assert json.loads(part.content) == {"before": {"phone": "1\0"}, "after": {"day": "2026-02-17"}}
    assert commitment_of(bytes(part.salt), part.content).hex() == event.commitment
    assert "2026" not in json.dumps(event.detail)
    assert str(part) == f"personal part of {event.pk}"


def test_equal_personal_parts_have_different_commitments() -> None:
    one, other = (
        record(action="tests.thing.done", subject_type="thing", subject_id=1, personal={"after": 1})
        for _ in "ab"
    )

    assert one.commitment != other.commitment


@pytest.mark.parametrize("change", [{"salt": b"x" * 32}, {"content": "{}"}, {"salt": b""}])
def test_database_takes_no_personal_part_but_the_one_committed_to(change: dict[str, Any]) -> None:
    event = record(action="tests.thing.done", subject_type="thing", subject_id=1)
    salt, content = b"s" * 32, '{"after":1}'
    fields = {"event": event, "salt": salt, "content": content} | change

    with pytest.raises(IntegrityError, match="not the personal part"), transaction.atomic():
        AuditPersonal.objects.create(**fields)


def test_erasure_is_ordered_with_a_reason_and_noted_for_each_event(officer: User) -> None:
    events = [
        record(action="tests.thing.done", subject_type="customer", subject_id=5, personal={"after": number})
        for number in range(2)
    ]
    other = record(action="tests.thing.done", subject_type="customer", subject_id=6, personal={"after": 1})

    assert erase_personal(customer=5, by=officer, reason="request 7") == 2

    assert [part.event_id for part in AuditPersonal.objects.all()] == [other.pk]
    ordered = AuditEvent.objects.get(action="audit.erasure.ordered")
    assert (ordered.actor, ordered.reason, ordered.detail) == (officer, "request 7", {"parts": 2})
    noted = AuditEvent.objects.filter(action="audit.personal.erased", customer_key="5")
    assert {each.subject_id for each in noted} == {str(event.pk) for event in events}
    with pytest.raises(ValueError, match="reason"):
        erase_personal(customer=5, by=officer, reason=" ")


@pytest.mark.parametrize("is_superuser", [False, True])
def test_only_officers_erase_and_who_else_tries_is_recorded(is_superuser: bool) -> None:
    record(action="tests.thing.done", subject_type="customer", subject_id=5, personal={"after": 1})
    other = User.objects.create_user("other", is_superuser=is_superuser)

    with pytest.raises(PermissionDenied, match="Only compliance officers"):
        erase_personal(customer=5, by=other, reason="request 7")

    assert AuditPersonal.objects.count() == 1
    refused = AuditEvent.objects.get(action="audit.erasure.refused")
    assert (refused.actor, refused.customer_key) == (other, "5")
    assert not AuditEvent.objects.filter(action="audit.erasure.ordered").exists()


def test_officer_who_was_dismissed_erases_nothing(officer: User) -> None:
    officer.is_active = False

    with pytest.raises(PermissionDenied):
        erase_personal(customer=5, by=officer, reason="request 7")


def test_words_about_a_customer_are_kept_where_they_can_be_erased(officer: User) -> None:
    of_one = record(
        action="tests.case.closed", subject_type="case", subject_id=1, customer=5, reason="she is ill",
        personal={"after": 1},
    )  # fmt: skip
    said = Happened(
        action="tests.case.closed", subject_type="case", subject_id=2, customer=5, reason="he is ill"
    )
    silent = Happened(action="tests.case.closed", subject_type="case", subject_id=3, customer=5)
    (of_many, without) = record_many([said, silent])

    assert json.loads(of_one.personal.content) == {"after": 1, "reason": "she is ill"}
    assert json.loads(of_many.personal.content) == {"reason": "he is ill"}
    assert without.commitment == ""
    assert {of_one.reason, of_many.reason} == {""}
    assert erase_personal(customer=5, by=officer, reason="request 7") == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(event::text, ' ') FROM audit_auditevent event")
        assert " is ill" not in cursor.fetchone()[0]


def test_words_about_no_customer_stay_with_the_event() -> None:
    event = record(action="tests.policy.approved", subject_type="policy", subject_id=1, reason="reads well")

    assert (event.reason, event.commitment) == ("reads well", "")


ORDER = {"action": "audit.erasure.ordered", "subject_type": "customer", "subject_id": 5}


@pytest.mark.parametrize("order", [None, ORDER, {**ORDER, "subject_id": 6, "actor": True}])
def test_personal_part_does_not_go_unless_somebody_ordered_it_of_this_customer(
    officer: User, order: dict[str, Any] | None
) -> None:
    record(action="tests.thing.done", subject_type="customer", subject_id=5, personal={"after": 1})
    if order is not None:
        record(**{**order, "actor": officer if order.get("actor") else None})

    refused = pytest.raises(IntegrityError, match="nobody ordered that its personal part be erased")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditpersonal")
    assert not AuditEvent.objects.filter(action="audit.personal.erased").exists()


def test_part_of_no_customer_is_never_erased(officer: User) -> None:
    record(action="tests.thing.done", subject_type="thing", subject_id=1, personal={"after": 1})

    with pytest.raises(ValueError, match="customer by customer"):
        erase_personal(customer="", by=officer, reason="request 7")
    assert AuditPersonal.objects.exists()


def test_user_without_a_full_name_is_called_by_username(officer: User) -> None:
    assert (label_of(officer), label_of(None)) == ("officer", "")


def test_rows_have_names_for_people() -> None:
    assert str(AuditSeal(sequence=7)) == "seal 7"
    assert str(UnsealedEvent(event_id=8)) == "unsealed 8"
