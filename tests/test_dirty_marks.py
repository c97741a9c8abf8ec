"""An event is committed while its customer is being refreshed: it must not be forgotten."""

import datetime as dt
import time
from typing import Any

import pytest
from django.db import transaction

from customers import bank_clock, partitions
from customers.models import Customer
from customers.tests.factories import CustomerFactory
from ingest import schemas, statements
from ingest.schemas import Row
from ingest.store import Arrival, store
from risk import writing
from risk.models import Assessment, CurrentRisk, DirtyCustomer, FeatureSnapshot
from risk.refresh import Refresher
from risk.services import mark_dirty
from tests.threads import Elsewhere, uncommitted, until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)

WITHOUT_THE_RULE = statements.MARK.partition("ON CONFLICT")[0] + "ON CONFLICT DO NOTHING"


@pytest.fixture
def customer() -> Customer:
    """Known, marked, without a single transaction yet."""
    partitions.ensure_ahead(now=bank_clock.now() - dt.timedelta(days=2))
    customer = CustomerFactory.create()
    mark_dirty([customer.pk])
    return customer


def consume(customer: Customer, *, transactions: int = 5) -> None:
    """What the consumer does with a batch, inside the caller's transaction."""
    now_us = schemas.to_us(bank_clock.now() - dt.timedelta(days=1))
    ordinary = ("UPI", "GROCERY", "ESSENTIAL", None, None, None, None, None, None)
    rows = [
        Row(customer.bank_id, now_us + number, f"T{number}", 45_000, "INR", "DEBIT", "BOOKED", *ordinary)
        for number in range(transactions)
    ]
    store(rows=rows, ids={customer.bank_id: customer.pk}, arrival=Arrival(recorded_us=now_us))


def refresh() -> None:
    Refresher().run(until=time.monotonic() + 60)


def counted(customer: Customer) -> int:
    """How many transactions the customer's newest receipt knows of."""
    return int(FeatureSnapshot.objects.filter(customer=customer).latest("revision").features["txn_count"])


def test_hundred_events_of_one_customer_are_one_assessment(customer: Customer) -> None:
    with transaction.atomic():
        consume(customer, transactions=100)

    refresh()

    assert list(CurrentRisk.objects.values_list("customer_id", "revision")) == [(customer.pk, 1)]
    assert Assessment.objects.count() == 1
    assert counted(customer) == 100


def refresh_while_events_are_uncommitted(customer: Customer) -> None:
    with uncommitted(lambda: consume(customer)):
        refresh()


def test_mark_with_the_rule_is_left_to_a_refresh_that_sees_the_events(customer: Customer) -> None:
    refresh_while_events_are_uncommitted(customer)

    assert not CurrentRisk.objects.exists()
    refresh()
    assert counted(customer) == 5
    assert not DirtyCustomer.objects.exists()


def test_mark_without_the_rule_is_lost_with_its_events(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "MARK", WITHOUT_THE_RULE)

    refresh_while_events_are_uncommitted(customer)

    assert not DirtyCustomer.objects.exists()
    refresh()
    # This is what the rule prevents: the events are stored, and nobody will ever look at them.
    assert customer.transactions.count() == 5
    assert counted(customer) == 0


@pytest.fixture
def refresh_before_commit(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    """A refresh of one chunk that has claimed and read, and stands before it writes and commits."""
    write = writing.write

    def refresh_with_a_pause(elsewhere: Elsewhere) -> None:
        def paused_write(**arguments: Any) -> Any:
            monkeypatch.setattr(writing, "write", write)
            elsewhere.pause()
            return write(**arguments)

        monkeypatch.setattr(writing, "write", paused_write)
        Refresher().chunk()

    elsewhere = Elsewhere(refresh_with_a_pause)
    elsewhere.until_paused()
    return elsewhere


def test_event_arriving_during_the_refresh_waits_and_marks_again(
    customer: Customer, refresh_before_commit: Elsewhere
) -> None:
    def consume_and_commit(_: Elsewhere) -> None:
        with transaction.atomic():
            consume(customer)

    consumer = Elsewhere(consume_and_commit)
    until_somebody_waits_for_a_lock()
    refresh_before_commit.finish()
    consumer.finish()

    assert counted(customer) == 0
    refresh()
    assert counted(customer) == 5
    assert not DirtyCustomer.objects.exists()
