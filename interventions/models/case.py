"""Cases: one open at a time for a customer who may need help."""

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from customers import roles
from customers.models import Customer
from customers.money import MoneyField
from interventions.models.policy import PolicyTemplate
from risk.levels import HARDSHIP_WORDS, Hardship, Level


class CaseQuerySet(models.QuerySet["Case"]):
    """Sets of cases."""

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The cases of customers this user may see."""
        if roles.sees_everybody(user):
            # Every case has a customer: there is nothing to compare with a million of them.
            return self
        if not roles.is_relationship_manager(user):
            return self.none()
        return self.filter(customer__in=Customer.objects.ids_visible_to(user))

    def open(self) -> Self:
        """Those not resolved."""
        return self.exclude(state=Case.State.RESOLVED)


class Case(models.Model):
    """What is being done for a customer, from the moment the risk rose until an outcome."""

    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("case", "new")
        ASSIGNED = "assigned", pgettext_lazy("case", "assigned")
        IN_PROGRESS = "in_progress", pgettext_lazy("case", "in progress")
        WAITING = "waiting", pgettext_lazy("case", "waiting")
        ESCALATED = "escalated", pgettext_lazy("case", "escalated")
        RESOLVED = "resolved", pgettext_lazy("case", "resolved")

    class Outcome(models.TextChoices):
        HELPED = "helped", pgettext_lazy("outcome", "helped")
        RELIEF_AGREED = "relief_agreed", pgettext_lazy("outcome", "relief agreed")
        PROMISE_KEPT = "promise_kept", pgettext_lazy("outcome", "promise kept")
        SELF_CURED = "self_cured", pgettext_lazy("outcome", "risk fell by itself")
        NO_NEED = "no_need", pgettext_lazy("outcome", "no help needed")
        NOT_REACHED = "not_reached", pgettext_lazy("outcome", "not reached")
        DECLINED = "declined", pgettext_lazy("outcome", "help declined")
        MISSED = "missed", pgettext_lazy("outcome", "payment missed: with collections")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cases")
    state = models.CharField(max_length=16, choices=State.choices, default=State.NEW)
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    hardship = models.PositiveSmallIntegerField(choices=Hardship.choices)
    priority = models.CharField(max_length=8, choices=PolicyTemplate.Priority.choices)
    rank = models.FloatField(
        default=0.0, help_text="expected harm by time to the due date: the greater the sooner"
    )
    expected_harm_amount = MoneyField(null=True, help_text="probability × exposure × loss given default")
    due_on = models.DateField(null=True, help_text="of the instalment it is about")
    revision = models.BigIntegerField(help_text="of the assessment it was last decided by")
    policy = models.ForeignKey(
        PolicyTemplate,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="empty: none is active",
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="cases"
    )
    opened_at = models.DateTimeField(help_text="bank clock")
    sla_due_at = models.DateTimeField(null=True, help_text="bank clock: first contact at the latest")
    sla_at_risk_at = models.DateTimeField(
        null=True, help_text="bank clock: from then on less than a quarter of the business hours is left"
    )
    first_contact_at = models.DateTimeField(null=True, help_text="bank clock")
    sla_breached_at = models.DateTimeField(null=True, help_text="bank clock: when the breach was noticed")
    snoozed_until = models.DateTimeField(null=True, help_text="bank clock; of a waiting case")
    calm_since = models.DateTimeField(
        null=True, help_text="bank clock: since when the risk has been LOW; after a while the case closes"
    )
    escalated_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True, default="")
    resolved_at = models.DateTimeField(null=True, help_text="bank clock")
    version = models.PositiveIntegerField(
        default=1, help_text="grows with each change: an older form is refused"
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-opened_at"], name="case_by_customer"),
            models.Index(
                fields=["assigned_to", "-rank", "id"],
                name="case_open_by_worker",
                condition=~Q(state="resolved"),
            ),
            models.Index(fields=["-rank", "id"], name="case_open_by_rank", condition=~Q(state="resolved")),
            models.Index(
                fields=["sla_due_at"],
                name="case_sla_running",
                condition=Q(first_contact_at__isnull=True, sla_breached_at__isnull=True)
                & ~Q(state="resolved"),
            ),
            models.Index(fields=["snoozed_until"], name="case_waiting", condition=Q(state="waiting")),
            models.Index(fields=["resolved_at"], name="case_resolved", condition=Q(state="resolved")),
            models.Index(
                fields=["calm_since"],
                name="case_calm",
                condition=Q(calm_since__isnull=False) & ~Q(state="resolved"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=~Q(state="resolved"), name="case_one_open_per_customer"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["new", "assigned", "in_progress", "waiting", "escalated", "resolved"]),
                name="case_state_is_known",
            ),
            models.CheckConstraint(
                condition=(Q(state="resolved") & ~Q(outcome="") & Q(resolved_at__isnull=False))
                | (~Q(state="resolved") & Q(outcome="") & Q(resolved_at__isnull=True)),
                name="case_resolved_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["assigned", "in_progress"]) | Q(assigned_to__isnull=False),
                name="case_in_hand_is_somebodys",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(snoozed_until__isnull=False), name="case_waits_until"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(snoozed_until__isnull=True), name="case_snoozed_only_waiting"
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(assigned_to__isnull=False), name="case_waits_for_somebody"
            ),
            models.CheckConstraint(
                condition=Q(state="escalated") | Q(escalated_to__isnull=True),
                name="case_escalated_to_only_escalated",
            ),
            models.CheckConstraint(
                condition=~Q(state="new") | Q(assigned_to__isnull=True), name="case_new_is_nobodys"
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.pk} of {self.customer_id}"

    # In words, not the name in capitals that Django would make of it.
    def get_hardship_display(self) -> str:  # type: ignore[no-redef]
        return str(HARDSHIP_WORDS[Hardship(self.hardship)])


class CaseTransition(models.Model):
    """One change of a case's state, priority or owner. Append-only; the audit holds the same for auditors."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="transitions")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=32, help_text="opened, assigned, started, snoozed, woken, escalated …")
    from_state = models.CharField(max_length=16, blank=True)
    to_state = models.CharField(max_length=16)
    detail = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="empty: the system",
    )
    at = models.DateTimeField(help_text="bank clock")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["case", "id"], name="transition_by_case")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.verb}"


class DecisionFailure(models.Model):
    """A customer about whom deciding failed: passed over until the risk changes again, or some time has passed."""

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.PROTECT, related_name="+")
    revision = models.BigIntegerField(help_text="of the assessment that could not be decided upon")
    failed_at = models.DateTimeField(help_text="wall clock")
    error = models.TextField()

    def __str__(self) -> str:
        return f"customer {self.customer_id} revision {self.revision}"


class StaffDuty(models.Model):
    """Whether somebody takes cases now, and how many."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="duty"
    )
    away_until = models.DateTimeField(null=True, blank=True, help_text="bank clock")
    case_limit = models.PositiveIntegerField(default=40, help_text="open cases beyond which none is assigned")

    def __str__(self) -> str:
        return f"duty of {self.user_id}"


def regions_kept_in(region: str) -> list[str]:
    """Whose holidays are kept in a region: those of everywhere, its own, and those of what it is a part of.

    "IN-MH" is a part of "IN".
    """
    parts = region.split("-")
    return ["", *("-".join(parts[: count + 1]) for count in range(len(parts)) if region)]


class BankHoliday(models.Model):
    """A day on which the bank is closed, and no customer is contacted."""

    day_on = models.DateField()
    region = models.CharField(max_length=32, blank=True, default="", help_text="empty: everywhere")
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day_on", "region"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.day_on} {self.name}"


class Override(models.Model):
    """Somebody did otherwise than the policy recommends, and said why. Append-only."""

    class Category(models.TextChoices):
        KNOWS_CUSTOMER = "knows_customer", pgettext_lazy("override", "knows more about the customer")
        ALREADY_ARRANGED = "already_arranged", pgettext_lazy("override", "already arranged")
        WRONG_REASON = "wrong_reason", pgettext_lazy("override", "the reasons do not apply")
        CUSTOMER_ASKED = "customer_asked", pgettext_lazy("override", "the customer asked for it")
        OTHER = "other", pgettext_lazy("override", "other")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="overrides")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey(PolicyTemplate, null=True, on_delete=models.PROTECT, related_name="+")
    recommended = models.CharField(max_length=200)
    chosen = models.CharField(max_length=200)
    category = models.CharField(max_length=32, choices=Category.choices)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(help_text="bank clock")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    category__in=[
                        "knows_customer",
                        "already_arranged",
                        "wrong_reason",
                        "customer_asked",
                        "other",
                    ]
                ),
                name="override_category_is_known",
            ),
            models.CheckConstraint(condition=~Q(chosen=F("recommended")), name="override_chose_otherwise"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.category}"
