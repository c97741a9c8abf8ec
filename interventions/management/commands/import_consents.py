"""`manage.py import_consents FILE`: what customers agreed to, or no longer do."""

from collections.abc import Set
from typing import Any

from customers.management.import_command import ImportCommand
from interventions.contact import consent_import
from interventions.contact.consent_import import ConsentImporter


class Command(ImportCommand):
    """Add to the ledger of consent; what is there is never changed, and what is queued against it is cancelled."""

    help = "Import consent from a CSV file. docs/send-gate.md describes the fields."
    kind = "consents"
    action = "interventions.consent_import"
    is_recorded = False
    fields = consent_import.FIELDS
    required = consent_import.REQUIRED

    def make_importer(self, *, options: dict[str, Any], present: Set[str]) -> ConsentImporter:
        return ConsentImporter(source=options["source"])
