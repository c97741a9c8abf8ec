"""`manage.py verify_receipts`: every stored assessment is the one whose hash the audit holds."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from risk.receipt_reading import altered, recorded, unrecorded


class Command(BaseCommand):
    """Compare stored assessments with the audit."""

    help = "Compares stored assessments with the Merkle roots in the audit; `verify_audit` verifies the audit itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--after", type=int, default=0, help="begin after this audit event")

    def handle(self, *args: Any, **options: Any) -> None:
        seen = []

        def events() -> Any:
            for event in recorded(after=options["after"]):
                seen.append(event.pk)
                yield event

        problems = [f"audit event {event_id}: {what}" for event_id, what in altered(events())]
        problems += [
            f"revision {revision} of customer {customer_id}: no audit event holds this assessment"
            for customer_id, revision in unrecorded()
        ]
        if problems:
            raise CommandError("Assessments are not what was recorded:\n" + "\n".join(problems))
        self.stdout.write(f"The assessments of {len(seen)} audit events are as they were recorded.")
