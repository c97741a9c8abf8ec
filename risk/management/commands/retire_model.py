"""`manage.py retire_model`: the active model scores no more."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandParser

from risk.management.model_step import COMMAND, ModelStep
from risk.model import registry
from risk.models import ModelVersion


class Command(ModelStep):
    """For compliance officers. The rules go on alone, and everybody is evaluated again."""

    help = "Stop the active model; the rules go on alone."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="why it must not be used any more")

    def step(self, *, model: ModelVersion, by: User, options: dict[str, Any]) -> ModelVersion:
        return registry.model_retire(model=model, by=by, reason=options["reason"], through=COMMAND)
