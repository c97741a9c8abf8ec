"""The event: what a valid one is, and the row it becomes. The one judge of validity, for every door."""

import datetime as dt
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from ingest import categories

LARGEST_AMOUNT = 99_999_999_999.99
POSTGRES_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

LONGEST_TOKEN = 32
LONGEST_IDENTIFIER = 64
Token = Annotated[str, Meta(min_length=1, max_length=LONGEST_TOKEN)]
Identifier = Annotated[str, Meta(min_length=1, max_length=LONGEST_IDENTIFIER)]
Money = Annotated[float, Meta(gt=0, le=LARGEST_AMOUNT)]
Balance = Annotated[float, Meta(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)]


class InvalidEvent(ValueError):
    """The message can never become a transaction; the text says what is wrong with it."""


class OutOfWindow(InvalidEvent):
    """The event's time is older than retention or more than a day ahead."""


class TransactionEvent(msgspec.Struct, gc=False):
    """The event of the interface description (docs/event.md); unknown fields are ignored."""

    transaction_id: Identifier
    customer_id: Identifier | int
    timestamp: dt.datetime
    amount: Money
    transaction_type: Literal["DEBIT", "CREDIT"]
    channel: Token
    merchant_category: Annotated[str, Meta(min_length=1, max_length=64)] | int
    is_salary: bool | Literal[0, 1] | None = None
    status: Literal["BOOKED", "RETURNED", "DECLINED"] = "BOOKED"
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")] | None = None
    reverses: Identifier | None = None
    balance_after: Balance | None = None
    mcc: Annotated[str, Meta(max_length=4)] | Annotated[int, Meta(ge=0, le=9999)] | None = None
    merchant: Annotated[str, Meta(max_length=200)] | None = None
    account_id: Annotated[str, Meta(max_length=64)] | None = None


class Row(NamedTuple):
    """One transaction on its way into the database, in the column order of `ingest.store`.

    `occurred_us` counts microseconds since 2000-01-01 UTC, which is PostgreSQL's own binary form.
    """

    bank_id: str
    occurred_us: int
    transaction_id: str
    amount: int
    currency: str
    transaction_type: str
    status: str
    channel: str
    merchant_category: str
    kind: str
    is_salary: bool | None
    reverses: str | None
    balance_after_amount: int | None
    mcc: str | None
    merchant: str | None
    account_id: str | None


class Window(NamedTuple):
    """The accepted times, in microseconds since 2000-01-01 UTC, both inclusive."""

    first_us: int
    last_us: int

    @classmethod
    def at(cls, now: dt.datetime, *, retention_years: int) -> "Window":
        """From `retention_years` before now to one day after."""
        return cls(to_us(now - dt.timedelta(days=365.25 * retention_years)), to_us(now + DAY))


_decoder = msgspec.json.Decoder(TransactionEvent)


def decode(raw: bytes | None) -> TransactionEvent:
    """Decode and validate one message.

    Raises:
        InvalidEvent: with what is wrong and where.
    """
    if raw is None:
        raise InvalidEvent("the message has no value")
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidEvent(str(error)) from error


def to_row(event: TransactionEvent, *, window: Window, zone: ZoneInfo, currency: str) -> Row:
    """Turn a valid event into a row.

    Args:
        event: The decoded event.
        window: The accepted times.
        zone: The bank's zone, in which a time without a zone is read.
        currency: The bank's currency, for an event that names none.

    Raises:
        OutOfWindow: the time is outside the window.
        InvalidEvent: a text cannot be stored, or an amount has more than two decimals.
    """
    moment = event.timestamp if event.timestamp.tzinfo else event.timestamp.replace(tzinfo=zone)
    occurred_us = to_us(moment)
    if not window.first_us <= occurred_us <= window.last_us:
        raise OutOfWindow(f"timestamp {event.timestamp.isoformat()} is outside the accepted time window")
    channel, category, mcc, kind = _classified(
        event.channel, event.merchant_category, event.mcc, event.transaction_type == "DEBIT"
    )
    bank_id = event.customer_id if isinstance(event.customer_id, str) else str(event.customer_id)
    row = Row(
        bank_id,
        occurred_us,
        event.transaction_id,
        hundredths(event.amount),
        event.currency or currency,
        event.transaction_type,
        event.status,
        channel,
        category,
        kind,
        _salary_flag(event.is_salary, category),
        event.reverses,
        None if event.balance_after is None else hundredths(event.balance_after),
        mcc,
        event.merchant,
        event.account_id,
    )
    _refuse_unstorable(row)
    return row


def to_us(moment: dt.datetime) -> int:
    """An aware moment as microseconds since 2000-01-01 UTC."""
    since = moment - POSTGRES_EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def hundredths(amount: float) -> int:
    """An amount in whole hundredths.

    Raises:
        InvalidEvent: it has more than two decimals.
    """
    whole = round(amount * 100)
    # Exact: the division gives the float that the decimal number itself was read as.
    if whole / 100 != amount:
        raise InvalidEvent(f"amount {amount} has more than two decimals")
    return whole


@lru_cache(maxsize=4096)
def _classified(
    channel: str, category: str | int, mcc: str | int | None, is_debit: bool
) -> tuple[str, str, str | None, str]:
    """Normalised channel, category and MCC, and the kind. Combinations are few, so they are remembered."""
    channel = channel.strip().upper()
    name = f"{category:04d}" if isinstance(category, int) else category.strip().upper()
    code = f"{mcc:04d}" if isinstance(mcc, int) else mcc
    if not channel or not name:
        raise InvalidEvent("channel and merchant_category must not be blank")
    if len(channel) > LONGEST_TOKEN or len(name) > LONGEST_IDENTIFIER:
        raise InvalidEvent("channel or merchant_category is too long in capitals")
    kind = categories.kind_of(category=name, channel=channel, is_debit=is_debit, mcc=code)
    return channel, name, code, kind.value


def _salary_flag(flag: bool | int | None, category: str) -> bool | None:
    """What the source says of salary: its flag, else a salary category; None leaves it to inference."""
    if flag is not None:
        return bool(flag)
    return True if category == "SALARY" else None


def _refuse_unstorable(row: Row) -> None:
    # PostgreSQL's text cannot hold NUL; one such row would fail its whole batch.
    for value in (row.bank_id, row.transaction_id, row.channel, row.merchant_category):
        if "\x00" in value:
            raise InvalidEvent("a text field holds a NUL character")
    for optional in (row.reverses, row.mcc, row.merchant, row.account_id):
        if optional is not None and "\x00" in optional:
            raise InvalidEvent("a text field holds a NUL character")
    if len(row.bank_id) > LONGEST_IDENTIFIER:
        raise InvalidEvent(f"customer_id has more than {LONGEST_IDENTIFIER} digits")
