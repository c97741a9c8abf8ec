"""Sealing: every event once, in an order without gaps, whatever order they are committed in."""

import threading
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from audit import reading, sealing
from audit.models import AuditEvent, AuditSeal, UnsealedEvent
from audit.sealed_rows import BEFORE_THE_FIRST, chain_hash, row_hash
from audit.services import record
from audit.tests.sealed import events, owner, rows, sealed

pytestmark = pytest.mark.django_db


def sequences() -> list[int]:
    return list(AuditSeal.objects.order_by("sequence").values_list("sequence", flat=True))


def test_events_get_places_without_gaps_and_leave_the_queue() -> None:
    made = events(5)
    assert UnsealedEvent.objects.count() == 5

    assert sealing.seal(most=2) == 5

    assert sequences() == [1, 2, 3, 4, 5]
    assert [each.event_id for each in rows()] == [each.pk for each in made]
    assert not UnsealedEvent.objects.exists()
    assert sealing.seal() == 0


def test_database_hashes_as_this_program_does() -> None:
    found = sealed(3, reason="why", subject_label="Nächste", personal={"after": {"a": 1}})

    before = BEFORE_THE_FIRST
    for row in found:
        assert row.event is not None
        assert row_hash(row.event) == row.row_hash
        assert chain_hash(before, row) == row.chain_hash
        before = row.chain_hash


def test_sealing_goes_on_where_it_ended() -> None:
    sealed(2)

    sealed(2)

    assert sequences() == [1, 2, 3, 4]


def test_no_batch_begins_after_its_time() -> None:
    events(1)

    assert sealing.seal(until=0.0) == 0


def test_rolled_back_savepoint_leaves_nothing_to_seal() -> None:
    record(action="tests.thing.kept", subject_type="thing", subject_id=1)
    with pytest.raises(RuntimeError), transaction.atomic():
        events(3)
        raise RuntimeError("undone")

    assert sealing.seal() == 1


@pytest.mark.django_db(transaction=True)
def test_event_that_is_committed_late_is_sealed_late() -> None:
    has_written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            record(action="tests.slow.done", subject_type="thing", subject_id="slow")
            has_written.set()
            may_commit.wait(60)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert has_written.wait(30)
    events(2)
    assert sealing.seal() == 2
    may_commit.set()
    thread.join()

    assert sealing.seal() == 1

    ids = [each.event_id for each in rows()]
    assert sequences() == [1, 2, 3]
    assert ids[2] < ids[0]


@pytest.mark.django_db(transaction=True)
def test_only_one_seals_at_a_time() -> None:
    events(1)
    found: list[Any] = []
    with transaction.atomic():
        assert sealing.seal_batch() == 1

        def other() -> None:
            found.append(sealing.seal_batch())
            found.append(sealing.seal())
            connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    assert found == [None, 0]
    assert sequences() == [1]


@pytest.mark.django_db(transaction=True)
def test_sealer_that_dies_leaves_its_events_to_the_next() -> None:
    events(2)
    with pytest.raises(RuntimeError), transaction.atomic():
        sealing.seal_batch()
        raise RuntimeError("killed")

    assert sequences() == []
    assert sealing.seal() == 2


def test_what_is_sealed_or_waits_is_not_queued_again() -> None:
    sealed(1)
    assert sealing.requeue() == 0
    events(1)
    assert sealing.requeue() == 0


@pytest.mark.skipif(not settings.DATABASE_OWNER_URL, reason="owner and application are one role here")
@pytest.mark.django_db(transaction=True)
def test_what_lost_its_place_in_the_queue_gets_it_back() -> None:
    (event,) = events(1)
    with owner() as other:
        other.execute("DELETE FROM audit_unsealedevent")
        assert other.execute("SELECT public.equilibrate_audit_requeue()").fetchone() == (1,)
        assert other.execute("SELECT event_id FROM audit_unsealedevent").fetchall() == [(event.pk,)]


def test_nobody_fills_the_queue_by_the_owners_own_function() -> None:
    found = sealed(1)
    refused = pytest.raises(DatabaseError, match=r"permission denied for function .*audit_enqueue")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE mine (id bigint);"
            " CREATE TRIGGER fill AFTER INSERT ON mine FOR EACH ROW"
            " EXECUTE FUNCTION public.equilibrate_audit_enqueue()"
        )
        cursor.execute("INSERT INTO mine VALUES (%s)", [found[0].event_id])


@pytest.mark.skipif(not settings.DATABASE_OWNER_URL, reason="owner and application are one role here")
@pytest.mark.django_db(transaction=True)
def test_what_is_sealed_already_and_queued_again_holds_nobody_up() -> None:
    (row,) = sealed(1)
    with owner() as other:
        other.execute("INSERT INTO audit_unsealedevent VALUES (%s)", [row.event_id])
        assert other.execute("SELECT public.equilibrate_audit_seal(10)").fetchone() == (0,)
        assert other.execute("SELECT count(*) FROM audit_unsealedevent").fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_queueing_again_waits_for_the_sealer() -> None:
    """Else it would queue what the sealer is about to take out of the queue: sealed already, and never to be sealed."""
    events(1)
    found: list[Any] = []

    def other() -> None:
        found.append(sealing.requeue())
        connection.close()

    with transaction.atomic():
        assert sealing.seal_batch() == 1
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.5)
        is_waiting = thread.is_alive()
    thread.join(10)

    assert (is_waiting, found) == (True, [0])
    assert not UnsealedEvent.objects.exists()


FORGERIES = [
    "DELETE FROM audit_unsealedevent",
    "INSERT INTO audit_unsealedevent VALUES (7)",
    "TRUNCATE audit_unsealedevent",
    "INSERT INTO audit_auditseal VALUES (9, 1, '', '', now(), 1)",
    "UPDATE audit_auditseal SET row_hash = ''",
    "DELETE FROM audit_auditseal",
    "TRUNCATE audit_auditseal",
    "UPDATE audit_auditevent SET reason = 'other'",
    "DELETE FROM audit_auditevent",
    "TRUNCATE audit_auditevent CASCADE",
    "UPDATE audit_auditpersonal SET content = '{}'",
    "TRUNCATE audit_auditpersonal",
    "UPDATE audit_auditcheckpoint SET size = 0",
    "DELETE FROM audit_auditcheckpoint",
    "ALTER TABLE audit_auditevent DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION public.equilibrate_audit_seal(most integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
]


@pytest.mark.parametrize("statement", FORGERIES)
def test_application_has_no_way_to_seals_queue_or_what_was_recorded(statement: str) -> None:
    sealed(1, personal={"after": 1})

    refused = pytest.raises(DatabaseError, match=r"permission denied|must be owner")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_nobody_dates_an_event_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_auditevent (action, subject_type, subject_id, detail, recorded_at)"
            " VALUES ('tests.thing.done', 'thing', '1', '{}', '2001-01-01')"
        )

    assert AuditEvent.objects.get().recorded_at.year > 2020


def test_table_of_the_same_name_does_not_stand_in_for_the_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE audit_unsealedevent (event_id bigint primary key)")
        cursor.execute("CREATE TEMP TABLE audit_auditseal AS SELECT * FROM public.audit_auditseal")
    events(1)

    assert sealing.seal() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM public.audit_auditseal")
        assert cursor.fetchone() == (1,)
        assert reading.head(cursor) == 1
