"""The port that every transport fills: one message, one permit, and exactly three ways of failing.

What matters is not why a provider failed but what is known afterwards. `NotSent` and `NotYet` are said only where it
is certain that nothing went out; everything else is `OutcomeUnknown`, which nobody sends again.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Protocol

from interventions.contact.digests import message_sha256
from interventions.sending.lapse import Lapse


@dataclass(frozen=True)
class Message:
    """What is handed to a provider.

    Args:
        delivery_id: of the outbox's row.
        key: its idempotency key.
        channel: a `Channel`.
        address: E.164, or an e-mail address.
        subject: of an e-mail.
        body: the words, plain text.
        language: they are written in.
        handed_over_at: wall clock of the moment at which the gate allowed it.
        lapse: nothing is written to a provider after it.
        status_url: where the provider tells what became of it; empty: nowhere.
        unsubscribe_url: one click withdraws consent (RFC 8058); empty: there is none.
    """

    delivery_id: uuid.UUID
    key: uuid.UUID
    channel: str
    address: str
    subject: str
    body: str
    language: str
    handed_over_at: dt.datetime
    lapse: Lapse
    status_url: str = ""
    unsubscribe_url: str = ""

    @property
    def body_sha256(self) -> str:
        """Of the words as they are, which the permit must name."""
        return message_sha256(subject=self.subject, body=self.body)


class Permit(Protocol):
    """The gate's word for one message: `interventions.send_gate.Permit`."""

    def covers(self, message: Message, /) -> bool:
        """Whether it was given for exactly this message."""
        ...


class NotSent(Exception):
    """Certainly not sent, and never will be as it is.

    Args:
        words: why.
        is_opted_out: the provider says that this person wants no more messages.
    """

    def __init__(self, words: str, *, is_opted_out: bool = False) -> None:
        super().__init__(words)
        self.is_opted_out = is_opted_out


class NotYet(Exception):
    """Certainly not sent; later it may be.

    Args:
        words: why.
        wait_seconds: the provider's own wish; 0: none.
        needs_operator: it will not get better by itself, such as a wrong password.
        is_of_provider: another message would fare no better now, so none is tried for a while.
    """

    def __init__(
        self,
        words: str,
        *,
        wait_seconds: float = 0.0,
        needs_operator: bool = False,
        is_of_provider: bool = False,
    ) -> None:
        super().__init__(words)
        self.wait_seconds = wait_seconds
        self.needs_operator = needs_operator
        self.is_of_provider = is_of_provider or needs_operator


class OutcomeUnknown(Exception):
    """It may have been sent, and nobody can tell."""


@dataclass(frozen=True)
class Handed:
    """The provider has it."""

    provider: str
    provider_id: str


class NotThere:
    """The provider says for certain that it never got it."""


class CannotTell:
    """The provider cannot say whether it got it."""


class Transport(Protocol):
    """One way to a customer."""

    name: str
    """As it stands in `Delivery.provider`."""
    timeout_seconds: float
    """After it nothing is under way any more, whatever the provider does."""

    def send(self, message: Message, permit: Permit) -> Handed:
        """Hand one message over.

        Raises:
            NotSent, NotYet, OutcomeUnknown: and nothing else.
        """
        ...

    def lookup(self, message: Message) -> Handed | NotThere | CannotTell:
        """Whether the provider has it, where it can tell; never sends anything."""
        ...


def require(permit: Permit, message: Message) -> None:
    """Every transport's first line.

    Raises:
        NotSent: the permit is for something else.
    """
    if not permit.covers(message):
        raise NotSent("The send gate's permit is not for this message")


def patience(message: Message, *, timeout_seconds: float) -> float:
    """How long to wait for a connection: it is of no use once the permit has lapsed.

    Raises:
        NotYet: it has.
    """
    require_fresh(message)
    return min(timeout_seconds, message.lapse.left_seconds())


def require_fresh(message: Message) -> None:
    """A transport's last line before it writes: consent may have been withdrawn since the gate was asked.

    Raises:
        NotYet: too long ago.
    """
    if message.lapse.left_seconds() <= 0:
        raise NotYet("Too much time passed since the send gate was asked; it is asked again")
