"""Events, rows and messages for tests, and hypothesis strategies for them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as st

from ingest import schemas
from ingest.event_log import Message, Partition, Slice
from ingest.schemas import Row, Window

ZONE = ZoneInfo("Asia/Kolkata")
CURRENCY = "INR"
NOW = dt.datetime(2026, 2, 18, 6, 30, tzinfo=dt.UTC)
WINDOW = Window.at(NOW, retention_years=10)
PARTITION = Partition("transactions", 3)


def from_us(us: int) -> dt.datetime:
    """The moment of `schemas.to_us`, in UTC."""
    return schemas.POSTGRES_EPOCH + dt.timedelta(microseconds=us)


def event(**changes: Any) -> dict[str, Any]:
    """A valid event with some fields changed; a field of value `...` is left out."""
    fields = {
        "transaction_id": "T1",
        "customer_id": "100",
        "timestamp": "2026-02-17T12:00:00",
        "amount": 450.25,
        "transaction_type": "DEBIT",
        "channel": "UPI",
        "merchant_category": "GROCERY",
    } | changes
    return {name: value for name, value in fields.items() if value is not ...}


def raw(**changes: Any) -> bytes:
    """The event as the log carries it."""
    return msgspec.json.encode(event(**changes))


def to_row(value: bytes | None) -> Row:
    """Judge one message as the bank of these tests does."""
    return schemas.to_row(schemas.decode(value), window=WINDOW, zone=ZONE, currency=CURRENCY)


def row(**changes: Any) -> Row:
    """The row of a valid event with some fields changed."""
    return to_row(raw(**changes))


@dataclass(frozen=True)
class Polled:
    """A message as the log hands it out."""

    offset: int
    value: bytes | None
    key: bytes | None = None
    timestamp: int = 1_771_300_000_000


def polled(values: list[bytes | None], *, first: int = 0, partition: Partition = PARTITION) -> Slice:
    """Consecutive messages of one partition, from offset `first` on."""
    messages: list[Message] = [Polled(first + index, value) for index, value in enumerate(values)]
    return Slice(partition, messages, first, first + len(values))


# What makes trouble somewhere: capitals that grow, digits that are none, emoji, right to left, NUL.
nasty_text = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("ßŉ²٤\x00\n'\"\\🦀\u202e")), max_size=70
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | nasty_text,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(nasty_text, children, max_size=3),
    max_leaves=8,
)
_fields = msgspec.structs.fields(schemas.TransactionEvent)
mutations = st.dictionaries(
    st.sampled_from([field.name for field in _fields]), json_values | st.just(...), max_size=4
)
amounts = st.integers(1, int(schemas.LARGEST_AMOUNT * 100)).map(lambda whole: whole / 100)
moments = st.datetimes(
    min_value=from_us(WINDOW.first_us).replace(tzinfo=None),
    max_value=from_us(WINDOW.last_us).replace(tzinfo=None),
    timezones=st.just(dt.UTC),
)
storable_events = st.fixed_dictionaries(
    {
        "transaction_id": nasty_text.filter(bool),
        "customer_id": nasty_text.filter(bool) | st.integers(),
        "timestamp": moments.map(dt.datetime.isoformat),
        "amount": amounts | st.floats(0.001, 1e12),
        "transaction_type": st.sampled_from(["DEBIT", "CREDIT"]),
        "channel": nasty_text | st.sampled_from(["UPI", "ATM"]),
        "merchant_category": nasty_text | st.integers() | st.sampled_from(["EMI", "SALARY", "5411"]),
    },
    optional={
        "is_salary": st.sampled_from([True, False, 0, 1, None]),
        "status": st.sampled_from(["BOOKED", "RETURNED", "DECLINED"]),
        "currency": st.sampled_from(["INR", "USD", "INR\n"]),
        "reverses": nasty_text,
        "balance_after": amounts | amounts.map(lambda amount: -amount),
        "mcc": nasty_text | st.integers(-1, 10_000),
        "merchant": nasty_text,
        "account_id": nasty_text,
    },
)

_LIVE_AT = dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)


def live(number: int, **changes: Any) -> bytes:
    """The message of a distinct, recent event; every seventh is of the same customer."""
    at = _LIVE_AT + dt.timedelta(milliseconds=number)
    own = {"transaction_id": f"T{number}", "customer_id": number % 7, "timestamp": at.isoformat()}
    return raw(**own | changes)


def lives(begin: int, end: int) -> list[bytes | None]:
    """The messages of distinct, recent events."""
    return [live(number) for number in range(begin, end)]


def live_row(number: int, **changes: Any) -> Row:
    """The row of a distinct, recent event."""
    window = Window.at(dt.datetime.now(dt.UTC), retention_years=10)
    return schemas.to_row(
        schemas.decode(live(number, **changes)), window=window, zone=ZONE, currency=CURRENCY
    )
