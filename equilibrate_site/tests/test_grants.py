"""The application's role: it can do its work, and cannot rewrite what was recorded."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DataError, ProgrammingError, connection, transaction
from psycopg import sql

from customers import partitions
from customers.tests.factories import TransactionFactory
from equilibrate_site import grants
from equilibrate_site.grants import APPEND_ONLY, ERASABLE, KEPT, READ_ONLY
from risk.tests.factories import NOON

CHANGES = ("UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table}")
PARTITIONED = (partitions.TRANSACTIONS, partitions.SNAPSHOTS)

# These read what `migrate` granted; they make no sense where one role is owner and application.
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not settings.DATABASE_OWNER_URL, reason="owner and application are one role here"),
]


def refusal_of(statement: str, table: str) -> str:
    """What PostgreSQL answers the application's role; empty when it did as told."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(table=sql.Identifier(table)))
            transaction.set_rollback(True)
    except ProgrammingError as error:
        return str(error)
    return ""


def test_application_connects_as_a_role_that_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, count(*) FILTER (WHERE tableowner = current_user), bool_or(rolsuper)"
            " FROM pg_tables, pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (settings.DATABASE_APPLICATION_ROLE, 0, False)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", CHANGES)
def test_what_was_recorded_cannot_be_changed(table: str, change: str) -> None:
    with connection.cursor() as cursor:
        column = connection.introspection.get_table_description(cursor, table)[0].name

    assert "permission denied" in refusal_of(change.replace("{column}", column), table)


def as_owner(command: str, **options: Any) -> None:
    """A command of the owner's, and then the application's own role again."""
    application = dict(connection.settings_dict)
    try:
        call_command(command, **options)
    finally:
        connection.close()
        connection.settings_dict.update(application)


@pytest.mark.django_db(transaction=True)
def test_partitions_are_as_closed_as_their_table_after_the_next_migration() -> None:
    month = partitions.month_of(NOON)
    for table in PARTITIONED:
        partitions.ensure_months(table=table, months=[month])

    as_owner("migrate", verbosity=0)

    for table in PARTITIONED:
        for change in CHANGES:
            refusal = refusal_of(change.replace("{column}", "customer_id"), f"{table}_{month:%Y%m}")
            assert "permission denied" in refusal


@pytest.mark.django_db(transaction=True)
def test_detached_months_are_closed_altogether_after_the_next_migration() -> None:
    for table in PARTITIONED:
        partitions.ensure_months(table=table, months=[dt.date(2001, 5, 1)])
    as_owner("detach_partitions")

    as_owner("migrate", verbosity=0)

    for table in PARTITIONED:
        for change in ("SELECT FROM {table}", "INSERT INTO {table} SELECT * FROM {table}", *CHANGES):
            refusal = refusal_of(change.replace("{column}", "customer_id"), f"{table}_200105")
            assert "permission denied" in refusal


@pytest.mark.django_db(transaction=True)
def test_rights_change_all_at_once_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    month = partitions.month_of(NOON)
    partitions.ensure_months(table=partitions.TRANSACTIONS, months=[month])
    monkeypatch.setattr(grants, "WITH_PARTITIONS", "SELECT 1 / 0, %s")

    with pytest.raises(DataError, match="division by zero"):
        as_owner("migrate", verbosity=0)

    assert "permission denied" in refusal_of("SELECT FROM {table}", f"{partitions.TRANSACTIONS}_{month:%Y%m}")


def test_month_is_written_to_through_its_table_only() -> None:
    TransactionFactory.create(occurred_at=NOON)

    month = f"{partitions.TRANSACTIONS}_{NOON:%Y%m}"
    for change in ("INSERT INTO {table} SELECT * FROM {table}", *CHANGES):
        assert "permission denied" in refusal_of(change.replace("{column}", "customer_id"), month)


def test_whatever_a_trigger_protects_is_protected_by_grants_too_and_the_other_way_round() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname ~ 'append_only|immutable' AND tgparentid = 0"
        )
        named = {table for (table,) in cursor.fetchall()}
        # For each row (1), before (2) it is deleted (8) or updated (16); whatever the trigger is called.
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgtype & 27 = 27 AND tgparentid = 0 AND tgenabled <> 'D'"
        )
        guarded = {table for (table,) in cursor.fetchall()}

    assert named <= set(APPEND_ONLY) <= guarded


def test_every_other_table_can_be_worked_with() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, privilege FROM pg_class"
            " CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition AND NOT relname = ANY(%s)"
            " AND NOT has_table_privilege(current_user, pg_class.oid, privilege)",
            [list(APPEND_ONLY)],
        )
        refused = {
            *((table, "DELETE") for table in KEPT),
            *((table, change) for table in READ_ONLY for change in ("INSERT", "UPDATE", "DELETE")),
            *((table, "UPDATE") for table in ERASABLE),
        }
        assert set(cursor.fetchall()) == refused


def test_append_only_tables_can_be_read_and_added_to() -> None:
    with connection.cursor() as cursor:
        for table in APPEND_ONLY:
            cursor.execute(
                "SELECT has_table_privilege(current_user, %s, 'SELECT') AND"
                " has_table_privilege(current_user, %s, 'INSERT')",
                [table, table],
            )
            assert cursor.fetchone() == (True,)


def test_application_cannot_make_tables_but_months() -> None:
    assert "permission denied" in refusal_of("CREATE TABLE {table} (id int)", "anything")

    with pytest.raises(Exception, match="no monthly table"):
        partitions.ensure_months(table="auth_user", months=[dt.date(2026, 2, 1)])
