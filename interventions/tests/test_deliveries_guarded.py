"""A delivery moves only along its way, by raw SQL of the application's role as well."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from interventions.models import Channel, Delivery, ProviderEvent
from interventions.tests.deliveries import S, allow, brought, confirmed, queued, step
from risk.tests.factories import NOON
from risk.tests.test_standing import as_owner

pytestmark = pytest.mark.django_db
STATES = list(S)
ALLOWED = {
    (S.PENDING, S.SENDING), (S.PENDING, S.FAILED), (S.PENDING, S.DENIED), (S.PENDING, S.CANCELLED),
    (S.SENDING, S.PENDING), (S.SENDING, S.SENT), (S.SENDING, S.DELIVERED), (S.SENDING, S.FAILED),
    (S.SENDING, S.UNKNOWN), (S.UNKNOWN, S.SENT), (S.UNKNOWN, S.DELIVERED), (S.UNKNOWN, S.FAILED),
    (S.SENT, S.DELIVERED), (S.SENT, S.FAILED),
}  # fmt: skip


def execute(statement: str, parameters: Any = None) -> None:
    """As the application's role, which the tests' connection is."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@contextmanager
def refused(because: str, error: type[Exception] = IntegrityError) -> Iterator[None]:
    with pytest.raises(error, match=because), transaction.atomic():
        yield


@pytest.mark.parametrize(
    ("before", "after"), [pair for pair in itertools.permutations(STATES, 2) if pair not in ALLOWED]
)
def test_raw_sql_cannot_leave_the_way(before: S, after: S) -> None:
    delivery = brought(before) if before != S.PENDING else queued()
    contacted = (
        "NULL, handed_over_at = NULL" if after in (S.PENDING, S.DENIED, S.CANCELLED) else "contacted_at"
    )

    with refused("does not become|stays as it is"):
        execute(
            f"UPDATE interventions_delivery SET state = %s, contacted_at = {contacted} WHERE id = %s",  # noqa: S608
            [after, delivery.pk],
        )


@pytest.mark.parametrize(("before", "after"), sorted(ALLOWED))
def test_the_way_is_open(before: S, after: S) -> None:
    delivery = brought(before) if before != S.PENDING else queued()
    when = {S.PENDING: None, S.SENDING: NOON}.get(after, delivery.contacted_at)

    step(delivery, after, contacted_at=when, handed_over_at=when, claimed_by="test", claimed_at=NOON)

    delivery.refresh_from_db()
    assert delivery.state == after


@pytest.mark.parametrize("after", [S.SENT, S.DELIVERED])
def test_provider_may_have_what_it_put_off(after: S) -> None:
    """Only what was tried, and only under the provider's id."""
    delivery = brought(S.SENDING)
    step(delivery, S.PENDING, contacted_at=None, handed_over_at=None)

    with refused("does not become"):
        step(delivery, after, contacted_at=NOON, handed_over_at=NOON)
    step(delivery, after, contacted_at=NOON, handed_over_at=NOON, provider="twilio", provider_id="SM1")

    with refused("does not become"):
        step(queued(), after, contacted_at=NOON, handed_over_at=NOON, provider="twilio", provider_id="SM2")


@pytest.mark.parametrize(
    "change",
    [
        "body = body || '!'",
        "subject = 'Other'",
        "body_sha256 = repeat('0', 64)",
        "address = '+911110000000'",
        "idempotency_key = gen_random_uuid()",
        "channel = 'email'",
        "is_automatic = true",
        "created_at = now() - interval '1 day'",
        "id = gen_random_uuid()",
    ],
)
@pytest.mark.parametrize("state", [S.PENDING, S.SENDING, S.SENT, S.UNKNOWN])
def test_raw_sql_cannot_change_what_a_delivery_says(state: S, change: str) -> None:
    delivery = brought(state) if state != S.PENDING else queued()

    with refused("what it says, to whom and under which key stays"):
        execute(f"UPDATE interventions_delivery SET {change} WHERE id = %s", [delivery.pk])  # noqa: S608


SENDING = """
UPDATE interventions_delivery SET state = 'sending', attempts = attempts + 1, claimed_by = 'sql', claimed_at = now(),
    contacted_at = now(), handed_over_at = now() WHERE id = %s
"""


@pytest.mark.parametrize(
    "decision",
    [
        None,
        {"is_allowed": False, "rule": "consent"},
        {"body_sha256": "0" * 64},
        {"moment": "confirm"},
        {"channel": "email"},
    ],
)
def test_nothing_is_sent_without_the_gate(decision: dict[str, Any] | None) -> None:
    delivery = queued()
    if decision is not None:
        made = {"moment": "send", "channel": delivery.channel, **decision}
        execute(
            "INSERT INTO interventions_gatedecision (customer_id, intervention_id, delivery_id, moment, channel,"
            " is_allowed, rule, trace, content_hash, body_sha256, decided_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, '{}', '', %s, now())",
            [
                delivery.customer_id, delivery.intervention_id, delivery.pk, made["moment"], made["channel"],
                made.get("is_allowed", True), made.get("rule", ""), made.get("body_sha256", delivery.body_sha256),
            ],
        )  # fmt: skip

    with refused("the send gate did not allow it in this transaction"):
        execute(SENDING, [delivery.pk])


def test_gate_of_another_delivery_lets_nothing_go() -> None:
    allow(queued())
    other = queued()

    with refused("the send gate did not allow it"):
        execute(SENDING, [other.pk])


@pytest.mark.django_db(transaction=True)
def test_old_leave_of_the_gate_lets_nothing_go() -> None:
    delivery = queued()
    allow(delivery)

    with refused("the send gate did not allow it in this transaction"):
        execute(SENDING, [delivery.pk])


def test_gate_lets_it_go() -> None:
    delivery = queued()
    allow(delivery)

    execute(SENDING, [delivery.pk])

    assert Delivery.objects.get(pk=delivery.pk).state == S.SENDING


@pytest.mark.parametrize(
    ("state", "change", "because"),
    [
        (S.SENDING, "attempts = 0", "are not rewritten"),
        (S.SENDING, "not_before_at = now()", "are not rewritten"),
        (S.SENT, "provider = 'other', provider_id = 'x'", "are not rewritten"),
        (S.SENT, "contacted_at = contacted_at - interval '8 days'", "when the customer was contacted"),
        (S.UNKNOWN, "handed_over_at = now()", "when the customer was contacted"),
        (S.SENDING, "state = 'pending'", "when the customer was contacted"),
        (S.DELIVERED, "error = 'changed'", "it is delivered and stays as it is"),
        (S.CANCELLED, "error = 'changed'", "it is cancelled and stays as it is"),
    ],
)
def test_raw_sql_cannot_rewrite_what_happened(state: S, change: str, because: str) -> None:
    delivery = brought(state)
    if state == S.SENT:
        step(delivery, state, provider="twilio", provider_id="SM1")

    with refused(because):
        execute(f"UPDATE interventions_delivery SET {change} WHERE id = %s", [delivery.pk])  # noqa: S608


@pytest.mark.parametrize(
    "fields",
    [
        {"state": S.SENT, "contacted_at": timezone.now(), "handed_over_at": timezone.now()},
        {"attempts": 1},
        {"provider_id": "SM1"},
        {"settled_at": timezone.now()},
    ],
)
def test_delivery_begins_at_its_beginning(fields: dict[str, Any]) -> None:
    message = confirmed()

    with refused("begins as pending, with nothing done"):
        queued(message, **fields)


def test_delivery_carries_the_hash_of_its_words() -> None:
    message = confirmed()
    message.body += "!"

    with refused("is not that of its words"):
        queued(message)


def test_subject_is_part_of_the_words() -> None:
    message = confirmed(channel=Channel.EMAIL, subject="Wir sind da: हम यहाँ हैं")

    queued(message)

    with refused("is not that of its words"):
        message.subject = "Other"
        queued(message)


def test_call_is_no_delivery() -> None:
    message = confirmed(channel=Channel.CALL)

    with refused("a call is made by a person"):
        queued(message)


def event() -> ProviderEvent:
    return ProviderEvent.objects.create(provider="twilio", event_key="SM1:sent", status="sent")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM interventions_delivery",
        "TRUNCATE interventions_delivery CASCADE",
        "UPDATE interventions_providerevent SET status = 'failed'",
        "DELETE FROM interventions_providerevent",
        "TRUNCATE interventions_providerevent",
        "ALTER TABLE interventions_delivery DISABLE TRIGGER ALL",
    ],
)
def test_raw_sql_cannot_delete_or_alter(statement: str) -> None:
    queued()
    event()

    with refused("permission denied|must be owner", DatabaseError):
        execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("statement", "because"),
    [
        ("DELETE FROM interventions_delivery", "never deleted"),
        ("TRUNCATE interventions_delivery CASCADE", "never deleted"),
        ("UPDATE interventions_providerevent SET status = 'failed'", "neither changed nor deleted"),
        ("DELETE FROM interventions_providerevent", "neither changed nor deleted"),
        ("TRUNCATE interventions_providerevent", "neither changed nor deleted"),
    ],
)
def test_not_even_the_owner_deletes_in_passing(statement: str, because: str) -> None:
    queued()
    event()

    with pytest.raises(psycopg.IntegrityError, match=because):
        as_owner(statement)
