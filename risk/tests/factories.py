"""Tiles for tests, and the refresh as the worker runs it."""

import datetime as dt

from factory.declarations import SubFactory
from factory.django import DjangoModelFactory

from customers.models import ActivityTile
from customers.tests.factories import CustomerFactory

# A Tuesday noon in India; tests that need a fixed day travel to it.
NOON = dt.datetime(2026, 2, 17, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
TODAY = NOON.date()


class TileFactory(DjangoModelFactory[ActivityTile]):
    """A bank day without any transaction; say what happened on it."""

    class Meta:
        model = ActivityTile

    customer = SubFactory(CustomerFactory)
    day_on = TODAY
    txn_count = 0
    debit_amount = 0
    credit_amount = 0
    essential_amount = 0
    discretionary_amount = 0
    cash_count = 0
    cash_amount = 0
    debt_count = 0
    debt_amount = 0
    salary_count = 0
    salary_amount = 0
    returned_count = 0
    returned_amount = 0
    declined_count = 0
    largest_unflagged_credit_amount = 0
    loan_app_count = 0
    loan_app_credit_amount = 0
    gambling_amount = 0


def days_ago(days: int) -> dt.date:
    """A bank day before TODAY."""
    return TODAY - dt.timedelta(days=days)
