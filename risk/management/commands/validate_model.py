"""`manage.py validate_model`: somebody other than the author has looked at a candidate."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandParser

from risk.management.model_step import COMMAND, ModelStep
from risk.model import registry
from risk.models import ModelVersion


class Command(ModelStep):
    """For analysts and compliance officers other than the author."""

    help = "Record the findings of a validation and make a candidate validated."
    is_decision = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--findings", required=True, help="what the validation found")

    def step(self, *, model: ModelVersion, by: User, options: dict[str, Any]) -> ModelVersion:
        return registry.model_validate(model=model, by=by, findings=options["findings"], through=COMMAND)
