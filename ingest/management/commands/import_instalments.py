"""`manage.py import_instalments FILE`: schedules: all instalments of each loan the file names."""

from collections.abc import Set
from typing import Any

from customers.importers import instalments
from customers.importers.instalments import InstalmentImporter
from customers.management.import_command import ImportCommand
from risk.services import mark_dirty


class Command(ImportCommand):
    """Replace schedules that differ by a new version; old versions stay."""

    help = "Import loan schedules from a CSV file. docs/importing.md describes the fields."
    kind = "instalments"
    fields = instalments.FIELDS
    required = instalments.REQUIRED

    def make_importer(self, *, options: dict[str, Any], present: Set[str]) -> InstalmentImporter:
        return InstalmentImporter(
            source=options["source"], recorded_at=options["recorded_at"], mark_dirty=mark_dirty
        )
