"""`manage.py import_transactions FILE`: transactions, judged and stored as the live stream is."""

from collections.abc import Set
from typing import Any

from customers.management.import_command import ImportCommand
from ingest import importers
from ingest.importers import TransactionImporter


class Command(ImportCommand):
    """Store transactions that are not there yet; unknown customers become provisional ones."""

    help = "Import transactions from a CSV file. docs/importing.md describes the fields."
    kind = "transactions"
    fields = importers.FIELDS
    required = importers.REQUIRED

    def make_importer(self, *, options: dict[str, Any], present: Set[str]) -> TransactionImporter:
        return TransactionImporter(source=options["source"], recorded_at=options["recorded_at"])
