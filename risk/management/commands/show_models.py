"""`manage.py show_models`: the versions of the early-warning model and where each stands."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from risk.management.model_step import in_words
from risk.models import ModelVersion


class Command(BaseCommand):
    """For people and for programs; it decides nothing."""

    help = "List the versions of the early-warning model, oldest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> str:
        models = ModelVersion.objects.defer("manifest_text", "metrics").order_by("pk")
        if options["json"]:
            return json.dumps([_facts(model) for model in models], cls=DjangoJSONEncoder)
        return "\n".join(map(in_words, models)) or "No model has been trained yet."


def _facts(model: ModelVersion) -> dict[str, Any]:
    return {
        "version": str(model),
        "state": model.state,
        "valid_until_on": model.valid_until_on,
        "shadow_since": model.shadow_since,
    }
