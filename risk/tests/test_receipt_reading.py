"""What a refresh hashes is what anybody reads from the database later, and what is altered is found."""

import io
import json
import time
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from audit import canonical
from audit.models import AuditEvent
from audit.receipt_files import sha256_of
from audit.tests.sealed import owner
from risk import receipt_reading, receipts
from risk.evaluation import conclude
from risk.models import Assessment, CurrentRisk, DirtyCustomer, FeatureSnapshot
from risk.receipt_reading import NotRecorded, altered, proven, recorded
from risk.receipts import RECEIPT_COLUMNS, canonical_text, encoded, unsigned_text
from risk.refresh import Refresher
from risk.rulebook import EQUILIBRATE_1
from risk.services import day_open, mark_dirty
from risk.tests import registered
from risk.tests.factories import TODAY, TileFactory
from risk.tests.samples import features_of, receipt_of

pytestmark = pytest.mark.django_db
at_noon = pytest.mark.usefixtures("at_noon")


def refreshed(count: int = 4) -> list[int]:
    """Customers who were evaluated together for the first time."""
    ids = [
        TileFactory.create(txn_count=5 + number, cash_count=3 * number).customer_id for number in range(count)
    ]
    mark_dirty(ids)
    Refresher().run(until=time.monotonic() + 60)
    return ids


@pytest.mark.parametrize("has_model", [False, True])
@at_noon
def test_what_was_hashed_is_what_is_stored(has_model: bool) -> None:
    if has_model:
        registered.active()
    refreshed()

    assert list(altered(recorded())) == []
    for customer_id, revision, digest in Assessment.objects.values_list(
        "customer_id", "revision", "features_sha256"
    ):
        found = proven(customer_id=customer_id, revision=revision)
        assert found.features is not None
        assert sha256_of(found.features) == digest
        assert set(found.content) == set(RECEIPT_COLUMNS)


@at_noon
def test_event_says_by_which_rules_model_and_code() -> None:
    model = registered.active()
    ids = refreshed()

    detail = AuditEvent.objects.get(action=receipts.ACTION).detail
    assert (detail["count"], detail["first_customer_id"], detail["last_customer_id"]) == (4, ids[0], ids[-1])
    assert detail["model_sha256"] == model.manifest_sha256
    assert detail["rulebook_sha256"] == Assessment.objects.all()[0].rulebook.content_hash


@at_noon
def test_evaluation_without_anything_material_writes_no_event() -> None:
    ids = refreshed()
    mark_dirty(ids)

    Refresher().run(until=time.monotonic() + 60)

    assert AuditEvent.objects.filter(action=receipts.ACTION).count() == 1


def test_columns_are_in_the_order_of_their_names() -> None:
    assert list(RECEIPT_COLUMNS) == sorted(RECEIPT_COLUMNS)


ADDED = """
INSERT INTO risk_assessment ({columns}, audit_event_id)
SELECT {values}, {event} FROM risk_assessment ORDER BY customer_id LIMIT 1
"""
NOT_AS_RECORDED = "an assessment is not as it was recorded"
LAST = " WHERE customer_id = (SELECT max(customer_id) FROM risk_assessment)"
FORGERIES = {
    "UPDATE risk_assessment SET score = 9.5": NOT_AS_RECORDED,
    "UPDATE risk_assessment SET points = '{}'": NOT_AS_RECORDED,
    "UPDATE risk_assessment SET inputs = jsonb_set(inputs, '{txn_count}', '1')": NOT_AS_RECORDED,
    "UPDATE risk_assessment SET assessed_at = assessed_at + interval '1 microsecond'": NOT_AS_RECORDED,
    "DELETE FROM risk_assessment": "3 assessments are there of the 4 recorded",
    "UPDATE risk_assessment SET audit_event_id = NULL": "3 assessments are there of the 4 recorded",
    "audit_event_id": "5 assessments are there of the 4 recorded",
    "NULL": "no audit event holds this assessment",
    "999999": "no audit event holds this assessment",
}


@pytest.mark.skipif(not settings.DATABASE_OWNER_URL, reason="owner and application are one role here")
@at_noon
@pytest.mark.django_db(transaction=True)
def test_assessment_altered_removed_or_added_by_the_owner_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    refreshed()
    columns = ", ".join(RECEIPT_COLUMNS)
    values = columns.replace("revision", "revision + 7")
    for forgery, words in FORGERIES.items():
        is_added = " " not in forgery
        statement = (
            ADDED.format(columns=columns, values=values, event=forgery) if is_added else forgery + LAST
        )
        with owner() as attacker:
            attacker.execute("ALTER TABLE risk_assessment DISABLE TRIGGER USER")
            attacker.execute(statement)
            with monkeypatch.context() as patch:
                patch.setattr(receipt_reading, "chunk", lambda event_id: chunk_of(attacker, event_id))
                patch.setattr(receipt_reading, "connection", attacker)
                with pytest.raises(CommandError, match=words):
                    call_command("verify_receipts", stdout=io.StringIO())
        call_command("verify_receipts", stdout=io.StringIO())


def chunk_of(attacker: psycopg.Connection, event_id: int) -> list[dict[str, Any]]:
    """As `receipt_reading.chunk`, in the attacker's transaction."""
    found = attacker.execute(
        f"SELECT {', '.join(RECEIPT_COLUMNS)} FROM risk_assessment WHERE audit_event_id = %s"  # noqa: S608 - our names
        " ORDER BY customer_id, revision",
        [event_id],
    )
    return [
        {name: receipt_reading._as_hashed(value) for name, value in zip(RECEIPT_COLUMNS, row, strict=True)}
        for row in found
    ]


def test_nothing_proves_what_is_not_there() -> None:
    with pytest.raises(NotRecorded):
        proven(customer_id=1, revision=1)


@pytest.mark.parametrize("value", [-0.0, {"a": [-0.0, 1.5]}, {"b": "-0.0", "a": -0.0}])
def test_zero_loses_its_sign_before_it_is_hashed(value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [unsigned_text(value)])
        (stored,) = cursor.fetchone()

    assert encoded(value) == canonical.encode(json.loads(stored))


@at_noon
def test_position_of_the_news_stays_with_the_risk_when_a_day_begins() -> None:
    customer_id = refreshed(1)[0]
    DirtyCustomer.objects.create(customer_id=customer_id, log_id=7, log_position=42)
    Refresher().run(until=time.monotonic() + 60)
    day_open(day=TODAY)

    Refresher().run(until=time.monotonic() + 60)

    risk = CurrentRisk.objects.get()
    assert (risk.revision, risk.log_id, risk.log_position) == (3, 7, 42)
    assert FeatureSnapshot.objects.count() == 1


@given(changes=st.fixed_dictionaries({"spending_change_pct": st.just(-0.0) | st.floats(-100, 10_000)}))
def test_receipts_are_made_of_unsigned_zeros(changes: dict[str, Any]) -> None:
    receipt = receipt_of(conclude(features=features_of(changes), rules=EQUILIBRATE_1))

    for part in (receipt.features, receipt.points, receipt.evidence):
        assert unsigned_text(part) == canonical_text(part)


@at_noon
def test_command_says_what_is_not_as_it_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    refreshed(2)
    told = io.StringIO()

    call_command("verify_receipts", stdout=told)

    assert "1 audit events are as they were recorded" in told.getvalue()
    monkeypatch.setattr(receipt_reading, "leaf", lambda content: bytes(32))
    with pytest.raises(CommandError, match="not as it was recorded"):
        call_command("verify_receipts")
