"""`manage.py detach_partitions`: months older than retention leave their tables."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from audit.services import record
from customers import bank_clock, partitions
from customers.owner import connect_as_owner


class Command(BaseCommand):
    """Detach the months of transactions and snapshots that lie wholly before RETENTION_YEARS. Safe to repeat.

    Nothing is deleted: each month stays as a table of its own, to be archived and dropped by a person.
    """

    help = "Detach months older than RETENTION_YEARS from the partitioned tables."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="name the months, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        connect_as_owner()
        before = bank_clock.today() - dt.timedelta(days=365.25 * settings.RETENTION_YEARS)
        found = 0
        for table in (partitions.TRANSACTIONS, partitions.SNAPSHOTS):
            for partition in partitions.expired(table=table, before=before):
                found += 1
                self.stdout.write(partition)
                if not options["dry_run"]:
                    partitions.detach(table=table, partition=partition)
                    record(
                        action="customers.partition.detached", subject_type="partition", subject_id=partition
                    )
        verb = "would be detached" if options["dry_run"] else "detached"
        self.stdout.write(f"{found} months before {before} {verb}.")
