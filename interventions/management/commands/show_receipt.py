"""`manage.py show_receipt`: the receipt of one decision, as a file that proves itself."""

import json
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.services import record
from interventions.proof import receipts


class Command(BaseCommand):
    """Write the receipt of an assessment, a gate decision or a delivery."""

    help = "Writes the receipt of a decision; verify it with: python audit/verify.py FILE --public-key KEY"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=["assessment", "gate_decision", "delivery"])
        parser.add_argument(
            "key", help="CUSTOMER:REVISION (database id), a decision's number, or a delivery's id"
        )
        parser.add_argument("--out", type=Path, help="where to write it; else it is shown")

    def handle(self, *args: Any, **options: Any) -> None:
        kind, key = options["kind"], options["key"]
        try:
            document = _receipt(kind, key)
        except receipts.NoReceipt as error:
            raise CommandError(f"No receipt: {error}.") from error
        except ValueError as error:
            raise CommandError(f"{key} is no key of this kind: {error}.") from error
        record(
            action="interventions.receipt.exported",
            subject_type=kind,
            subject_id=key,
            detail={"what": "receipt", "format": "json"},
        )
        text = json.dumps(document, indent=2, ensure_ascii=False)
        if options["out"] is None:
            self.stdout.write(text)
        else:
            options["out"].write_text(text + "\n", encoding="utf-8")
            self.stdout.write(f"Written to {options['out']}.")


def _receipt(kind: str, key: str) -> dict[str, Any]:
    if kind == "assessment":
        customer, _, revision = key.partition(":")
        return receipts.of_assessment(customer_id=int(customer), revision=int(revision))
    if kind == "gate_decision":
        return receipts.of_gate_decision(decision_id=int(key))
    return receipts.of_delivery(delivery_id=uuid.UUID(key))
