"""Tiles stored before they had a column: the migration fills it in as the consumer would have."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from customers.models import ActivityTile
from ingest.tests.events import row
from ingest.tests.storing import keep, tiles

pytestmark = pytest.mark.django_db
migration = import_module("customers.migrations.0009_tiles_for_the_model")
balances = import_module("customers.migrations.0010_balances_in_the_banks_currency")


def test_stored_days_are_filled_in_as_if_the_columns_had_always_been() -> None:
    keep(
        [
            row(balance_after=10.5),
            row(transaction_id="T2", balance_after=-3),
            row(transaction_id="T3", merchant_category="GAMBLING", amount=80),
            row(transaction_id="T4", merchant_category="SHOPPING", mcc="7995", amount=20),
            row(transaction_id="T5", merchant_category="GAMBLING", amount=5, currency="USD"),
            row(
                transaction_id="T6", merchant_category="GAMBLING", amount=80, status="RETURNED", reverses="T3"
            ),
            row(transaction_id="T7", merchant_category="LOANAPP", transaction_type="CREDIT", amount=900),
            row(transaction_id="T8", merchant_category="LOANAPP", amount=950),
            row(transaction_id="T9", customer_id="b", timestamp="2026-02-17T23:59:59"),
        ]
    )
    wanted = tiles()
    ActivityTile.objects.update(
        loan_app_count=0, loan_app_credit_amount=0, gambling_amount=0, lowest_balance_amount=None
    )

    with connection.schema_editor() as editor:
        migration.fill(apps, editor)

    assert tiles() == wanted
    (tile,) = (tile for (who, _), tile in wanted.items() if who == "100")
    assert (tile["loan_app_count"], tile["loan_app_credit_amount"]) == (1, 90_000)
    assert (tile["gambling_amount"], tile["lowest_balance_amount"]) == (2_000, -300)


def test_stored_balances_are_those_in_the_banks_currency() -> None:
    keep(
        [
            row(transaction_id="T1", balance_after=10.5),
            row(transaction_id="T2", balance_after=7),
            row(transaction_id="T3", balance_after=-3, currency="USD"),
            row(transaction_id="T4", customer_id="b", balance_after=-3, currency="USD"),
            row(transaction_id="T5", customer_id="c", balance_after=8),
        ]
    )
    wanted = tiles()
    foreign = {"last_balance_amount": -3, "lowest_balance_amount": -3, "last_balance_transaction_id": "T3"}
    ActivityTile.objects.exclude(customer__bank_id="c").update(**foreign)

    with connection.schema_editor() as editor:
        balances.correct(apps, editor)

    assert tiles() == wanted
    assert {who: tile["last_balance_amount"] for (who, _), tile in wanted.items()} == {
        "100": 700,
        "b": None,
        "c": 800,
    }


def test_nothing_is_filled_in_where_there_is_nobody() -> None:
    with connection.schema_editor() as editor:
        migration.fill(apps, editor)
        balances.correct(apps, editor)

    assert not ActivityTile.objects.exists()
