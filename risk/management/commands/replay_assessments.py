"""`manage.py replay_assessments`: execute stored decisions once more, from what is stored of them."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from risk.replay import Replayed, assessments_replay

MOST_SHOWN = 20
DIFFERENT = 1


class Command(BaseCommand):
    """Reads only. Exits with 1 where anything came out differently."""

    help = "Replay stored decisions: score, level, hardships, probability, band and reasons must be the same."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sample", type=int, required=True, metavar="N", help="how many decisions, at most"
        )
        parser.add_argument("--seed", type=int, default=0, help="which; the same seed draws the same")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.perf_counter()
        result = assessments_replay(count=options["sample"], seed=options["seed"])
        for line in _lines(result, time.perf_counter() - began):
            self.stdout.write(line)
        if result.mismatches:
            sys.exit(DIFFERENT)


def _lines(result: Replayed, seconds: float) -> list[str]:
    lines = [
        f"customer {each.customer_id} revision {each.revision} ({each.code_version}), {each.what}:"
        f" stored {each.stored!r}, replayed {each.replayed!r}"
        for each in result.mismatches[:MOST_SHOWN]
    ]
    if len(result.mismatches) > MOST_SHOWN:
        lines.append(f"… and {len(result.mismatches) - MOST_SHOWN} more")
    different = len({(each.customer_id, each.revision) for each in result.mismatches})
    lines.append(
        f"{result.decisions} decisions replayed in {seconds:.1f} s, {result.with_model} of them with a model: "
        f"{result.decisions - different} identical, {different} different."
    )
    if result.held:
        lines.append(
            f"In {result.held} the model was silent and its earlier word held: its band is as stored."
        )
    if result.without_snapshot:
        lines.append(
            f"{result.without_snapshot} had no snapshot any more: replayed from their inputs, reasons left out."
        )
    return lines
