"""Audit events: written with the act or not at all, and never changed."""

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from audit.models import AuditEvent
from audit.services import record

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return User.objects.create_user("officer")


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
