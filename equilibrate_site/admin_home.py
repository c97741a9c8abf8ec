"""The admin's first page: what waits for whoever asks, before the list of what there is."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from customers import roles
from interventions.admin import holidays
from interventions.models import ContactPack, HoldoutDesign, PolicyTemplate, State
from risk.model import registry
from risk.models import ModelVersion

GOVERNED = (PolicyTemplate, ContactPack, HoldoutDesign)
MOST = 20


@dataclass(frozen=True)
class Waiting:
    """One thing that somebody should look at.

    Args:
        what: in words.
        address: where it is done.
        is_fault: whether something is missing, rather than to be decided.
    """

    what: str
    address: str
    is_fault: bool = False


def waiting(request: HttpRequest) -> list[Waiting]:
    """What waits for whoever asks, by role."""
    held, found = roles.of(request.user), []
    if roles.COMPLIANCE_OFFICERS in held:
        if holidays.none_ahead():
            found.append(_holidays())
        for model in GOVERNED:
            found += [_governed(each, request.user) for each in _undecided(model)]
    if held & (registry.VALIDATORS | registry.APPROVERS):
        found += [_version(each) for each in ModelVersion.objects.filter(state__in=MODEL_STEPS)[:MOST]]
    return found


MODEL_STEPS = {
    ModelVersion.State.CANDIDATE: "waits for validation",
    ModelVersion.State.VALIDATED: "waits for approval",
    ModelVersion.State.APPROVED: "is approved and waits for activation",
}


def _undecided(model: Any) -> "QuerySet[Any]":
    states = (State.SUBMITTED, State.APPROVED)
    found: QuerySet[Any] = model.objects.filter(state__in=states).select_related("author").order_by("pk")
    return found[:MOST]


def _governed(subject: Any, user: AbstractBaseUser | Any) -> Waiting:
    said = {"subject": subject}
    if subject.author_id == user.pk:
        words = _("%(subject)s is yours: another officer decides about it.")
    elif subject.state == State.SUBMITTED:
        words = _("%(subject)s waits for a second person: read it, then approve or refuse.")
    else:
        words = _("%(subject)s is approved and waits to be activated.")
    name = subject._meta.model_name
    return Waiting(words % said, reverse(f"admin:interventions_{name}_change", args=[subject.pk]))


def _version(model: ModelVersion) -> Waiting:
    words = f"{model} {MODEL_STEPS[ModelVersion.State(model.state)]}."
    return Waiting(words, reverse("admin:risk_modelversion_change", args=[model.pk]))


def _holidays() -> Waiting:
    words = _(
        "No bank holiday is known in the next %(days)s days: on a real one customers would be contacted."
    )
    return Waiting(
        words % {"days": settings.HOLIDAYS_AHEAD_DAYS},
        reverse("admin:interventions_bankholiday_changelist"),
        is_fault=True,
    )
