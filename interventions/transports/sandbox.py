"""A provider that reaches nobody: messages become rows that the console shows. The default of every channel."""

from django.db import DatabaseError

from interventions.models import SandboxMessage
from interventions.transports.base import (
    CannotTell,
    Handed,
    Message,
    NotThere,
    OutcomeUnknown,
    Permit,
    require,
    require_fresh,
)

NAME = "sandbox"


class Sandbox:
    """Keeps what it is sent, in a transaction of its own, as a provider would."""

    name = NAME
    timeout_seconds = 10.0

    def send(self, message: Message, permit: Permit) -> Handed:
        """Keep the message."""
        require(permit, message)
        require_fresh(message)
        try:
            kept = SandboxMessage.objects.create(
                key=message.key,
                channel=message.channel,
                address=message.address,
                subject=message.subject,
                body=message.body,
            )
        except DatabaseError as error:
            raise OutcomeUnknown("The sandbox's database did not answer") from error
        return Handed(NAME, str(kept.pk))

    def lookup(self, message: Message) -> Handed | NotThere | CannotTell:
        """The sandbox knows for certain."""
        kept = SandboxMessage.objects.filter(key=message.key).order_by("pk").first()
        return Handed(NAME, str(kept.pk)) if kept else NotThere()
