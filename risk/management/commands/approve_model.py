"""`manage.py approve_model`: a compliance officer lets a validated model be used, until a day."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandParser

from risk.management.model_step import COMMAND, ModelStep
from risk.model import registry
from risk.models import ModelVersion


class Command(ModelStep):
    """For compliance officers other than the author. Also prolongs an approval, and lets a retired version back."""

    help = "Approve a validated model; a year from today unless said otherwise."
    is_decision = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="why it may be used")
        parser.add_argument(
            "--valid-until",
            type=dt.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="the last bank day on which it may score",
        )

    def step(self, *, model: ModelVersion, by: User, options: dict[str, Any]) -> ModelVersion:
        return registry.model_approve(
            model=model,
            by=by,
            reason=options["reason"],
            valid_until_on=options["valid_until"],
            through=COMMAND,
        )
