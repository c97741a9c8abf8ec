"""Work for the refresh: customers with news, and bank days not yet evaluated."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from customers.models import Customer
from risk.models.log_partition import LogPartition


class DirtyCustomer(models.Model):
    """A customer about whom something changed since the last refresh.

    Written with ON CONFLICT DO UPDATE, never DO NOTHING: the update locks a mark that is there until the new events
    are committed, and a refresh passes over it. DO NOTHING would leave it to a refresh that cannot see the events yet,
    and be lost with it.
    """

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    marked_at = models.DateTimeField(db_default=Now())
    appended_at = models.DateTimeField(
        null=True, help_text="when the first event waiting was appended to the event log, wall clock"
    )
    repayment_from = models.DateTimeField(
        null=True,
        help_text="when the earliest debt debit or return among the news happened, on the bank's clock",
    )
    # Partitions of a log are never deleted (a trigger refuses it).
    log = models.ForeignKey(
        LogPartition,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="where the newest event waiting stands; empty: it is not from a log",
    )
    log_position = models.BigIntegerField(null=True, help_text="after the newest event waiting")
    failed_at = models.DateTimeField(
        null=True,
        help_text="set aside: evaluating this customer failed then, and waits for news or the next day",
    )
    error = models.TextField(db_default="", help_text="why this customer was set aside")

    class Meta:
        indexes = [
            models.Index(fields=["failed_at"], name="mark_set_aside", condition=Q(failed_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id}"


class DayEvaluation(models.Model):
    """A bank day for which everybody is evaluated again: windows slide and salary gaps grow without any event."""

    class State(models.TextChoices):
        RUNNING = "running", "running"
        DONE = "done", "done"
        SUPERSEDED = "superseded", "superseded by a later day"

    day_on = models.DateField(primary_key=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    customers = models.PositiveBigIntegerField(default=0, help_text="customers to evaluate")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["running", "done", "superseded"]), name="day_evaluation_state_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day_on} {self.state}"


class DayRange(models.Model):
    """A range of customers still to be evaluated for a bank day; claimed and deleted by one refresh."""

    evaluation = models.ForeignKey(DayEvaluation, on_delete=models.CASCADE, related_name="ranges")
    first_customer_id = models.BigIntegerField()
    last_customer_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.evaluation_id}: {self.first_customer_id}–{self.last_customer_id}"
