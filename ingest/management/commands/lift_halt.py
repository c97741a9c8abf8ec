"""`manage.py lift_halt`: go on reading a halted partition."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingest import halts
from ingest.event_log import EventLogUnavailable, Inspector, Partition


class Command(BaseCommand):
    """Lift the halt of one partition; the running consumer goes on within seconds."""

    help = "Go on reading a halted partition; its invalid messages so far become dead letters."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("topic")
        parser.add_argument("partition", type=int)
        parser.add_argument(
            "--restart",
            choices=["stored", "beginning", "end"],
            default="stored",
            help="where to go on: after what is stored, or at the log's present beginning or end",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        partition = Partition(options["topic"], options["partition"])
        try:
            with Inspector() as inspector:
                row = halts.lift(partition=partition, inspector=inspector, restart=options["restart"])
        except (halts.NotHalted, EventLogUnavailable) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{partition} goes on; invalid messages below offset {row.accept_through} are accepted."
        )
