"""When a promise is kept: parts, returns, and moments on the edge."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions.help.promise_rules import Payment, Promise, State, paid, state_of

MADE_AT = dt.datetime(2026, 2, 17, 6, 30, tzinfo=dt.UTC)
UNTIL = dt.datetime(2026, 2, 20, 18, 30, tzinfo=dt.UTC)
PROMISE = Promise(amount=Decimal("5000.00"), made_at=MADE_AT, until=UNTIL)
HOUR, MOMENT = dt.timedelta(hours=1), dt.timedelta(microseconds=1)


def payment(amount: str, at: dt.datetime = MADE_AT + HOUR, **fields: Any) -> Payment:
    return Payment(amount=Decimal(amount), occurred_at=at, **{"recorded_at": at} | fields)


def test_parts_add_up() -> None:
    parts = [payment("2000"), payment("2999.99")]

    assert state_of(PROMISE, parts, MADE_AT + HOUR) == State.OPEN
    assert state_of(PROMISE, [*parts, payment("0.01")], MADE_AT + HOUR) == State.KEPT


@pytest.mark.parametrize("at", [MADE_AT - HOUR, MADE_AT])
def test_payment_from_before_the_promise_does_not_count(at: dt.datetime) -> None:
    assert paid(PROMISE, [payment("5000", at)]) == 0


def test_payment_known_before_the_promise_does_not_count() -> None:
    assert paid(PROMISE, [payment("5000", recorded_at=MADE_AT)]) == 0


def test_day_itself_is_open_to_its_end() -> None:
    assert state_of(PROMISE, [], UNTIL - MOMENT) == State.OPEN
    assert state_of(PROMISE, [], UNTIL) == State.BROKEN


def test_payment_in_the_last_moment_counts_however_late_it_is_known() -> None:
    late = payment("5000", UNTIL - MOMENT, recorded_at=UNTIL + 72 * HOUR)

    assert state_of(PROMISE, [late], UNTIL + 73 * HOUR) == State.KEPT


def test_payment_after_the_day_comes_too_late() -> None:
    assert state_of(PROMISE, [payment("5000", UNTIL)], UNTIL) == State.BROKEN


def test_payment_taken_back_counts_no_more_even_days_later() -> None:
    kept = payment("5000")
    returned = payment("-5000", UNTIL + 48 * HOUR, of_at=kept.occurred_at)

    assert state_of(PROMISE, [kept, returned], MADE_AT + 2 * HOUR) == State.OPEN
    assert state_of(PROMISE, [kept, returned], UNTIL) == State.BROKEN


def test_older_payment_taken_back_does_not_count_against_the_promise() -> None:
    older = payment("-3000", MADE_AT + 2 * HOUR, of_at=MADE_AT - HOUR)

    assert state_of(PROMISE, [payment("5000"), older], UNTIL) == State.KEPT


def test_return_of_nobody_knows_which_payment_counts_within_the_time() -> None:
    unknown = payment("-1000", MADE_AT + 2 * HOUR)

    assert paid(PROMISE, [payment("5000"), unknown]) == Decimal("4000")
    assert paid(PROMISE, [payment("5000"), payment("-1000", UNTIL)]) == Decimal("5000")


def test_nothing_less_than_nothing_is_paid() -> None:
    assert paid(PROMISE, [payment("-1000")]) == 0


def test_day_on_which_clocks_change_ends_where_the_bank_says() -> None:
    zone = ZoneInfo("Europe/London")
    until = dt.datetime(2026, 10, 26, tzinfo=zone)
    promise = Promise(amount=Decimal(1), made_at=dt.datetime(2026, 10, 25, tzinfo=zone), until=until)
    # The 25th has 25 hours.
    last = dt.datetime(2026, 10, 25, 23, 59, tzinfo=dt.UTC)

    assert state_of(promise, [payment("1", last)], until) == State.KEPT
    assert state_of(promise, [], last) == State.OPEN


@given(st.lists(st.tuples(st.integers(-500_000, 500_000).filter(bool), st.integers(-100, 200)), max_size=12))
def test_order_of_payments_does_not_matter(drawn: list[tuple[int, int]]) -> None:
    payments = [payment(str(Decimal(amount).scaleb(-2)), MADE_AT + hours * HOUR) for amount, hours in drawn]

    assert paid(PROMISE, payments) == paid(PROMISE, payments[::-1]) >= 0
