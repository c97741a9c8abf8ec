"""`manage.py write_model_card`: the model card of a run, from its metrics file."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from risk.training.card import card
from risk.training.train import METRICS_FORMAT


class Command(BaseCommand):
    """Writes Markdown; the same metrics file gives the same card."""

    help = "Write the model card from the metrics file of train_model."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--metrics", type=Path, required=True, help="what train_model --metrics wrote")
        parser.add_argument("--out", type=Path, default=Path("docs/model-card.md"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            metrics = json.loads(options["metrics"].read_text())
        except (OSError, json.JSONDecodeError) as error:
            raise CommandError(f"{options['metrics']} cannot be read: {error}") from error
        if not isinstance(metrics, dict) or metrics.get("format") != METRICS_FORMAT:
            raise CommandError(
                f"{options['metrics']} is no metrics file of train_model in format {METRICS_FORMAT}."
            )
        options["out"].write_text(card(metrics))
        self.stdout.write(f"Written: {options['out']}")
