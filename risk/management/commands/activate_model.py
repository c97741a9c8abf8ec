"""`manage.py activate_model`: an approved model scores from now on."""

from typing import Any

from django.contrib.auth.models import User

from risk.management.model_step import COMMAND, ModelStep
from risk.model import registry
from risk.models import ModelVersion


class Command(ModelStep):
    """For compliance officers. The version that scored before is retired, and everybody is evaluated again."""

    help = "Have an approved model score instead of the present one."
    is_decision = True

    def step(self, *, model: ModelVersion, by: User, options: dict[str, Any]) -> ModelVersion:
        return registry.model_activate(model=model, by=by, through=COMMAND)
