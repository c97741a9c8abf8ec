"""How far the event log is stored, what could not be, and the simulator's ground truth."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from customers.models import Customer


class OffsetLedger(models.Model):
    """The position up to which one partition is stored: the truth, whatever the log's own commits say."""

    topic = models.CharField(max_length=249)
    partition = models.PositiveIntegerField()
    topic_id = models.UUIDField(help_text="tells a recreated topic of the same name from this one")
    position = models.BigIntegerField(help_text="offset of the next message to store")
    messages = models.BigIntegerField(default=0, help_text="messages read in all")
    last_event_at = models.DateTimeField(null=True, help_text="latest occurred_at stored")
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "partition"], name="ledger_by_partition")]

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}] {self.position}"


class DeadLetter(models.Model):
    """A message that is kept although it could not be stored as a transaction, or disagreed with one that was."""

    class Reason(models.TextChoices):
        INVALID = "invalid", "not a valid event"
        OUT_OF_WINDOW = "out_of_window", "outside the accepted time window"
        CONFLICT = "conflict", "same identity, different content"

    topic = models.CharField(max_length=249)
    partition = models.PositiveIntegerField()
    offset = models.BigIntegerField()
    source = models.CharField(max_length=32)
    reason = models.CharField(max_length=16, choices=Reason.choices)
    error = models.TextField()
    key = models.BinaryField(null=True)
    raw = models.BinaryField()
    attempts = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(db_default=Now())
    replayed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # With the content, since a topic made anew has the same positions with other messages.
            models.UniqueConstraint(
                "topic",
                "partition",
                "offset",
                models.Func("raw", function="sha256", output_field=models.BinaryField()),
                name="dead_letter_by_position",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["invalid", "out_of_window", "conflict"]),
                name="dead_letter_reason_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="dead_letter_open", condition=Q(replayed_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}: {self.error}"


class Halt(models.Model):
    """Why reading one partition was stopped until a person looks at it."""

    class Cause(models.TextChoices):
        INVALID_RUN = "invalid_run", "too many invalid messages in a row"
        LOG_CHANGED = "log_changed", "the log no longer matches the ledger"

    topic = models.CharField(max_length=249)
    partition = models.PositiveIntegerField()
    cause = models.CharField(max_length=16, choices=Cause.choices)
    message = models.TextField()
    position = models.BigIntegerField()
    halted_at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    accept_through = models.BigIntegerField(
        null=True, help_text="lifting accepts invalid messages below this offset as dead letters"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "partition"], condition=Q(lifted_at__isnull=True), name="one_open_halt"
            ),
            models.CheckConstraint(
                condition=Q(cause__in=["invalid_run", "log_changed"]), name="halt_cause_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.message


class SimulatedPersona(models.Model):
    """The simulator's ground truth about a customer. For evaluation only: no score may ever read it."""

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE, related_name="+")
    persona = models.CharField(max_length=16)
    shock_on = models.DateField(null=True)
    recovers_on = models.DateField(null=True)

    def __str__(self) -> str:
        return self.persona


class SimulatedPortfolio(models.Model):
    """From what the simulated portfolio was made, so that its future can be produced, and how far that has come.

    One row. The simulation holds no other state: seed, size and first day give every event again.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seed = models.BigIntegerField()
    customers = models.PositiveIntegerField()
    history_on = models.DateField(help_text="first bank day of the history")
    live_on = models.DateField(help_text="first bank day after the history, where the live stream begins")
    parameters = models.CharField(max_length=16, help_text="fingerprint of the simulator's numbers")
    produced_until = models.DateTimeField(help_text="every event up to this bank time is in the event log")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_simulated_portfolio")]

    def __str__(self) -> str:
        return f"{self.customers} customers, seed {self.seed}, from {self.history_on}"
