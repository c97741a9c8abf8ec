"""`manage.py shadow_model`: a version scores the live stream for comparison only."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandParser

from risk.management.model_step import COMMAND, ModelStep
from risk.model import registry
from risk.models import ModelVersion


class Command(ModelStep):
    """For analysts and compliance officers. One at a time: another one in shadow is stopped."""

    help = "Have a model score beside the active one; nothing is decided by it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--stop", action="store_true", help="end the comparison")

    def step(self, *, model: ModelVersion, by: User, options: dict[str, Any]) -> ModelVersion:
        move = registry.shadow_stop if options["stop"] else registry.shadow_start
        return move(model=model, by=by, through=COMMAND)
