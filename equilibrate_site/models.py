"""Attempts to log in, counted where Redis being away changes nothing."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class LoginLock(models.Model):
    """How often somebody at one address gave a wrong password or code for one account, and until when they wait.

    What was typed as a name is never stored: people type their password there, too. A keyed hash of it tells rows
    apart.
    """

    class Proof(models.TextChoices):
        PASSWORD = "password", "password"
        CODE = "code", "code of a second factor"

    identity = models.CharField(
        max_length=64, editable=False, help_text="keyed hash of the name that was typed"
    )
    proof = models.CharField(max_length=8, choices=Proof.choices, editable=False)
    address = models.CharField(max_length=64, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        editable=False,
        help_text="empty: nobody has that name",
    )
    attempts = models.PositiveIntegerField(default=0, editable=False)
    first_at = models.DateTimeField(editable=False, help_text="wall clock: since when they are counted")
    locked_until = models.DateTimeField(null=True, editable=False, help_text="wall clock")

    class Meta:
        verbose_name = "lockout"
        indexes = [
            models.Index(fields=["first_at"], name="login_lock_by_time"),
            models.Index(
                fields=["-locked_until"], name="login_lock_locked", condition=Q(locked_until__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["identity", "proof", "address"], name="login_lock_once"),
            models.CheckConstraint(
                condition=Q(proof__in=["password", "code"]), name="login_lock_proof_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or 'nobody’s name'} from {self.address}"
