"""Transactions, and tiles: one customer's bank day in sums and counts."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from customers.models.customer import Customer
from customers.money import MoneyField


class Transaction(models.Model):
    """One event of the bank's ledger, kept as it came. Append-only.

    Partitioned by month of occurred_at. The key is the identity (customer, occurred_at, transaction_id): the one
    index dedupes, serves the customer's history, and lets the table be sharded by customer.
    """

    class Type(models.TextChoices):
        DEBIT = "DEBIT", "debit"
        CREDIT = "CREDIT", "credit"

    class Status(models.TextChoices):
        BOOKED = "BOOKED", "booked"
        RETURNED = "RETURNED", "returned"
        DECLINED = "DECLINED", "declined"

    class Kind(models.TextChoices):
        """What the category means for a household; EMI is DEBT and counts as essential."""

        ESSENTIAL = "ESSENTIAL", "essential"
        DISCRETIONARY = "DISCRETIONARY", "discretionary"
        CASH = "CASH", "cash"
        INCOME = "INCOME", "income"
        DEBT = "DEBT", "debt"

    pk = models.CompositePrimaryKey("customer_id", "occurred_at", "transaction_id")
    # No foreign key in the database: its check per row would cost more than the insert, and the only writer
    # (ingest.store) resolves or creates the customer first.
    customer = models.ForeignKey(
        Customer,
        on_delete=models.DO_NOTHING,
        related_name="transactions",
        db_constraint=False,
        db_index=False,
    )
    occurred_at = models.DateTimeField()
    transaction_id = models.CharField(max_length=64)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    transaction_type = models.CharField(max_length=6, choices=Type.choices)
    status = models.CharField(max_length=8, choices=Status.choices)
    channel = models.CharField(max_length=32)
    merchant_category = models.CharField(max_length=64)
    kind = models.CharField(max_length=13, choices=Kind.choices)
    is_salary = models.BooleanField(null=True, help_text="empty: the source does not say")
    reverses = models.CharField(max_length=64, null=True)  # noqa: DJ001 - absent, not empty
    balance_after_amount = MoneyField(null=True)
    mcc = models.CharField(max_length=4, null=True)  # noqa: DJ001
    merchant = models.CharField(max_length=200, null=True)  # noqa: DJ001
    account_id = models.CharField(max_length=64, null=True)  # noqa: DJ001
    recorded_at = models.DateTimeField(help_text="when the bank knew of it, on the bank's clock")
    stored_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "customers_transaction"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.transaction_id


class ActivityTile(models.Model):
    """Stateless facts of one customer's bank day, so that any order of arrival gives the same tile.

    Amounts are in the bank's currency; a transaction in another one counts but is not summed. A returned debit that
    reverses a booked one takes its money off the sums again.
    """

    pk = models.CompositePrimaryKey("customer_id", "day_on")
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, related_name="tiles", db_constraint=False, db_index=False
    )
    day_on = models.DateField()
    txn_count = models.IntegerField(help_text="booked")
    debit_amount = MoneyField()
    credit_amount = MoneyField()
    essential_amount = MoneyField()
    discretionary_amount = MoneyField()
    cash_count = models.IntegerField()
    cash_amount = MoneyField()
    debt_count = models.IntegerField()
    debt_amount = MoneyField()
    salary_count = models.IntegerField()
    salary_amount = MoneyField()
    returned_count = models.IntegerField()
    returned_amount = MoneyField()
    declined_count = models.IntegerField()
    largest_unflagged_credit_amount = MoneyField(
        help_text="of credits whose source does not say whether they are salary; 0 when there is none"
    )
    # Added to tables that may be large: a constant default in the database rewrites nothing.
    loan_app_count = models.IntegerField(db_default=0, help_text="booked credits from loan apps")
    loan_app_credit_amount = MoneyField(db_default=0)
    gambling_amount = MoneyField(db_default=0, help_text="debits; also in discretionary_amount")
    last_salary_at = models.DateTimeField(null=True)
    last_balance_amount = MoneyField(null=True)
    last_balance_at = models.DateTimeField(null=True)
    last_balance_transaction_id = models.CharField(max_length=64, null=True)  # noqa: DJ001
    lowest_balance_amount = MoneyField(
        null=True, help_text="lowest of the balances that the day's rows state"
    )

    class Meta:
        indexes = [
            # "The last salary ever known" without reading a lifetime of tiles.
            models.Index(
                fields=["customer", "-day_on"], name="tile_with_salary", condition=Q(salary_count__gt=0)
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} on {self.day_on}"
