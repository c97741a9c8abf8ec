"""What happened, who did it, to what: rows that nobody can change, and seals by which a change would show.

Triggers of our own guard these tables (migration 0003); the application's grants forbid the same once more.
"""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """One thing that happened. Append-only; what it says is text, so that it can be read when the rest has changed."""

    action = models.CharField(
        _("action"), max_length=100, help_text="app.subject.verb, such as ingest.halt.lifted"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("actor"),
        help_text="empty when the system acted by itself",
    )
    actor_label = models.TextField(
        _("actor's name"),
        blank=True,
        default="",
        db_default="",
        help_text="as it was then; empty: the system",
    )
    subject_type = models.CharField(_("kind of subject"), max_length=100)
    subject_id = models.CharField(_("subject"), max_length=200)
    subject_label = models.TextField(
        _("subject's label"), blank=True, default="", db_default="", help_text="never a customer's name"
    )
    customer_key = models.CharField(
        _("customer"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="the customer it concerns, if one; our own number, not the bank's",
    )
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")
    request_id = models.CharField(_("request"), max_length=64, blank=True, default="", db_default="")
    detail = models.JSONField(_("detail"), default=dict, encoder=DjangoJSONEncoder)
    commitment = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="SHA-256 over salt and text of the personal part; empty: there is none",
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["recorded_at", "id"], name="audit_by_time"),
            models.Index(fields=["action", "recorded_at", "id"], name="audit_by_action"),
            models.Index(
                fields=["actor", "recorded_at", "id"],
                name="audit_by_actor",
                condition=Q(actor__isnull=False),
            ),
            models.Index(
                fields=["customer_key", "recorded_at", "id"],
                name="audit_by_customer",
                condition=~Q(customer_key=""),
            ),
            models.Index(fields=["request_id", "id"], name="audit_by_request", condition=~Q(request_id="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(commitment="") | Q(commitment__regex=r"^[0-9a-f]{64}$"),
                name="audit_commitment_is_a_hash",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type}:{self.subject_id}"


class AuditPersonal(models.Model):
    """The personal part of an event: before and after. It can be erased; the event's commitment to it stays.

    Its deletion writes an event by itself, and a changed text no longer fits its commitment.
    """

    event = models.OneToOneField(
        AuditEvent, primary_key=True, on_delete=models.PROTECT, related_name="personal"
    )
    salt = models.BinaryField()
    content = models.TextField(help_text="canonical JSON, the bytes the commitment is over")

    class Meta:
        verbose_name = _("personal part")
        verbose_name_plural = _("personal parts")

    def __str__(self) -> str:
        return f"personal part of {self.event_id}"


class AuditSeal(models.Model):
    """An event's place in the chain. Made by the database's own function alone, in the order of sealing."""

    sequence = models.BigIntegerField(primary_key=True, help_text="without gaps, from 1")
    event = models.OneToOneField(
        AuditEvent,
        on_delete=models.DO_NOTHING,
        db_constraint=False,  # verification looks for what a constraint could not keep the owner from doing
        related_name="seal",
    )
    scheme = models.PositiveSmallIntegerField(default=1, help_text="how the hashes are made")
    row_hash = models.BinaryField(help_text="SHA-256 over the event's fields")
    chain_hash = models.BinaryField(help_text="SHA-256 over the seal before, this seal and the row's hash")
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")

    def __str__(self) -> str:
        return f"seal {self.sequence}"


class UnsealedEvent(models.Model):
    """An event that waits for its seal. A trigger adds it with the event; sealing removes it."""

    event_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"unsealed {self.event_id}"


class AuditCheckpoint(models.Model):
    """A note of a signed checkpoint. The checkpoint itself is outside the database: only that one proves anything."""

    size = models.BigIntegerField(_("rows covered"), primary_key=True)
    name = models.CharField(_("file"), max_length=200)
    content = models.TextField(_("content"), help_text="the file, as it was written outside")
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")

    def __str__(self) -> str:
        return f"checkpoint over {self.size} rows"


class CheckpointMail(models.Model):
    """A checkpoint that was mailed."""

    size = models.BigIntegerField()
    mailed_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"mail of checkpoint {self.size}"


class AuditVerification(models.Model):
    """What a verification looked at and found. Append-only; the last one of a kind says where the next one begins."""

    class Kind(models.TextChoices):
        NEW = "new", _("what is new since the last verified checkpoint")
        PASS = "pass", _("a part of a pass over everything")
        WHOLE = "whole", _("everything at once")
        BESIDE = "beside", _("rows that the audit vouches for")

    kind = models.CharField(_("what was verified"), max_length=16, choices=Kind.choices)
    began_at = models.DateTimeField(help_text="when the pass, or the verification, began")
    row = models.BigIntegerField(_("verified up to row"), default=0)
    position = models.JSONField(default=dict, help_text="up to where else; where the next part begins")
    is_complete = models.BooleanField(default=False, help_text="everything has been looked at since it began")
    problems = models.PositiveIntegerField(_("problems"), default=0, help_text="since it began")
    first = models.TextField(_("the first problem"), blank=True, default="")
    at = models.DateTimeField(_("verified at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        indexes = [
            models.Index(fields=["kind", "-id"], name="verification_last"),
            # The page of the audit asks for these few among the many that found nothing.
            models.Index(fields=["kind"], name="verification_complete", condition=Q(is_complete=True)),
            models.Index(fields=["-id"], name="verification_fault", condition=Q(problems__gt=0)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(problems=0, first="") | (Q(problems__gt=0) & ~Q(first="")),
                name="verification_problem_is_named",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} up to row {self.row}"
