"""Entries of the book as events of the event log. An event says nothing of personas, causes or plans."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

import msgspec
import numpy as np

from ingest.simulator.arrays import Events, Ints
from ingest.simulator.codes import Category, Channel, Status
from ingest.simulator.merchants import merchant_name
from ingest.simulator.people import PAISE

UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CATEGORY_NAMES = tuple(category.name for category in Category)
CHANNEL_NAMES = tuple(channel.name for channel in Channel)
STATUS_NAMES = tuple(status.name for status in Status)


def to_us(moment: datetime) -> int:
    """Return an aware moment as microseconds since 1970-01-01 UTC."""
    return (moment - UNIX_EPOCH) // MICROSECOND


def from_us(us: int) -> datetime:
    """Return the moment of ``to_us``, in UTC."""
    return UNIX_EPOCH + us * MICROSECOND


class Entry(NamedTuple):
    """One entry of the book, in the order of ``codes.EVENT_DTYPE``; money in paise."""

    number: int
    at_us: int
    amount: int
    balance_after: int
    day: int
    merchant: int
    slot: int
    is_credit: bool
    channel: int
    category: int
    is_salary: bool
    status: int
    loan: int


def transaction_ids(entries: Events, *, seed: int) -> list[str]:
    """Name entries: a UUID-like text that follows from seed, customer, bank day and slot alone."""
    place = (entries["day"].astype(np.uint64) << np.uint64(8)) | entries["slot"].astype(np.uint64)
    number = entries["number"].astype(np.uint64)
    high = _mixed(_mixed(number ^ np.uint64(seed)) ^ place)
    low = _mixed(_mixed(place ^ ~np.uint64(seed)) + number)
    digits = np.stack([high, low], axis=1).astype(">u8").tobytes().hex()
    rows = range(0, len(digits), 32)
    return [
        f"{digits[k : k + 8]}-{digits[k + 8 : k + 12]}-8{digits[k + 13 : k + 16]}"
        f"-b{digits[k + 17 : k + 20]}-{digits[k + 20 : k + 32]}"
        for k in rows
    ]


def _mixed(values: Any) -> Any:
    """Scatter 64-bit numbers (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def loan_reference(number: int, loan: int) -> str:
    """The bank's id of a customer's first (1) or second (2) loan."""
    return f"LN{number:07d}-{loan}"


def account_reference(number: int, loan: int) -> str:
    """The account an entry concerns: the loan's for instalments, else the customer's savings account."""
    return loan_reference(number, loan) if loan else f"SB{number:07d}"


def merchant_names(codes: Ints) -> list[str]:
    """Names of merchants by code."""
    known = {code: merchant_name(code) for code in np.unique(codes).tolist()}
    return [known[code] for code in codes.tolist()]


def encode(entries: Events, *, seed: int, zone: tzinfo) -> list[tuple[str, bytes]]:
    """Write entries as messages.

    Args:
        entries: entries of the book.
        seed: the portfolio's seed.
        zone: the zone in which to write timestamps.

    Returns:
        For each entry the customer's bank id, which is the message's key, and the event as JSON.
    """
    names = transaction_ids(entries, seed=seed)
    messages = []
    for row, merchant, name in zip(entries.tolist(), merchant_names(entries["merchant"]), names, strict=True):
        event = event_of(Entry._make(row), transaction_id=name, merchant=merchant, zone=zone)
        messages.append((event["customer_id"], msgspec.json.encode(event)))
    return messages


def event_of(entry: Entry, *, transaction_id: str, merchant: str, zone: tzinfo) -> dict[str, Any]:
    """Return one entry in the shape of the event log."""
    return {
        "transaction_id": transaction_id,
        "customer_id": str(entry.number),
        "timestamp": from_us(entry.at_us).astimezone(zone).isoformat(),
        "amount": entry.amount / PAISE,
        "transaction_type": "CREDIT" if entry.is_credit else "DEBIT",
        "channel": CHANNEL_NAMES[entry.channel],
        "merchant_category": CATEGORY_NAMES[entry.category],
        "is_salary": int(entry.is_salary),
        "status": STATUS_NAMES[entry.status],
        "balance_after": entry.balance_after / PAISE,
        "merchant": merchant,
        "account_id": account_reference(entry.number, entry.loan),
    }
