"""`manage.py verify_decisions`: the gate's decisions and the messages that went out are those in the audit."""

import itertools
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from interventions.proof.receipt_checks import MOST, altered_decisions, altered_messages, lost_decisions


class Command(BaseCommand):
    """Compare decisions of the send gate and messages with the audit."""

    help = "Compares the send gate's decisions and what was sent with the audit; `verify_audit` verifies the audit."

    def handle(self, *args: Any, **options: Any) -> None:
        found = itertools.chain(altered_decisions(), lost_decisions(), altered_messages())
        if problems := list(itertools.islice(found, MOST)):
            raise CommandError("Decisions or messages are not what was recorded:\n" + "\n".join(problems))
        self.stdout.write("Every decision of the send gate, and every message, is as it was recorded.")
