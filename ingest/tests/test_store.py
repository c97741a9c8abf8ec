"""Storing transactions: identity, conflicts, customers, months, marks, and what the database refuses."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.models import Customer, Transaction
from customers.payments import payments_book
from customers.tests.factories import LoanFactory
from ingest import schemas, store
from ingest.origins import NO_ORIGINS, Origins
from ingest.schemas import InvalidEvent, Row
from ingest.tests.events import NOW, from_us, row, storable_events, to_row
from ingest.tests.storing import keep, tiles
from risk.claims import Cursor, take_marked
from risk.models import DirtyCustomer

pytestmark = pytest.mark.django_db


def test_row_is_stored_with_all_its_fields() -> None:
    keep(
        [
            row(
                is_salary=0,
                balance_after=-12.5,
                mcc=742,
                merchant="Śrī Stores 🦀",
                reverses="T0",
                account_id="A",
            )
        ]
    )

    stored = Transaction.objects.get()
    assert (stored.customer.bank_id, stored.transaction_id, stored.amount) == ("100", "T1", Decimal("450.25"))
    assert stored.occurred_at == dt.datetime(2026, 2, 17, 6, 30, tzinfo=dt.UTC)
    assert (stored.is_salary, stored.balance_after_amount, stored.mcc) == (False, Decimal("-12.50"), "0742")
    assert (stored.merchant, stored.reverses, stored.account_id) == ("Śrī Stores 🦀", "T0", "A")
    assert stored.recorded_at == NOW


def test_same_row_again_changes_nothing() -> None:
    keep([row()])
    before = tiles()

    report = keep([row()])

    assert (report.stored, report.duplicates, report.conflicts) == (0, 1, [])
    assert tiles() == before


def test_duplicates_in_one_batch_are_stored_once() -> None:
    report = keep([row(), row(transaction_id="T2"), row(), row()])

    assert (report.stored, report.duplicates, report.conflicts) == (2, 2, [])
    assert [tile["txn_count"] for tile in tiles().values()] == [2]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 450.26},
        {"currency": "USD"},
        {"transaction_type": "CREDIT"},
        {"status": "RETURNED"},
        {"channel": "POS"},
        {"merchant_category": "RENT"},
        {"is_salary": 0},
        {"reverses": "T0"},
        {"balance_after": 1},
        {"mcc": "5411"},
        {"merchant": "M"},
        {"account_id": "A"},
    ],
)
def test_same_identity_with_other_content_is_a_conflict_and_overwrites_nothing(
    changes: dict[str, object],
) -> None:
    keep([row()])
    before = Transaction.objects.values().get(), tiles()

    report = keep([row(transaction_id="T2"), row(**changes)])

    assert (report.stored, report.duplicates, report.conflicts) == (1, 0, [1])
    assert Transaction.objects.values().get(transaction_id="T1") == before[0]


def test_first_of_two_contents_in_one_batch_is_stored() -> None:
    report = keep([row(amount=1), row(amount=2), row(amount=1)])

    assert (report.stored, report.duplicates, report.conflicts) == (1, 1, [1])
    assert Transaction.objects.get().amount == Decimal("1.00")


def test_another_time_or_customer_is_another_transaction() -> None:
    report = keep([row(), row(timestamp="2026-02-17T12:00:00.000001"), row(customer_id="101")])

    assert report.stored == 3


def test_unknown_customers_become_provisional_once() -> None:
    keep([row(customer_id=7), row(customer_id="7", transaction_id="T2")])
    keep([row(customer_id=7, transaction_id="T3")])

    customer = Customer.objects.get()
    assert (customer.source, customer.bank_id, customer.is_provisional) == ("core", "7", True)
    assert customer.transactions.count() == 3


def test_sources_keep_their_customers_apart() -> None:
    keep([row()], source="core")
    report = keep([row()], source="cards")

    assert report.stored == 1
    assert set(Customer.objects.values_list("source", "bank_id")) == {("core", "100"), ("cards", "100")}


def test_forgotten_customer_ids_are_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_REMEMBERED", 2)
    ids = store.CustomerIds(source="core")
    first = dict(ids.resolve({"a", "b"}))

    again = ids.resolve({"b", "c"})

    assert again["b"] == first["b"]
    assert set(again) == {"b", "c"}


def test_latest_event_is_reported() -> None:
    late = row(timestamp="2026-02-18T01:00:00Z", transaction_id="T2")

    assert keep([late, row()]).last_event_at == dt.datetime(2026, 2, 18, 1, tzinfo=dt.UTC)
    assert keep([late]).last_event_at is None


@pytest.mark.parametrize(
    "moment",
    [
        "2024-02-29T23:59:59.999999Z",
        "2024-03-01T00:00:00Z",
        "2019-12-31T23:59:59.999999Z",
        "2020-01-01T00:00:00Z",
    ],
)
def test_months_are_made_on_demand(moment: str) -> None:
    report = keep([row(timestamp=moment)])

    assert report.stored == 1
    assert Transaction.objects.get().occurred_at == dt.datetime.fromisoformat(moment)


def test_row_without_its_month_is_refused_by_the_database() -> None:
    old = row(timestamp="2017-05-05T05:05:05Z")
    ids = store.CustomerIds(source="core").resolve({old.bank_id})

    with pytest.raises(IntegrityError, match="no partition"), transaction.atomic():
        store.store(rows=[old], ids=ids, arrival=store.Arrival(recorded_us=0))


def test_mark_keeps_the_earliest_waiting_event_and_the_earliest_repayment() -> None:
    emi = {"merchant_category": "EMI"}
    keep([row(), row(transaction_id="T2")], appended_us=[5_000_000, 3_000_000])
    assert DirtyCustomer.objects.get().repayment_from is None

    early, late = (
        row(transaction_id="T3", **emi),
        row(transaction_id="T4", timestamp="2026-02-18T01:00:00Z", **emi),
    )
    keep([late], appended_us=[9_000_000])
    keep([early, late._replace(transaction_id="T5")], appended_us=[9_000_000, 9_000_000])
    keep([row(transaction_id="T6", timestamp="2026-02-18T01:00:00Z")], appended_us=[9_000_000])

    mark = DirtyCustomer.objects.get()
    assert mark.appended_at == from_us(3_000_000)
    assert mark.repayment_from == from_us(early.occurred_us)


def stored_at(rows: list[Row], *, log_id: int | None, offset: int) -> tuple[int | None, int | None]:
    """Store rows that stand one behind the other in a log; what the mark says then."""
    ids = store.CustomerIds(source="core").resolve({row.bank_id for row in rows})
    store.Months().ensure(rows)
    origins = Origins(begins=[0], shifts=[offset], log_ids=[log_id]) if log_id else NO_ORIGINS
    with transaction.atomic():
        store.store(rows=rows, ids=ids, arrival=store.Arrival(recorded_us=0, origins=origins))
    mark = DirtyCustomer.objects.get(customer__bank_id=rows[0].bank_id)
    return mark.log_id, mark.log_position


def test_mark_bears_the_position_after_the_newest_event() -> None:
    one, other = row(), row(transaction_id="T2")

    assert stored_at([one, other, row(customer_id=200)], log_id=7, offset=40) == (7, 42)
    assert stored_at([other], log_id=7, offset=10) == (7, 42)
    assert stored_at([row(transaction_id="T3")], log_id=None, offset=0) == (7, 42)
    # The topic was made anew: its positions begin again, and are the later ones.
    assert stored_at([row(transaction_id="T4")], log_id=8, offset=3) == (8, 4)


def test_runs_of_several_partitions_are_told_apart() -> None:
    rows = [row(), row(customer_id=200), row(customer_id=300), row(customer_id=200, transaction_id="T2")]
    ids = store.CustomerIds(source="core").resolve({each.bank_id for each in rows})
    store.Months().ensure(rows)
    origins = Origins(begins=[0, 2], shifts=[5, 98], log_ids=[7, 8])

    with transaction.atomic():
        store.store(rows=rows, ids=ids, arrival=store.Arrival(recorded_us=0, origins=origins))

    told = DirtyCustomer.objects.values_list("customer__bank_id", "log_id", "log_position")
    assert set(told) == {("100", 7, 6), ("200", 8, 102), ("300", 8, 101)}


def test_repayment_and_its_return_are_booked_in_any_order_of_arrival() -> None:
    loan = LoanFactory.create(customer__bank_id="100", instalment_amount=Decimal("450.25"))
    debit = row(transaction_id="T1", merchant_category="EMI")
    back = {"status": "RETURNED", "reverses": "T1", "timestamp": "2026-02-18T01:00:00Z"}

    for news, booked in (
        ([row(transaction_id="T2", merchant_category="EMI", **back)], []),
        ([debit], [Decimal("450.25"), Decimal("-450.25")]),
    ):
        keep(news)
        claim = take_marked(Cursor())
        assert claim is not None
        payments_book(since=claim.repayments_from)
        assert list(loan.payments.order_by("occurred_at").values_list("amount", flat=True)) == booked


def test_refused_rows_are_found_among_good_ones_and_nothing_is_changed() -> None:
    rows = [row(transaction_id=f"T{number}") for number in range(9)]
    rows[2] = rows[2]._replace(amount=0)
    rows[7] = rows[7]._replace(channel="X" * 33)
    ids = store.CustomerIds(source="core").resolve({"100"})
    store.Months().ensure(rows)

    refusals = store.refusals(rows, ids=ids)

    assert set(refusals) == {2, 7}
    assert "amount_check" in refusals[2]
    assert not Transaction.objects.exists()


def test_row_that_is_too_much_only_with_others_is_found() -> None:
    half = 2**62
    rows = [row(transaction_id=f"T{number}")._replace(amount=half) for number in range(3)]
    ids = store.CustomerIds(source="core").resolve({"100"})
    store.Months().ensure(rows)

    assert set(store.refusals(rows, ids=ids)) == {1, 2}


@settings(max_examples=150)
@given(st.lists(storable_events, max_size=6))
def test_whatever_is_a_row_is_stored_and_comes_back_as_it_was(events: list[dict[str, object]]) -> None:
    rows: dict[tuple[str, int, str], Row] = {}
    for each in events:
        try:
            found = to_row(msgspec.json.encode(each))
        except (InvalidEvent, OverflowError):
            continue
        rows.setdefault((found.bank_id, found.occurred_us, found.transaction_id), found)
    with transaction.atomic():
        report = keep(list(rows.values()))
        back = {(t.customer.bank_id, schemas.to_us(t.occurred_at), t.transaction_id): t for t in _stored()}
        assert report.stored == len(rows) == len(back)
        for key, found in rows.items():
            assert _texts(back[key]) == (found.channel, found.merchant_category, found.merchant, found.mcc)
            assert back[key].amount * 100 == found.amount
        transaction.set_rollback(True)


def _stored() -> list[Transaction]:
    return list(Transaction.objects.select_related("customer"))


def _texts(stored: Transaction) -> tuple[str, str, str | None, str | None]:
    return (stored.channel, stored.merchant_category, stored.merchant, stored.mcc)
