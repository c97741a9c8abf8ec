"""Months of the partitioned tables: made ahead, made once, in UTC."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection
from psycopg import sql

from audit.models import AuditEvent
from customers import partitions, tasks
from customers.models import Transaction
from customers.owner import connect_as_owner
from customers.tests.factories import TransactionFactory
from tests.threads import Elsewhere, uncommitted, until_somebody_waits_for_a_lock

JANUARY = dt.date(2031, 1, 1)
INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))

pytestmark = pytest.mark.django_db


def months_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
        )
        return {name.removeprefix(f"{table}_") for (name,) in cursor.fetchall()}


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (dt.datetime(2026, 3, 1, 5, 29, tzinfo=INDIA), dt.date(2026, 2, 1)),
        (dt.datetime(2026, 3, 1, 5, 30, tzinfo=INDIA), dt.date(2026, 3, 1)),
        (dt.datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=dt.UTC), dt.date(2026, 2, 1)),
    ],
)
def test_month_is_reckoned_in_utc(moment: dt.datetime, month: dt.date) -> None:
    assert partitions.month_of(moment) == month


def test_months_are_made_once_however_often_asked_for() -> None:
    for _ in range(2):
        partitions.ensure_months(table=partitions.TRANSACTIONS, months=[JANUARY, JANUARY])
    partitions.ensure_months(table=partitions.TRANSACTIONS, months=[])

    assert months_of(partitions.TRANSACTIONS) == {"203101"}


def test_months_ahead_are_made_across_the_year(monkeypatch: pytest.MonkeyPatch) -> None:
    partitions.ensure_ahead(now=dt.datetime(2030, 12, 31, 12, tzinfo=dt.UTC))

    for table in (partitions.TRANSACTIONS, partitions.SNAPSHOTS):
        assert months_of(table) == {"203012", "203101", "203102"}


def test_task_prepares_the_months_of_the_banks_clock() -> None:
    tasks.prepare_partitions()

    assert len(months_of(partitions.TRANSACTIONS)) == 3


def test_first_and_last_microsecond_belong_to_their_month() -> None:
    first = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    last = dt.datetime(2031, 1, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)

    for moment in (first, last):
        TransactionFactory.create(occurred_at=moment)

    assert months_of(partitions.TRANSACTIONS) == {"203101"}


def test_row_without_its_month_is_refused() -> None:
    with pytest.raises(IntegrityError, match="no partition"), connection.cursor() as cursor:
        cursor.execute("INSERT INTO risk_featuresnapshot VALUES (1, '2041-01-01', 1, '2041-01-01', '{}')")


@pytest.mark.django_db(transaction=True)
def test_two_processes_make_the_same_month_once() -> None:
    def make(_: object = None) -> None:
        partitions.ensure_months(table=partitions.TRANSACTIONS, months=[JANUARY])

    with uncommitted(make):
        other = Elsewhere(make)
        until_somebody_waits_for_a_lock()
    other.finish()

    assert months_of(partitions.TRANSACTIONS) == {"203101"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", [partitions.TRANSACTIONS, partitions.SNAPSHOTS])
def test_new_month_waits_for_no_reader_and_no_writer(table: str) -> None:
    partitions.ensure_months(table=table, months=[dt.date(2030, 12, 1)])

    def read_and_write() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
            cursor.execute(sql.SQL("INSERT INTO {0} SELECT * FROM {0}").format(sql.Identifier(table)))

    def make(_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        partitions.ensure_months(table=table, months=[JANUARY])

    with uncommitted(read_and_write):
        Elsewhere(make).finish()

    assert months_of(table) == {"203012", "203101"}


@pytest.mark.django_db(transaction=True)
def test_month_being_made_holds_up_no_writer() -> None:
    def make() -> None:
        partitions.ensure_months(table=partitions.TRANSACTIONS, months=[JANUARY])

    with uncommitted(make), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
        cursor.execute("INSERT INTO customers_transaction SELECT * FROM customers_transaction")


def test_month_has_the_constraints_and_the_key_of_its_table() -> None:
    partitions.ensure_months(table=partitions.TRANSACTIONS, months=[JANUARY])

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, contype::text, pg_get_constraintdef(oid), coninhcount FROM pg_constraint"
            " WHERE conrelid IN ('customers_transaction'::regclass, 'customers_transaction_203101'::regclass)"
            " ORDER BY 2, 3, 1"
        )
        found = cursor.fetchall()
    of_table = [each[1:3] for each in found if each[0] == "customers_transaction"]
    of_month = [each for each in found if each[0] == "customers_transaction_203101"]
    assert [each[1:3] for each in of_month] == of_table
    assert {"c", "n", "p"} <= {each[1] for each in of_month}
    assert {each[3] for each in of_month} == {1}


def test_only_months_wholly_before_a_day_are_expired() -> None:
    months = [dt.date(2015, 11, 1), dt.date(2015, 12, 1), dt.date(2016, 1, 1)]
    partitions.ensure_months(table=partitions.TRANSACTIONS, months=months)

    found = partitions.expired(table=partitions.TRANSACTIONS, before=dt.date(2016, 1, 31))

    assert found == ["customers_transaction_201511", "customers_transaction_201512"]


@pytest.mark.django_db(transaction=True)
def test_expired_months_leave_their_table_with_their_rows() -> None:
    partitions.ensure_months(table=partitions.TRANSACTIONS, months=[dt.date(2001, 5, 1), JANUARY])
    TransactionFactory(occurred_at=dt.datetime(2001, 5, 3, tzinfo=dt.UTC))

    call_command("detach_partitions", "--dry-run")
    assert "200105" in months_of(partitions.TRANSACTIONS)
    call_command("detach_partitions")
    call_command("detach_partitions")

    assert months_of(partitions.TRANSACTIONS) == {"203101"}
    assert Transaction.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customers_transaction_200105")
        assert cursor.fetchone() == (1,)
    assert AuditEvent.objects.filter(action="customers.partition.detached").count() == 1


@pytest.mark.django_db(transaction=True)
def test_detaching_that_was_interrupted_is_finished_by_the_next_run() -> None:
    months = [dt.date(2001, 5, 1), dt.date(2001, 6, 1)]
    partitions.ensure_months(table=partitions.TRANSACTIONS, months=months)

    with uncommitted(lambda: Transaction.objects.count()):
        interrupt_detaching("customers_transaction_200106")
    call_command("detach_partitions")

    assert months_of(partitions.TRANSACTIONS) == set()
    detached = AuditEvent.objects.filter(action="customers.partition.detached").order_by("subject_id")
    assert list(detached.values_list("subject_id", flat=True)) == [
        "customers_transaction_200105",
        "customers_transaction_200106",
    ]


def interrupt_detaching(partition: str) -> None:
    """Begin to detach a month, as its owner, while somebody still reads the table, and stop waiting for that."""
    connect_as_owner()
    with pytest.raises(OperationalError, match="timeout"), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
        partitions.detach(table=partitions.TRANSACTIONS, partition=partition)
    connection.close()
