"""What the records share that need two people: a frozen hash, an author, and somebody else's decision."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """The way of a text or a rule from its first words to its end."""

    DRAFT = "draft", pgettext_lazy("policy", "draft")
    SUBMITTED = "submitted", pgettext_lazy("policy", "submitted")
    APPROVED = "approved", pgettext_lazy("policy", "approved")
    ACTIVE = "active", pgettext_lazy("policy", "active")
    RETIRED = "retired", pgettext_lazy("policy", "retired")


# A submitted or approved version may go back to its author; a retired one is never used again: it is copied.
TRANSITIONS = frozenset(
    {
        (State.DRAFT, State.SUBMITTED),
        (State.SUBMITTED, State.DRAFT),
        (State.SUBMITTED, State.APPROVED),
        (State.APPROVED, State.ACTIVE),
        (State.APPROVED, State.RETIRED),
        (State.ACTIVE, State.RETIRED),
        (State.DRAFT, State.RETIRED),
    }
)
STATE_IS_KNOWN = Q(state__in=["draft", "submitted", "approved", "active", "retired"])
# From submission on there is somebody who answers for the content, and a hash of exactly what is decided upon.
FROZEN = Q(state="draft") | Q(state="retired") | (Q(author__isnull=False) & ~Q(content_hash=""))


class Governed(models.Model):
    """A version that two people answer for."""

    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    state_reason = models.TextField(blank=True, default="", help_text="why it was sent back or retired")
    content_hash = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="of everything that is approved; frozen at submission",
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="who answers for the content; empty: shipped, until somebody submits it",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    activated_at = models.DateTimeField(null=True, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True


class TwoPersonDecision(models.Model):
    """Somebody's decision about exactly one content, never their own. Append-only.

    The author stands in the row, tied by a foreign key of (subject, author, hash) to the subject's own (migrations),
    so that the CHECK compares with the true one.
    """

    class Kind(models.TextChoices):
        APPROVED = "approved", pgettext_lazy("policy", "approved")
        REFUSED = "refused", pgettext_lazy("policy", "refused")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(max_length=64)
    reason = models.TextField()
    decided_at = models.DateTimeField(db_default=Now(), editable=False, help_text="wall clock")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=~Q(author=F("decided_by")), name="%(class)s_is_not_by_the_author"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["approved", "refused"]), name="%(class)s_kind_is_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="%(class)s_has_a_reason"),
        ]
