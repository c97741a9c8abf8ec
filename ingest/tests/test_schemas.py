"""What a valid event is, and the row it becomes."""

import datetime as dt

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest import schemas
from ingest.schemas import InvalidEvent, OutOfWindow, Row
from ingest.tests.events import WINDOW, amounts, event, from_us, json_values, mutations, raw, row, to_row


def judged(value: bytes | None) -> Row | None:
    """The row, or None where the event is refused; any other exception would stop the consumer."""
    try:
        return to_row(value)
    except InvalidEvent:
        return None


@given(st.binary())
@example(b"")
@example(b"[" * 100_000)
@example(b"\xff\xfe")
@example(b'{"transaction_id":"\xed\xa0\x80"}')
@example(b'{"transaction_id":"\\ud800"}')
def test_bytes_become_a_row_or_an_invalid_event(value: bytes) -> None:
    assert judged(value) is None


@given(json_values)
def test_json_values_become_a_row_or_an_invalid_event(value: object) -> None:
    assert judged(msgspec.json.encode(value)) is None


@given(mutations)
@example({"merchant_category": "²²²²"})
@example({"mcc": "²²²²", "merchant_category": "UNHEARD OF"})
@example({"customer_id": 10**70})
def test_mutated_events_become_a_row_or_an_invalid_event(changes: dict[str, object]) -> None:
    try:
        value = msgspec.json.encode(event(**changes))
    except ValueError:  # an integer that this encoder cannot write
        return
    found = judged(value)
    assert found is None or found.amount > 0


def test_no_value_is_invalid() -> None:
    with pytest.raises(InvalidEvent, match="no value"):
        to_row(None)


@pytest.mark.parametrize("name", ["transaction_id", "customer_id", "timestamp", "amount", "transaction_type"])
def test_missing_fields_are_named(name: str) -> None:
    with pytest.raises(InvalidEvent, match=name):
        row(**{name: ...})


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-02-17T12:00:00", "2026-02-17T06:30:00"),
        ("2026-02-17 12:00:00", "2026-02-17T06:30:00"),
        ("2026-02-17T12:00:00Z", "2026-02-17T12:00:00"),
        ("2026-02-17T12:00:00+05:30", "2026-02-17T06:30:00"),
        ("2026-02-16T23:30:00.000001-10:00", "2026-02-17T09:30:00.000001"),
    ],
)
def test_timestamps_become_utc_microseconds(written: str, utc: str) -> None:
    found = from_us(row(timestamp=written).occurred_us)

    assert found == dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_microseconds_and_moments_are_one(moment: dt.datetime) -> None:
    assert from_us(schemas.to_us(moment)) == moment


@pytest.mark.parametrize(("edge_us", "step"), [(WINDOW.first_us, -1), (WINDOW.last_us, 1)])
def test_window_includes_its_ends_and_nothing_beyond(edge_us: int, step: int) -> None:
    inside, outside = (from_us(us).isoformat() for us in (edge_us, edge_us + step))

    assert row(timestamp=inside).occurred_us == edge_us
    with pytest.raises(OutOfWindow):
        row(timestamp=outside)


@pytest.mark.parametrize(
    "written", ["0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00"]
)
def test_times_beyond_the_calendar_are_out_of_window(written: str) -> None:
    with pytest.raises(OutOfWindow):
        row(timestamp=written)


@given(st.integers(1, int(schemas.LARGEST_AMOUNT * 100)))
def test_two_decimals_are_exact_up_to_the_largest_amount(whole: int) -> None:
    written = f"{whole // 100}.{whole % 100:02d}".encode()
    value = raw(amount=0.5).replace(b"0.5", written)

    assert to_row(value).amount == whole


@given(amounts.filter(lambda amount: amount < 1e6), st.integers(1, 9))
@example(10.0, 3)
def test_more_than_two_decimals_are_refused(amount: float, digit: int) -> None:
    value = raw(amount=0.5).replace(b"0.5", f"{amount:.2f}000{digit}".encode())

    with pytest.raises(InvalidEvent, match="decimals"):
        to_row(value)


@pytest.mark.parametrize("amount", [0, -1, 0.00003, 1e-300, 0.001, 1e12, "10", None])
def test_amounts_must_be_positive_numbers(amount: object) -> None:
    with pytest.raises(InvalidEvent):
        row(amount=amount)


@pytest.mark.parametrize(
    ("given_flag", "category", "expected"),
    [
        (..., "GROCERY", None),
        (None, "GROCERY", None),
        (1, "GROCERY", True),
        (0, "GROCERY", False),
        (True, "OTHER", True),
        (..., "SALARY", True),
        (0, "SALARY", False),
    ],
)
def test_salary_flag_is_what_the_source_says(
    given_flag: object, category: str, expected: bool | None
) -> None:
    found = row(is_salary=given_flag, merchant_category=category, transaction_type="CREDIT")

    assert found.is_salary is expected


def test_numbers_as_customer_ids_equal_their_digits() -> None:
    assert row(customer_id=100).bank_id == row(customer_id="100").bank_id == "100"


def test_defaults_are_booked_in_the_banks_currency() -> None:
    found = row()

    assert (found.status, found.currency, found.reverses, found.balance_after_amount) == (
        "BOOKED",
        "INR",
        None,
        None,
    )


def test_persona_and_other_fields_are_ignored() -> None:
    assert row(persona="INCOME_SHOCK", anything={"nested": [1]}) == row()


def test_channel_and_category_are_compared_in_capitals() -> None:
    found = row(channel=" upi ", merchant_category="grocery")

    assert (found.channel, found.merchant_category, found.kind) == ("UPI", "GROCERY", "ESSENTIAL")


@pytest.mark.parametrize(
    "name", ["customer_id", "transaction_id", "channel", "merchant_category", "merchant"]
)
def test_nul_characters_are_refused(name: str) -> None:
    with pytest.raises(InvalidEvent, match="NUL"):
        row(**{name: "a\x00b"})


@pytest.mark.parametrize(
    "changes", [{"currency": "INR\n"}, {"channel": "ß" * 32}, {"customer_id": "9" * 65}, {"channel": " "}]
)
def test_texts_that_do_not_fit_their_columns_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidEvent):
        row(**changes)
