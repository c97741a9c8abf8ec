"""`manage.py verify_audit`: is everything in the audit as it was recorded?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from audit.findings import in_words
from audit.sealing import requeue
from audit.signing import KeyUnusable, public_keys
from audit.verifying import note_verification, verify_database


class Command(BaseCommand):
    """Verify chain, checkpoints, commitments and completeness, and name the first bad row. Exit code 1 when not sound.

    That it was verified, and what came of it, becomes an audit event itself.
    """

    help = "Verify the audit in the database against the signed checkpoints outside of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument(
            "--requeue",
            action="store_true",
            help="afterwards, have events sealed that lost their place in the queue",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            keys = public_keys()
        except KeyUnusable as error:
            raise CommandError(f"Not verified: {error}", returncode=2) from error
        began_at = timezone.now()
        with connection.cursor() as cursor:
            report = verify_database(cursor, keys=keys)
        note_verification(report, began_at=began_at)
        self.stdout.write(json.dumps(report.as_json()) if options["json"] else in_words(report))
        if options["requeue"]:
            self.stderr.write(f"{requeue()} events were queued again.")
        if not report.is_sound:
            raise CommandError("The audit is not sound.", returncode=1)
