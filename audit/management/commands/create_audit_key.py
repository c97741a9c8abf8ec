"""`manage.py create_audit_key`: the key that checkpoints of the audit are signed with."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.checkpoints import key_id
from audit.signing import create_key, public_file


class Command(BaseCommand):
    """Make an Ed25519 key pair. Nothing is overwritten: an old public key is needed as long as its checkpoints."""

    help = "Make the key that signs checkpoints of the audit, and its public key beside it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--out", type=Path, help="the private key's file (default: AUDIT_SIGNING_KEY_FILE)"
        )

    def handle(self, *args: Any, out: Path | None, **options: Any) -> None:
        if out is None and not settings.AUDIT_SIGNING_KEY_FILE:
            raise CommandError("Say where with --out, or set AUDIT_SIGNING_KEY_FILE.")
        file = out or Path(settings.AUDIT_SIGNING_KEY_FILE)
        try:
            public = create_key(file)
        except OSError as error:
            raise CommandError(f"No key was made: {error}") from error
        self.stdout.write(
            f"Key {key_id(public)} is in {file}; give {public_file(file)} to whoever verifies, and a copy of both to "
            "whoever keeps the bank's keys."
        )
