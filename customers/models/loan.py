"""Loans, their schedules and what was paid. An instalment's status is derived, never stored."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from customers.models.customer import Customer
from customers.money import MoneyField


class Loan(models.Model):
    """One loan of one customer."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="loans")
    reference = models.CharField(max_length=64, help_text="the bank's own id of the loan")
    product = models.CharField(max_length=32, blank=True)
    currency = models.CharField(max_length=3)
    principal_amount = MoneyField()
    outstanding_amount = MoneyField()
    instalment_amount = MoneyField()
    tenure_months = models.PositiveSmallIntegerField()
    started_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    loss_given_default_prob = models.FloatField(default=0.45, help_text="share of the exposure lost, 0 to 1")
    schedule_version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "reference"], name="loan_by_reference"),
            models.CheckConstraint(
                condition=Q(loss_given_default_prob__range=(0, 1)), name="loan_lgd_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(principal_amount__gt=0) & Q(outstanding_amount__gte=0),
                name="loan_amounts_are_real",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Instalment(models.Model):
    """One line of a loan's schedule. A changed schedule is a new version; old ones stay. Append-only."""

    pk = models.CompositePrimaryKey("customer_id", "loan_id", "version", "number")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="instalments")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="instalments", db_index=False)
    version = models.PositiveIntegerField(default=1)
    number = models.PositiveIntegerField(help_text="1 for the first instalment of the loan")
    due_on = models.DateField()
    amount = MoneyField()
    cumulative_amount = MoneyField(help_text="this and all earlier instalments of the version")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(cumulative_amount__gte=F("amount")), name="instalment_cumulates_its_amount"
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.loan_id}/{self.number} due {self.due_on}"


class InstalmentPayment(models.Model):
    """Money received towards a loan; a reversal is a row with a negative amount. Append-only."""

    class Origin(models.TextChoices):
        TRANSACTION = "transaction", "booked debit"
        IMPORT = "import", "imported"

    pk = models.CompositePrimaryKey("customer_id", "loan_id", "payment_id")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="instalment_payments")
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="payments", db_index=False)
    payment_id = models.CharField(max_length=128, help_text="the transaction's or the import's own id")
    amount = MoneyField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(help_text="when the bank knew of it, on the bank's clock")
    origin = models.CharField(max_length=16, choices=Origin.choices)
    stored_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(origin__in=["transaction", "import"]), name="payment_origin_is_known"
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="payment_moves_money"),
            # The key alone would let a debit that is guessed anew be paid to a second loan.
            models.UniqueConstraint(
                fields=["customer", "payment_id"],
                condition=Q(origin="transaction"),
                name="payment_of_one_debit_once",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.amount} for loan {self.loan_id}"
