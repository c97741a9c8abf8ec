"""Policy: what the bank does for each hardship at each level, and within which rules it contacts anybody."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from interventions.models.approval import FROZEN, STATE_IS_KNOWN, Governed, State, TwoPersonDecision
from risk.levels import HARDSHIP_WORDS, Hardship, Level


class PolicyTemplate(Governed):
    """One version of the action, words and deadline for a hardship × level."""

    State = State

    class Priority(models.TextChoices):
        URGENT = "URGENT", pgettext_lazy("priority", "urgent")
        HIGH = "HIGH", pgettext_lazy("priority", "high")
        MEDIUM = "MEDIUM", pgettext_lazy("priority", "medium")
        ROUTINE = "ROUTINE", pgettext_lazy("priority", "routine")

    class Effect(models.TextChoices):
        """Adverse actions are never automatic (Reg B, 12 CFR 1002.2(c))."""

        SUPPORTIVE = "supportive", pgettext_lazy("policy", "supportive")
        AGREED = "agreed", pgettext_lazy("policy", "agreed")
        ADVERSE = "adverse", pgettext_lazy("policy", "adverse")

    hardship = models.PositiveSmallIntegerField(choices=Hardship.choices)
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    version = models.PositiveIntegerField()
    action = models.CharField(max_length=200, help_text="what staff are asked to do")
    messages = models.JSONField(
        default=dict, help_text="channel → language → text with {named} placeholders", blank=True
    )
    fields = models.JSONField(
        default=dict,
        blank=True,
        help_text="placeholders that staff fill: name → {label, max_length}; the rest is from the records",
    )
    personal_line_max = models.PositiveSmallIntegerField(
        default=0, help_text="letters of a line of their own that staff may add without asking; 0: none"
    )
    relief_kinds = models.JSONField(
        default=list,
        blank=True,
        help_text="due_date_move, instalment_split, payment_holiday: what may be offered",
    )
    priority = models.CharField(max_length=8, choices=Priority.choices)
    sla_hours = models.PositiveIntegerField(help_text="business hours of the bank")
    effect = models.CharField(max_length=16, choices=Effect.choices, default=Effect.SUPPORTIVE)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hardship", "level", "version"], name="policy_by_version"),
            models.UniqueConstraint(
                fields=["hardship", "level"], condition=Q(state="active"), name="one_active_policy"
            ),
            models.UniqueConstraint(fields=["id", "author", "content_hash"], name="policy_decided_upon"),
            models.CheckConstraint(condition=STATE_IS_KNOWN, name="policy_state_is_known"),
            models.CheckConstraint(condition=FROZEN, name="policy_is_frozen_once_submitted"),
            models.CheckConstraint(
                condition=Q(priority__in=["URGENT", "HIGH", "MEDIUM", "ROUTINE"]),
                name="policy_priority_is_known",
            ),
            models.CheckConstraint(
                condition=Q(effect__in=["supportive", "agreed", "adverse"]), name="policy_effect_is_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_until__gt=F("valid_from")),
                name="policy_validity_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_hardship_display()} × {self.get_level_display()} v{self.version}"

    # In words, not the name in capitals that Django would make of it.
    def get_hardship_display(self) -> str:  # type: ignore[no-redef]
        return str(HARDSHIP_WORDS[Hardship(self.hardship)])


class PolicyDecision(TwoPersonDecision):
    """A decision about a policy template."""

    template = models.ForeignKey(PolicyTemplate, on_delete=models.PROTECT, related_name="decisions")

    def __str__(self) -> str:
        return f"{self.template} {self.kind}"


class ContactPack(Governed):
    """One version of the rules of contact (quiet hours, caps, holds …) that the send gate reads."""

    State = State

    name = models.SlugField(max_length=32, help_text="such as india, uk, us")
    version = models.PositiveIntegerField()
    rules = models.JSONField(help_text="see docs/send-gate.md; checked when it is saved")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="pack_by_version"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="active"), name="one_active_pack"),
            models.UniqueConstraint(fields=["id", "author", "content_hash"], name="pack_decided_upon"),
            models.CheckConstraint(condition=STATE_IS_KNOWN, name="pack_state_is_known"),
            models.CheckConstraint(condition=FROZEN, name="pack_is_frozen_once_submitted"),
        ]

    def __str__(self) -> str:
        return f"{self.name}-{self.version}"


class PackDecision(TwoPersonDecision):
    """A decision about a pack of contact rules."""

    pack = models.ForeignKey(ContactPack, on_delete=models.PROTECT, related_name="decisions")

    def __str__(self) -> str:
        return f"{self.pack} {self.kind}"
