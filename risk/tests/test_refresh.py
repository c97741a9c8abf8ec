"""The refresh: what it writes at first, on news, and when nothing material changed."""

import datetime as dt
import time
from decimal import Decimal
from typing import Any

import pytest
import structlog
import time_machine
from django.db import OperationalError, connection

from customers.models import Customer, Transaction
from customers.tests.factories import (
    CustomerFactory,
    InstalmentFactory,
    InstalmentPaymentFactory,
    LoanFactory,
    TransactionFactory,
)
from risk.levels import Hardship, Level
from risk.models import (
    Alert,
    Assessment,
    CurrentRisk,
    DirtyCustomer,
    FeatureSnapshot,
    PendingDecision,
    SystemProbe,
)
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests.factories import NOON, TODAY, TileFactory, days_ago

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def ordinary_customer() -> Customer:
    """Paid and spending evenly: LOW."""
    customer = CustomerFactory.create()
    for age in (5, 12, 20):
        TileFactory.create(
            customer=customer, day_on=days_ago(age), txn_count=4, debit_amount=900, essential_amount=450,
            discretionary_amount=450, credit_amount=50_000, salary_count=int(age == 20),
        )  # fmt: skip
    return customer


def run_out_of_cash(customer: Customer) -> None:
    """What makes the ordinary customer HIGH: the salary is history, cash is drawn every hour."""
    TileFactory.create(customer=customer, day_on=TODAY, txn_count=12, cash_count=12)
    customer.tiles.filter(salary_count=1).update(salary_count=0)


def refresh(refresher: Refresher, *customers: Customer) -> bool:
    mark_dirty([customer.pk for customer in customers])
    return refresher.run(until=time.monotonic() + 60)


def test_first_evaluation_writes_everything_once(refresher: Refresher) -> None:
    customer = ordinary_customer()

    is_work_left = refresh(refresher, customer)

    risk = CurrentRisk.objects.get()
    assert (risk.customer_id, risk.revision, risk.level, risk.score) == (customer.pk, 1, Level.LOW, 0.0)
    assert (risk.as_of_on, risk.next_due_on, risk.rulebook.version) == (TODAY, None, "equilibrate-1")
    for written in (Assessment, FeatureSnapshot, PendingDecision):
        assert list(written.objects.values_list("customer_id", "revision")) == [(customer.pk, 1)]
    assert (Alert.objects.count(), DirtyCustomer.objects.count(), is_work_left) == (0, 0, False)


def test_receipt_states_inputs_points_and_evidence(refresher: Refresher) -> None:
    customer = ordinary_customer()
    run_out_of_cash(customer)

    refresh(refresher, customer)

    receipt = Assessment.objects.get()
    assert receipt.inputs["txn_count"] == 24
    assert receipt.inputs["total_spend"] == 2_700.0
    assert receipt.points == {
        "salary_gap": 3.0,
        "withdrawal_spike": 2.0,
        "spending_drop": 0.0,
        "survival_mode": 0.0,
        "segment": 0.0,
    }
    assert receipt.hardships == {"LIQUIDITY_STRESS": {"atm_withdrawals_7d": 12, "spending_change_pct": 0.0}}
    assert (receipt.previous_level, receipt.score, receipt.as_of_on) == (None, 5.0, TODAY)
    assert FeatureSnapshot.objects.get().features["credits_30d"] == 150_000.0


def test_nothing_material_only_grows_the_revision(refresher: Refresher) -> None:
    customer = ordinary_customer()
    refresh(refresher, customer)
    before = CurrentRisk.objects.get()

    TileFactory.create(customer=customer, day_on=days_ago(1), txn_count=1, debit_amount=10)
    refresh(refresher, customer)

    after = CurrentRisk.objects.get()
    assert (after.revision, after.changed_at) == (2, before.changed_at)
    assert after.evaluated_at > before.evaluated_at
    assert Assessment.objects.count() == FeatureSnapshot.objects.count() == 1
    assert PendingDecision.objects.get().revision == 1


def test_material_change_appends_a_receipt_and_hands_over(refresher: Refresher) -> None:
    customer = ordinary_customer()
    refresh(refresher, customer)
    before = CurrentRisk.objects.get()

    run_out_of_cash(customer)
    refresh(refresher, customer)

    risk = CurrentRisk.objects.get()
    assert (risk.revision, risk.level, risk.hardship) == (2, Level.HIGH, Hardship.LIQUIDITY_STRESS)
    assert risk.changed_at > before.changed_at
    newest = Assessment.objects.get(revision=2)
    assert (newest.previous_level, newest.level) == (Level.LOW, Level.HIGH)
    assert FeatureSnapshot.objects.count() == 2
    assert PendingDecision.objects.get().revision == 2


def test_points_alone_are_material(refresher: Refresher) -> None:
    customer = ordinary_customer()
    refresh(refresher, customer)

    TileFactory.create(customer=customer, day_on=TODAY, txn_count=4, cash_count=4)
    refresh(refresher, customer)

    first, second = Assessment.objects.order_by("revision")
    assert (first.level, first.hardship) == (second.level, second.hardship)
    assert (first.score, second.score) == (0.0, 1.0)


def test_turning_high_raises_one_alert(refresher: Refresher) -> None:
    customer = ordinary_customer()
    refresh(refresher, customer)

    run_out_of_cash(customer)
    refresh(refresher, customer)
    refresh(refresher, customer)

    alert = Alert.objects.get()
    assert (alert.kind, alert.customer_id) == (Alert.Kind.TURNED_HIGH, customer.pk)
    assert alert.detail == {"score": 5.0, "revision": 2}


def test_first_evaluation_raises_no_alert_even_when_high(refresher: Refresher) -> None:
    customer = ordinary_customer()
    run_out_of_cash(customer)

    refresh(refresher, customer)

    assert CurrentRisk.objects.get().level == Level.HIGH
    assert not Alert.objects.exists()


def test_repayment_among_the_news_covers_the_next_instalment(refresher: Refresher) -> None:
    loan = LoanFactory.create()
    for number, age in enumerate((3, -27), start=1):
        InstalmentFactory.create(loan=loan, number=number, due_on=days_ago(age))
    TransactionFactory.create(
        customer=loan.customer, occurred_at=NOON, amount=loan.instalment_amount, kind=Transaction.Kind.DEBT
    )

    refresh(refresher, loan.customer)

    assert loan.payments.count() == 1
    risk = CurrentRisk.objects.get()
    assert (risk.next_due_on, risk.next_due_amount) == (days_ago(-27), loan.instalment_amount)


@pytest.mark.parametrize("due_on", [dt.date(1999, 12, 31), dt.date(1969, 7, 20), dt.date(2000, 1, 1)])
def test_instalment_due_long_ago_is_still_due(refresher: Refresher, due_on: dt.date) -> None:
    loan = LoanFactory.create()
    InstalmentFactory.create(loan=loan, due_on=due_on)
    InstalmentPaymentFactory.create(loan=loan, amount=Decimal("1.00"))

    refresh(refresher, loan.customer)

    risk = CurrentRisk.objects.get()
    assert (risk.next_due_on, risk.next_due_amount) == (due_on, loan.instalment_amount - 1)


def test_customer_without_any_tile_is_evaluated(refresher: Refresher) -> None:
    refresh(refresher, CustomerFactory.create())

    risk = CurrentRisk.objects.get()
    assert (risk.level, risk.score, risk.hardship) == (Level.LOW, 0.0, Hardship.NONE)


def test_results_are_the_same_in_any_chunking(refresher: Refresher) -> None:
    customers = [ordinary_customer() for _ in range(5)]
    run_out_of_cash(customers[2])
    refresh(refresher, *customers)
    columns = [field.name for field in CurrentRisk._meta.fields if not field.name.endswith("_at")]
    together = list(CurrentRisk.objects.order_by("pk").values(*columns))

    for customer in customers:
        refresh(refresher, customer)

    alone = [risk | {"revision": 1} for risk in CurrentRisk.objects.order_by("pk").values(*columns)]
    assert alone == together


def test_run_stops_at_its_moment_and_says_so(refresher: Refresher) -> None:
    mark_dirty([ordinary_customer().pk])

    assert refresher.run(until=time.monotonic() - 1) is False
    assert DirtyCustomer.objects.count() == 1


def test_run_notes_what_it_evaluated_last(refresher: Refresher) -> None:
    refresh(refresher, ordinary_customer(), ordinary_customer())

    probe = SystemProbe.objects.get(name=SystemProbe.RISK_ENGINE)
    assert probe.is_ok
    assert probe.detail["customers"] == 2
    (evaluated_at,) = CurrentRisk.objects.values_list("evaluated_at", flat=True).distinct()
    assert dt.datetime.fromisoformat(probe.detail["evaluated_at"]) == evaluated_at


def test_run_without_work_notes_that_it_looked(refresher: Refresher, at_noon: time_machine.Traveller) -> None:
    refresh(refresher, ordinary_customer())
    before = SystemProbe.objects.get()
    at_noon.shift(60)
    refresher.note.taken_at = float("-inf")

    assert refresher.run(until=time.monotonic() + 60) is False

    probe = SystemProbe.objects.get()
    assert (probe.is_ok, probe.detail) == (True, before.detail)
    assert probe.probed_at - before.probed_at > dt.timedelta(seconds=59)


def test_runs_without_work_note_that_once_a_second(refresher: Refresher) -> None:
    refresher.run(until=time.monotonic() + 60)
    SystemProbe.objects.all().delete()

    refresher.run(until=time.monotonic() + 60)

    assert not SystemProbe.objects.exists()


def test_salary_gap_grows_without_any_event(refresher: Refresher, at_noon: time_machine.Traveller) -> None:
    customer = ordinary_customer()
    refresh(refresher, customer)

    at_noon.shift(dt.timedelta(days=11))
    refresh(refresher, customer)

    assert CurrentRisk.objects.get().salary_gap_points == 1.0


def test_new_month_gets_its_partition(refresher: Refresher, at_noon: time_machine.Traveller) -> None:
    refresh(refresher, ordinary_customer())

    at_noon.shift(dt.timedelta(days=40))
    refresh(refresher, ordinary_customer())

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT tableoid) FROM risk_featuresnapshot")
        assert cursor.fetchone() == (2,)


def test_refresh_without_a_database_keeps_the_mark(
    refresher: Refresher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> None:
        raise OperationalError("the server closed the connection")

    mark_dirty([ordinary_customer().pk])
    monkeypatch.setattr("risk.refresh.writing.write", away)

    with pytest.raises(OperationalError):
        refresher.chunk()

    assert DirtyCustomer.objects.get().failed_at is None
    assert not CurrentRisk.objects.exists()


def test_redis_down_is_logged_and_loses_nothing(settings: Any) -> None:
    settings.CACHE_URL = settings.REDIS_URL = "redis://127.0.0.1:1/0"
    customer = ordinary_customer()

    with structlog.testing.capture_logs() as logs:
        refresh(Refresher(), customer)

    assert CurrentRisk.objects.get().revision == 1
    assert {"profiles not cached", "hint delayed"} <= {line["event"] for line in logs}


def test_everybody_written_again_stays_on_the_page_they_were_on(refresher: Refresher) -> None:
    """So that no index is touched: pages have room for a second version of all their rows."""
    customers = [CustomerFactory.create() for _ in range(60)]
    refresh(refresher, *customers)
    before = pages()

    refresh(refresher, *customers)

    assert set(CurrentRisk.objects.values_list("revision", flat=True)) == {2}
    assert len(set(before.values())) > 1
    moved = [customer for customer, page in pages().items() if before[customer] != page]
    assert moved == []


def pages() -> dict[int, int]:
    """The page of the table that each customer's row is on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, (ctid::text::point)[0]::int FROM risk_currentrisk")
        return dict(cursor.fetchall())
