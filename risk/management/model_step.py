"""What the commands of the registry share: which version, who asks, and the registry's refusal as an error."""

from abc import abstractmethod
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from risk.model.registry import ModelRefused
from risk.models import ModelDecision, ModelVersion

COMMAND = ModelDecision.Through.COMMAND
IN_THE_ADMIN = "Models are not decided upon by command here: decide in the admin at /admin/risk/modelversion/"


class ModelStep(BaseCommand):
    """One step of one version by one user, as the registry's services allow it.

    Whoever has a shell can name any user: where `MODEL_DECISIONS_BY_COMMAND` is off, decisions are the admin's alone.
    """

    is_decision = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="the version, such as early-warning-3")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who takes this step")

    def handle(self, *args: Any, **options: Any) -> str:
        if self.is_decision and not settings.MODEL_DECISIONS_BY_COMMAND:
            raise CommandError(IN_THE_ADMIN)
        model, by = model_labelled(options["model"]), _user(options["by"])
        try:
            model = self.step(model=model, by=by, options=options)
        except ModelRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        return in_words(model)

    @abstractmethod
    def step(self, *, model: ModelVersion, by: User, options: dict[str, Any]) -> ModelVersion:
        """Take the step."""


def in_words(model: ModelVersion) -> str:
    """Where a version stands, in one line."""
    in_shadow = ", in shadow" if model.shadow_since else ""
    until = f", valid until {model.valid_until_on}" if model.valid_until_on else ""
    return f"{model} is {model.state}{in_shadow}{until}."


def model_labelled(label: str) -> ModelVersion:
    """The version of this label, such as early-warning-3.

    Raises:
        CommandError: there is none.
    """
    name, _, version = label.rpartition("-")
    found = ModelVersion.objects.filter(name=name, version=version).first() if version.isdecimal() else None
    if found is None:
        known = ", ".join(map(str, ModelVersion.objects.order_by("name", "version"))) or "none"
        raise CommandError(f"There is no model {label}. Known: {known}.")
    return found


def _user(username: str) -> User:
    try:
        return User.objects.get(username=username)
    except User.DoesNotExist:
        raise CommandError(f"There is no user {username}.") from None
