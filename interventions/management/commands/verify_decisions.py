"""`manage.py verify_decisions`: the gate's decisions, the messages that went out, consents and holds are those in the
audit."""

import itertools
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.keeping_watch import note_beside_is_sound
from interventions.proof.receipt_checks import (
    MOST,
    altered_decisions,
    altered_ledgers,
    altered_messages,
    lost_decisions,
)


class Command(BaseCommand):
    """Compare decisions of the send gate, messages, consents and holds with the audit."""

    help = (
        "Compares the send gate's decisions, what was sent, consents and holds with the audit; `verify_audit` verifies"
        " the audit."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        began_at = timezone.now()
        found = itertools.chain(altered_decisions(), lost_decisions(), altered_messages(), altered_ledgers())
        if problems := list(itertools.islice(found, MOST)):
            raise CommandError("Decisions or messages are not what was recorded:\n" + "\n".join(problems))
        note_beside_is_sound(began_at=began_at)
        self.stdout.write(
            "Every decision of the send gate, every message, consent and hold is as it was recorded."
        )
