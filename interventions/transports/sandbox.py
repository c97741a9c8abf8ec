"""A provider that reaches nobody: messages become rows that the console shows. The default of every channel."""

from django.db import DatabaseError, transaction

from interventions.models import Delivery, SandboxMessage
from interventions.transports.base import (
    CannotTell,
    Handed,
    Message,
    NotThere,
    NotYet,
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
            with transaction.atomic():
                kept = _kept(message)
        except DatabaseError as error:
            raise OutcomeUnknown("The sandbox's database did not answer") from error
        return Handed(NAME, str(kept.pk))

    def lookup(self, message: Message) -> Handed | NotThere | CannotTell:
        """The sandbox knows for certain."""
        kept = SandboxMessage.objects.filter(key=message.key).order_by("pk").first()
        return Handed(NAME, str(kept.pk)) if kept else NotThere()


def _kept(message: Message) -> SandboxMessage:
    """Keep it, unless somebody else was told meanwhile that it never came: only so is that answer a certain one."""
    tries = Delivery.objects.select_for_update(of=("self",), no_key=True).filter(
        idempotency_key=message.key, state=Delivery.State.SENDING, handed_over_at=message.handed_over_at
    )
    if not list(tries.values_list("pk", flat=True)):
        raise NotYet("The message was put back meanwhile: somebody else sends it")
    return SandboxMessage.objects.create(
        key=message.key,
        channel=message.channel,
        address=message.address,
        subject=message.subject,
        body=message.body,
    )
