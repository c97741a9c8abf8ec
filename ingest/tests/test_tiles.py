"""Tiles: any order of arrival gives the same, and they equal a count of the events from scratch."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.schemas import Row
from ingest.tests.events import CURRENCY, ZONE, from_us, row
from ingest.tests.storing import Tiles, keep, tiles

pytestmark = pytest.mark.django_db
ESSENTIAL = {"ESSENTIAL", "DEBT"}
BALANCES = {"last_balance_amount", "lowest_balance_amount"}


def counted(rows: Iterable[Row]) -> Tiles:
    """The tiles of these rows, each counted once, row by row as docs/event.md tells it."""
    days: dict[tuple[str, dt.date], list[Row]] = defaultdict(list)
    for each in {(r.bank_id, r.occurred_us, r.transaction_id): r for r in rows}.values():
        days[each.bank_id, from_us(each.occurred_us).astimezone(ZONE).date()].append(each)
    return {day: _tile(of_day) for day, of_day in days.items()}


def _tile(rows: list[Row]) -> dict[str, Any]:
    tile: dict[str, Any] = defaultdict(int, last_salary_at=None)
    for each in rows:
        (_debit if each.transaction_type == "DEBIT" else _credit)(tile, each)
        tile["txn_count"] += each.status == "BOOKED"
        tile["declined_count"] += each.status == "DECLINED"
    stated = [r for r in rows if r.balance_after_amount is not None and r.currency == CURRENCY]
    last = max(stated, key=lambda r: (r.occurred_us, r.transaction_id.encode()), default=None)
    tile["last_balance_amount"] = last and last.balance_after_amount
    tile["last_balance_at"] = last and from_us(last.occurred_us)
    tile["last_balance_transaction_id"] = last and last.transaction_id
    amounts = [r.balance_after_amount for r in stated if r.balance_after_amount is not None]
    tile["lowest_balance_amount"] = min(amounts, default=None)
    return tile


def _moved(each: Row) -> int:
    if each.currency != CURRENCY or each.status == "DECLINED":
        return 0
    if each.status == "RETURNED":
        return -each.amount if each.reverses else 0
    return each.amount


def _debit(tile: dict[str, Any], each: Row) -> None:
    money, booked, returned = _moved(each), each.status == "BOOKED", each.status == "RETURNED"
    tile["debit_amount"] += money
    if each.kind == "CASH":
        tile["cash_amount"] += money
        tile["cash_count"] += booked
    elif each.kind in ESSENTIAL:
        tile["essential_amount"] += money
    else:
        tile["discretionary_amount"] += money
    if each.kind == "DEBT":
        tile["debt_amount"] += money
        tile["debt_count"] += booked
    if {each.merchant_category, each.mcc} & {"GAMBLING", "7995"}:
        tile["gambling_amount"] += money
    tile["returned_count"] += returned
    tile["returned_amount"] += each.amount if returned and each.currency == CURRENCY else 0


def _credit(tile: dict[str, Any], each: Row) -> None:
    money = _moved(each)
    tile["credit_amount"] += money
    if each.merchant_category == "LOANAPP":
        tile["loan_app_count"] += each.status == "BOOKED"
        tile["loan_app_credit_amount"] += money
    if each.status != "BOOKED":
        return
    if each.is_salary:
        tile["salary_count"] += 1
        tile["salary_amount"] += money
        at = from_us(each.occurred_us)
        tile["last_salary_at"] = max(at, tile["last_salary_at"] or at)
    elif each.is_salary is None and not each.reverses:
        largest = tile["largest_unflagged_credit_amount"]
        tile["largest_unflagged_credit_amount"] = max(largest, money)


def stored_tiles() -> Tiles:
    """What the database holds, without columns that are zero or empty."""
    return {day: _essence(tile) for day, tile in tiles().items()}


def _essence(tile: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tile.items() if value not in {0, None} or name in BALANCES}


# Few customers, moments and ids, so that days are shared, ties occur and midnight in the bank's zone is met.
events = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["a", "b"]),
        "timestamp": st.sampled_from(
            [
                "2026-02-17T18:29:59.999999Z",
                "2026-02-17T18:30:00Z",
                "2026-02-17T12:00:00Z",
                "2026-02-18T02:00:00Z",
            ]
        ),
        "amount": st.integers(1, 9_999_999).map(lambda whole: whole / 100),
        "transaction_type": st.sampled_from(["DEBIT", "CREDIT"]),
        "channel": st.sampled_from(["UPI", "ATM", "AUTODEBIT"]),
        "merchant_category": st.sampled_from(
            ["GROCERY", "TRAVEL", "EMI", "SALARY", "ATM_WITHDRAWAL", "7995", "GAMBLING", "LOANAPP"]
        ),
        "status": st.sampled_from(["BOOKED", "BOOKED", "BOOKED", "RETURNED", "DECLINED"]),
    },
    optional={
        "currency": st.sampled_from(["INR", "USD"]),
        "is_salary": st.sampled_from([0, 1]),
        "reverses": st.just("X"),
        "mcc": st.sampled_from(["7995", 5411]),
        "balance_after": st.integers(-50_000, 50_000).map(lambda whole: whole / 100),
    },
)
ids = st.sampled_from(["A", "a", "Z", "Ä", "é", "z", "10", "9"])
portfolios = st.dictionaries(ids, events, max_size=8).map(
    lambda by_id: [row(transaction_id=name, **each) for name, each in by_id.items()]
)


@settings(max_examples=60)
@given(portfolios, st.data())
def test_tiles_equal_a_count_from_scratch_however_events_arrive(rows: list[Row], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(rows), max_size=5)) if rows else []
    arrivals = data.draw(st.permutations(rows + again))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(arrivals)), max_size=4)))
    with transaction.atomic():
        for begin, end in zip([0, *cuts], [*cuts, len(arrivals)], strict=True):
            keep(arrivals[begin:end])
        found = stored_tiles()
        transaction.set_rollback(True)

    assert found == {day: _essence(tile) for day, tile in counted(rows).items()}


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-02-17T18:29:59.999999Z", dt.date(2026, 2, 17)),
        ("2026-02-17T18:30:00Z", dt.date(2026, 2, 18)),
        ("2024-02-29T18:29:59Z", dt.date(2024, 2, 29)),
        ("2024-02-28T20:00:00Z", dt.date(2024, 2, 29)),
    ],
)
def test_a_day_begins_at_midnight_in_the_banks_zone(moment: str, day: dt.date) -> None:
    keep([row(timestamp=moment)])

    assert [on for _, on in tiles()] == [day]


def test_a_bounced_debit_moves_no_money() -> None:
    keep([row(status="RETURNED", channel="AUTODEBIT", merchant_category="EMI", amount=900)])

    (tile,) = tiles().values()
    assert (tile["debit_amount"], tile["debt_amount"], tile["txn_count"]) == (0, 0, 0)
    assert (tile["returned_count"], tile["returned_amount"]) == (1, 90_000)


def test_a_reversal_gives_the_money_back_on_its_own_day() -> None:
    emi = {"channel": "AUTODEBIT", "merchant_category": "EMI", "amount": 900}
    keep([row(**emi)])
    keep([row(**emi, transaction_id="T2", status="RETURNED", reverses="T1", timestamp="2026-02-18T09:00:00")])

    debts = {
        on.day: (tile["debit_amount"], tile["debt_amount"], tile["debt_count"])
        for (_, on), tile in tiles().items()
    }
    assert debts == {17: (90_000, 90_000, 1), 18: (-90_000, -90_000, 0)}


def test_foreign_money_counts_but_is_not_summed() -> None:
    keep([row(currency="USD"), row(transaction_id="T2", currency="INR")])

    (tile,) = tiles().values()
    assert (tile["txn_count"], tile["debit_amount"]) == (2, 45_025)


def test_balances_in_another_currency_are_none() -> None:
    keep([row(balance_after=9), row(transaction_id="T2", balance_after=1, currency="USD")])
    keep([row(transaction_id="T3", customer_id="b", balance_after=1, currency="USD")])

    found = {who: tile for (who, _), tile in tiles().items()}
    assert [found[who]["last_balance_amount"] for who in ("100", "b")] == [900, None]
    assert [found[who]["lowest_balance_amount"] for who in ("100", "b")] == [900, None]
    assert found["b"]["last_balance_at"] is None


def test_ties_of_the_last_balance_are_broken_by_the_bytes_of_the_id() -> None:
    keep([row(transaction_id="a", balance_after=1)])
    keep([row(transaction_id="Ä", balance_after=2)])
    keep([row(transaction_id="B", balance_after=3)])

    (tile,) = tiles().values()
    assert (tile["last_balance_amount"], tile["last_balance_transaction_id"]) == (200, "Ä")
