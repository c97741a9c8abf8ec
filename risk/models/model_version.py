"""Versions of the early-warning model: what was trained, who decided what about it, and where it stands.

Django superusers and raw SQL of the application's role are bound alike: what a version is cannot change, and its state
moves only along `TRANSITIONS`, with the decision that a step asks for (migrations 0009 and 0013: triggers of our own,
since any session can tell pgtrigger's to be ignored). The approval that counts is the last one, by its id.
"""

import json
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Func, JSONField, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Now
from django.db.models.lookups import IsNull
from django.utils.translation import pgettext_lazy


def _sha256_hex(content: Func | F) -> Func:
    """PostgreSQL's own sha256 of bytes, as hexadecimal digits."""
    digits = models.CharField()
    return Func(Func(content, function="sha256"), Value("hex"), function="encode", output_field=digits)


def _sha256_of_text(text: Func | F) -> Func:
    return _sha256_hex(Func(text, Value("UTF8"), function="convert_to"))


def _in_manifest(key: str) -> Coalesce:
    """A text in the manifest; empty where it has none, since a CHECK lets NULL pass."""
    manifest = Cast("manifest_text", JSONField())
    return Coalesce(KeyTextTransform(key, manifest), Value(""), output_field=models.CharField())


class ModelArtifact(models.Model):
    """The bytes of a trained model in XGBoost's UBJ format. Append-only; the hash is the identity."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256=_sha256_hex(F("content"))), name="artifact_hash_is_of_content"
            )
        ]

    def __str__(self) -> str:
        return self.sha256


class ModelVersion(models.Model):
    """One trained model. Only its state, and what goes with it, ever changes."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", pgettext_lazy("model", "candidate")
        VALIDATED = "validated", pgettext_lazy("model", "validated")
        APPROVED = "approved", pgettext_lazy("model", "approved")
        ACTIVE = "active", pgettext_lazy("model", "active")
        RETIRED = "retired", pgettext_lazy("model", "retired")
        REJECTED = "rejected", pgettext_lazy("model", "rejected")

    # A retired version may be approved anew: so a bank goes back to the one before.
    TRANSITIONS = frozenset(
        {
            (State.CANDIDATE, State.VALIDATED),
            (State.CANDIDATE, State.REJECTED),
            (State.VALIDATED, State.APPROVED),
            (State.VALIDATED, State.REJECTED),
            (State.APPROVED, State.ACTIVE),
            (State.APPROVED, State.REJECTED),
            (State.ACTIVE, State.RETIRED),
            (State.RETIRED, State.APPROVED),
        }
    )
    SHADOWABLE = (State.CANDIDATE, State.VALIDATED, State.APPROVED)

    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", help_text="who trained it"
    )
    manifest_text = models.TextField(help_text="canonical JSON: sorted keys, no white space")
    manifest_sha256 = models.CharField(max_length=64, unique=True, help_text="what people approve")
    artifact = models.ForeignKey(ModelArtifact, on_delete=models.PROTECT, related_name="versions")
    metrics = models.JSONField(default=dict, help_text="how well it did on data it had not seen")
    metrics_sha256 = models.CharField(
        max_length=64, db_default="", editable=False, help_text="of the metrics as PostgreSQL writes them"
    )
    trained_at = models.DateTimeField(db_default=Now(), editable=False)
    state = models.CharField(max_length=16, choices=State.choices, default=State.CANDIDATE)
    state_reason = models.TextField(blank=True, default="", help_text="why it is rejected or retired")
    valid_until_on = models.DateField(null=True, help_text="the last bank day on which it may score")
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    retired_after_decision = models.BigIntegerField(
        null=True,
        editable=False,
        help_text="the last approval before it was retired: only a later one counts",
    )
    shadow_since = models.DateTimeField(null=True, help_text="scores the live stream for comparison only")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="model_version_once"),
            models.UniqueConstraint(
                fields=["id", "author", "manifest_sha256", "metrics_sha256"], name="model_decided_upon"
            ),
            models.UniqueConstraint(fields=["state"], condition=Q(state="active"), name="model_one_active"),
            models.UniqueConstraint(
                IsNull(F("shadow_since"), False),
                condition=Q(shadow_since__isnull=False),
                name="model_one_shadow",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["candidate", "validated", "approved", "active", "retired", "rejected"]
                ),
                name="model_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    manifest_sha256=_sha256_of_text(F("manifest_text")),
                ),
                name="model_hash_is_of_manifest",
            ),
            models.CheckConstraint(
                condition=Q(metrics_sha256=_sha256_of_text(Cast("metrics", models.TextField()))),
                name="model_hash_is_of_metrics",
            ),
            models.CheckConstraint(
                condition=Q(artifact=_in_manifest("ubj_sha256")),
                name="model_manifest_names_its_bytes",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "active"]) | Q(valid_until_on__isnull=False),
                name="model_approved_until_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(activated_at__isnull=False), name="model_active_since"
            ),
            models.CheckConstraint(
                condition=~Q(state="retired") | Q(retired_at__isnull=False), name="model_retired_since"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["rejected", "retired"]) | ~Q(state_reason=""),
                name="model_end_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(shadow_since__isnull=True) | Q(state__in=["candidate", "validated", "approved"]),
                name="model_shadow_is_not_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest as data."""
        manifest: dict[str, Any] = json.loads(self.manifest_text)
        return manifest

    def has_its_metrics(self) -> bool:
        """Whether the stored metrics are the ones that were saved and decided upon: PostgreSQL hashes them anew."""
        found = ModelVersion.objects.filter(
            pk=self.pk, metrics_sha256=_sha256_of_text(Cast("metrics", models.TextField()))
        )
        are_decided_upon = all(
            decision.metrics_sha256 == self.metrics_sha256 for decision in self.decisions.all()
        )
        return are_decided_upon and found.exists()


class ModelDecision(models.Model):
    """Somebody's decision about exactly one manifest and its metrics, never their own model's. Append-only.

    The author stands in the row, tied to the version's by a foreign key of four columns (migration 0016), so that the
    CHECK compares with the true one. Its id and its moment are the database's, whoever writes (migration 0013), so that
    the decisions about a version are in order.
    """

    class Kind(models.TextChoices):
        VALIDATED = "validated", pgettext_lazy("model", "validated")
        APPROVED = "approved", pgettext_lazy("model", "approved")

    class Through(models.TextChoices):
        """`program` is neither of the others, or from before this was recorded."""

        ADMIN = "admin", pgettext_lazy("model", "admin")
        COMMAND = "command", pgettext_lazy("model", "command")
        PROGRAM = "program", pgettext_lazy("model", "program")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="decisions")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    manifest_sha256 = models.CharField(max_length=64)
    metrics_sha256 = models.CharField(max_length=64, db_default="", help_text="of the metrics that were seen")
    reason = models.TextField(help_text="what was found, or why it may be used")
    valid_until_on = models.DateField(null=True, help_text="of an approval: the last bank day it covers")
    decided_at = models.DateTimeField(db_default=Now(), editable=False, help_text="wall clock")
    through = models.CharField(
        max_length=16, choices=Through.choices, db_default=Through.PROGRAM, help_text="where it was decided"
    )
    account = models.CharField(
        max_length=200, blank=True, db_default="", help_text="of the operating system, unless in the admin"
    )

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(
                condition=~Q(author=F("decided_by")), name="decision_is_not_by_the_author"
            ),
            models.CheckConstraint(
                condition=(Q(kind="validated") & Q(valid_until_on__isnull=True))
                | (Q(kind="approved") & Q(valid_until_on__isnull=False)),
                name="decision_kind_is_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="decision_has_a_reason"),
            models.CheckConstraint(
                condition=Q(through__in=["admin", "program"]) | (Q(through="command") & ~Q(account="")),
                name="decision_says_where",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_id} {self.kind}"
