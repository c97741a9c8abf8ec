"""Append-only by trigger: even the owner, who has every right, is refused."""

from collections.abc import Iterator

import environ
import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from audit.services import record
from customers.tests.factories import InstalmentFactory, InstalmentPaymentFactory, TransactionFactory
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests.factories import NOON

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not settings.DATABASE_OWNER_URL, reason="owner and application are one role here"),
]


@pytest.fixture
def owner() -> Iterator[psycopg.Connection]:
    url = environ.Env.db_url_config(settings.DATABASE_OWNER_URL)
    login = {"host": url["HOST"], "port": url["PORT"], "user": url["USER"], "password": url["PASSWORD"]}
    with psycopg.connect(**login, dbname=url["NAME"], autocommit=True) as connection:
        yield connection


def test_owner_cannot_rewrite_history_either(owner: psycopg.Connection) -> None:
    record(action="ingest.halt.lifted", subject_type="halt", subject_id=7)
    TransactionFactory.create(occurred_at=NOON)
    mark_dirty([InstalmentPaymentFactory.create(loan=InstalmentFactory.create().loan).customer_id])
    Refresher().chunk()

    for table, column in (
        ("audit_auditevent", "action"),
        ("customers_instalment", "amount"),
        ("customers_instalmentpayment", "amount"),
        ("customers_transaction", "amount"),
        (f"customers_transaction_{NOON:%Y%m}", "amount"),
        ("risk_assessment", "score"),
        ("risk_featuresnapshot", "revision"),
        ("risk_rulebook", "content"),
    ):
        names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
        for change in ("UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"):
            with pytest.raises(psycopg.errors.RaiseException, match="Cannot update or delete"):
                owner.execute(sql.SQL(change).format(**names))
