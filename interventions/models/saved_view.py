"""Views of the risk queue that somebody gave a name."""

from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers import roles


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Sets of saved views."""

    def visible_to(self, user: User) -> Self:
        """Their own and those shared with a role of theirs."""
        return self.filter(Q(owner=user) | Q(shared_with__in=roles.of(user)))

    def for_menu(self, user: User) -> Self:
        """Those visible, with `is_default`: their own first, by name."""
        is_default = Exists(DefaultView.objects.filter(user=user, view=OuterRef("pk")))
        found = self.visible_to(user).select_related("owner").annotate(is_default=is_default)
        return found.order_by(models.Case(models.When(owner=user, then=0), default=1), "name", "pk")


class SavedView(models.Model):
    """Filters, order, columns and row height of the queue under a name; one's own, or shared with a role."""

    class Density(models.TextChoices):
        NORMAL = "normal", _("Normal rows")
        COMPACT = "compact", _("Compact rows")

    # Told by `for_menu`.
    is_default: bool

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(
        max_length=2000,
        blank=True,
        default="",
        help_text="the address's parameters, as the queue writes them",
    )
    density = models.CharField(max_length=8, choices=Density.choices, default=Density.NORMAL)
    shared_with = models.CharField(
        max_length=40, blank=True, default="", help_text="a role whose members see it; empty: nobody else"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(auto_now=True, help_text="wall clock")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="view_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="view_has_a_name"),
            models.CheckConstraint(
                condition=Q(density__in=["normal", "compact"]), name="view_density_is_known"
            ),
            models.CheckConstraint(
                condition=Q(shared_with__in=["", *roles.ALL]), name="view_shared_with_a_role"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The view with which somebody's queue begins."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.user_id} begins with {self.view_id}"
