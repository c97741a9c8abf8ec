"""`simulate_portfolio` writes a whole bank, once, and all its tables agree."""

import datetime as dt
import threading
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Count, F, Sum
from pytest_django.plugin import DjangoDbBlocker

from customers.models import ActivityTile, Customer, Instalment, InstalmentPayment, Loan, Transaction
from ingest import schemas, store
from ingest.models import SimulatedPersona, SimulatedPortfolio
from ingest.schemas import Window
from ingest.simulator.codes import Persona
from ingest.simulator.events import encode
from ingest.simulator.portfolio import Recipe, recipe_of
from ingest.simulator.stream import days_after
from ingest.tests.events import CURRENCY, ZONE
from risk.models import DirtyCustomer

END_ON = dt.date(2026, 5, 31)
CUSTOMERS, DAYS, SEED = 60, 45, 12


def simulate(**options: object) -> str:
    told = StringIO()
    wanted = {"customers": CUSTOMERS, "days": DAYS, "seed": SEED, "end": END_ON, **options}
    call_command("simulate_portfolio", stdout=told, **wanted)
    return told.getvalue()


@pytest.fixture(scope="module")
def written(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Recipe]:
    """The portfolio, written once for this module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        simulate()
        yield recipe_of(SimulatedPortfolio.objects.get())
        transaction.set_rollback(True)


@pytest.fixture
def recipe(written: Recipe, db: None) -> Recipe:
    return written


def test_portfolio_holds_the_customers_with_their_days(recipe):
    assert Customer.objects.filter(source="core", is_provisional=False).count() == CUSTOMERS
    days = Transaction.objects.values_list("occurred_at", flat=True)
    assert {moment.astimezone(ZONE).date() for moment in days} == {
        END_ON - dt.timedelta(days=k) for k in range(DAYS)
    }


def test_history_is_known_when_it_happens(recipe):
    assert not Transaction.objects.exclude(recorded_at=F("occurred_at")).exists()


def test_history_tiles_are_sums_of_its_transactions(recipe):
    booked = Transaction.objects.filter(status="BOOKED")
    debits = booked.filter(transaction_type="DEBIT").aggregate(total=Sum("amount"))["total"]
    sums = ActivityTile.objects.aggregate(
        txns=Sum("txn_count"),
        debits=Sum("debit_amount"),
        salaries=Sum("salary_count"),
        bounced=Sum("returned_count"),
    )
    assert sums["txns"] == booked.count()
    assert sums["debits"] == debits
    assert sums["salaries"] == booked.filter(is_salary=True).count() > 0
    assert sums["bounced"] == Transaction.objects.filter(status="RETURNED").count() > 0


def test_history_equals_the_events_it_would_have_been(recipe):
    """What the stream produces of a past day is a duplicate of what is stored, never a conflict."""
    window = Window.at(dt.datetime(2026, 6, 1, tzinfo=dt.UTC), retention_years=10)
    begin = dt.datetime.combine(recipe.history_on, dt.time(), tzinfo=ZONE)
    rows = [
        schemas.to_row(schemas.decode(raw), window=window, zone=ZONE, currency=CURRENCY)
        for day in days_after(
            recipe, after=begin, until=begin + dt.timedelta(days=9), stopping=threading.Event()
        )
        for _, raw in encode(day, seed=recipe.seed, zone=ZONE)
    ]
    ids = dict(Customer.objects.values_list("bank_id", "id"))
    report = store.store(rows=rows, ids=ids, arrival=store.Arrival(recorded_us=rows[0].occurred_us))
    assert (report.stored, report.duplicates, report.conflicts) == (0, len(rows), [])


def test_loans_have_whole_schedules(recipe):
    lines = Instalment.objects.values("loan_id").annotate(lines=Count("number"), total=Sum("amount"))
    loans = Loan.objects.in_bulk()
    assert len(loans) == len(lines) > 0.7 * CUSTOMERS
    for line in lines:
        loan = loans[line["loan_id"]]
        assert line["lines"] == loan.tenure_months
        assert line["total"] == loan.instalment_amount * loan.tenure_months
        assert 0 <= loan.outstanding_amount <= loan.principal_amount


def test_payments_cover_what_fell_due_less_the_arrears(recipe):
    world = recipe.world(first=0, count=CUSTOMERS, zone=ZONE)
    for _ in world.days(until=recipe.live_on):
        pass
    for loan in Loan.objects.select_related("customer"):
        due = (
            Instalment.objects.filter(loan=loan, due_on__lt=recipe.live_on).aggregate(total=Sum("amount"))[
                "total"
            ]
            or 0
        )
        paid = loan.payments.aggregate(total=Sum("amount"))["total"] or 0
        cell = (int(loan.reference[-1]) - 1, int(loan.customer.bank_id) - 1)
        assert int((due - paid) * 100) == world.state.arrears[cell]


def test_payments_before_the_history_are_imported_and_later_ones_booked(recipe):
    begin = dt.datetime.combine(recipe.history_on, dt.time(), tzinfo=ZONE)
    origins = InstalmentPayment.Origin
    assert not InstalmentPayment.objects.filter(origin=origins.IMPORT, occurred_at__gte=begin).exists()
    assert not InstalmentPayment.objects.filter(origin=origins.TRANSACTION, occurred_at__lt=begin).exists()
    assert InstalmentPayment.objects.filter(origin=origins.TRANSACTION).count() > 0.7 * CUSTOMERS


def test_personas_are_kept_apart_from_what_is_scored(recipe):
    assert set(SimulatedPersona.objects.values_list("persona", flat=True)) <= {each.name for each in Persona}
    assert SimulatedPersona.objects.count() == CUSTOMERS
    calm = SimulatedPersona.objects.filter(persona__in=["STABLE", "OVERSPENDER"])
    assert not calm.exclude(shock_on=None).exists()
    troubled = SimulatedPersona.objects.filter(persona__in=["INCOME_SHOCK", "SILENT_DRAIN"])
    for each in troubled:
        assert each.shock_on is not None
        assert each.recovers_on is not None
        assert each.shock_on < each.recovers_on > recipe.history_on
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name ~* 'persona(?!l)'"
        )
        assert {name for (name,) in cursor.fetchall()} == {"ingest_simulatedpersona"}


def test_everybody_waits_for_a_first_evaluation(recipe):
    assert DirtyCustomer.objects.count() == CUSTOMERS


def test_stream_takes_over_where_the_history_ends(recipe):
    stored = SimulatedPortfolio.objects.get()
    midnight = dt.datetime(2026, 6, 1, tzinfo=ZONE)
    assert stored.produced_until == midnight - dt.timedelta(microseconds=1)
    assert Transaction.objects.order_by("-occurred_at")[0].occurred_at < midnight
