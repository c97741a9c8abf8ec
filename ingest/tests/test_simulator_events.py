"""Simulated events: the shape of the event log, names that follow from their place, and no ground truth."""

import uuid
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from ingest import schemas
from ingest.simulator.arrays import Events
from ingest.simulator.codes import EVENT_DTYPE, Category, Cause, Persona
from ingest.simulator.events import Entry, encode, from_us, to_us, transaction_ids
from ingest.simulator.merchants import merchant_name, payroll
from ingest.simulator.world import begin

ZONE = ZoneInfo("Asia/Kolkata")
SEED = 8
FIELDS = {
    "transaction_id", "customer_id", "timestamp", "amount", "transaction_type", "channel",
    "merchant_category", "is_salary", "status", "balance_after", "merchant", "account_id",
}  # fmt: skip


@pytest.fixture(scope="module")
def entries() -> Events:
    world = begin(seed=SEED, first=0, count=300, history_on=date(2026, 6, 1), zone=ZONE)
    days = [day.entries for day in world.days(until=world.next_on + timedelta(days=40))]
    return np.concatenate(days)


@pytest.fixture(scope="module")
def messages(entries) -> list[tuple[str, bytes]]:
    return encode(entries, seed=SEED, zone=ZONE)


def test_event_has_exactly_the_fields_of_the_log(messages):
    assert {frozenset(msgspec.json.decode(raw)) for _, raw in messages} == {frozenset(FIELDS)}


def test_event_is_keyed_by_its_customer(messages):
    assert all(msgspec.json.decode(raw)["customer_id"] == key for key, raw in messages)


def test_event_is_valid_and_says_what_the_entry_says(entries, messages):
    for row, (_, raw) in zip(entries.tolist(), messages, strict=True):
        entry, event = Entry._make(row), schemas.decode(raw)
        assert schemas.hundredths(event.amount) == entry.amount
        assert schemas.hundredths(event.balance_after or 0.0) == entry.balance_after
        assert to_us(event.timestamp) == entry.at_us
        assert event.timestamp.utcoffset() == timedelta(hours=5, minutes=30)
        assert (event.transaction_type == "CREDIT") == entry.is_credit


def test_event_tells_nothing_of_the_ground_truth(messages):
    text = b"".join(raw for _, raw in messages).decode().upper()
    words = [*(each.name for each in Persona), Cause.FORGOTTEN.name, Cause.HIDDEN.name]
    assert not [word for word in words if word in text]


def test_transaction_ids_are_unique_uuids_in_form(entries):
    names = transaction_ids(entries, seed=SEED)
    assert len(set(names)) == len(names)
    assert {uuid.UUID(name).version for name in names} == {8}
    assert max(map(len, names)) <= 64


def test_transaction_ids_follow_from_the_entries_place_alone(entries):
    changed = entries.copy()
    changed["amount"] += 1
    assert transaction_ids(changed, seed=SEED) == transaction_ids(entries, seed=SEED)
    assert transaction_ids(entries[5:9], seed=SEED) == transaction_ids(entries, seed=SEED)[5:9]
    assert not set(transaction_ids(entries, seed=SEED)) & set(transaction_ids(entries, seed=SEED + 1))


def test_transaction_ids_of_no_entries_are_none():
    assert transaction_ids(np.empty(0, dtype=EVENT_DTYPE), seed=1) == []


def test_instalments_name_the_loan_as_their_account(entries, messages):
    for row, (_, raw) in zip(entries.tolist(), messages, strict=True):
        entry, event = Entry._make(row), schemas.decode(raw)
        prefix = "LN" if entry.category == Category.EMI else "SB"
        assert (event.account_id or "").startswith(prefix)


def test_merchant_names_of_payrolls():
    names = [merchant_name(int(code)) for code in payroll(np.array([0, 12, 901]))]
    assert names == ["Pension office", "Employer 012 payroll", "Gig platform 2 payout"]


def test_moments_survive_microseconds():
    assert to_us(from_us(1_790_000_000_123_456)) == 1_790_000_000_123_456
