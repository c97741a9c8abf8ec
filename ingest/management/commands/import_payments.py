"""`manage.py import_payments FILE`: money received towards loans."""

from collections.abc import Set
from typing import Any

from customers.importers import payments
from customers.importers.payments import PaymentImporter
from customers.management.import_command import ImportCommand
from risk.services import mark_dirty


class Command(ImportCommand):
    """Add payments that are not there yet; what is stored is never changed."""

    help = "Import payments of loans from a CSV file. docs/importing.md describes the fields."
    kind = "payments"
    fields = payments.FIELDS
    required = payments.REQUIRED

    def make_importer(self, *, options: dict[str, Any], present: Set[str]) -> PaymentImporter:
        return PaymentImporter(
            source=options["source"], recorded_at=options["recorded_at"], mark_dirty=mark_dirty
        )
