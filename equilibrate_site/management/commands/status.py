"""`manage.py status`: is it alive, and what does it hold?"""

import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.table import Table

from equilibrate_site.status import LATENCY_WINDOW, system_status


class Command(BaseCommand):
    """Show the state of the whole system, read from its running parts."""

    help = "Show the state of the whole system."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
        parser.add_argument(
            "--latency-seconds",
            type=float,
            default=LATENCY_WINDOW.total_seconds(),
            help="how far back event-to-risk times are looked at (%(default)g)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        status = system_status(latency_window=dt.timedelta(seconds=options["latency_seconds"]))
        if options["json"]:
            self.stdout.write(json.dumps(status))
            return
        table = Table("part", "state")
        for name, value in status.items():
            table.add_row(name.replace("_", " "), _shown(value))
        Console().print(table)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {'–' if each is None else each}" for key, each in value.items())
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
