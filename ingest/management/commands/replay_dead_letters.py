"""`manage.py replay_dead_letters`: store what could not be stored before."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ingest import dead_letters


class Command(BaseCommand):
    """Judge dead letters again and store those that are valid now. Safe to repeat."""

    help = "Store dead letters whose reason is gone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--id", type=int, action="append", dest="ids", help="only this one; may be repeated"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        report = dead_letters.replay(ids=options["ids"], dry_run=options["dry_run"])
        would = "would be " if options["dry_run"] else ""
        self.stdout.write(
            f"{report.stored} {would}stored, {report.already_there} there already, {report.still_refused} still refused"
        )
