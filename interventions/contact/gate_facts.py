"""What the send gate is told: one message, one customer, one moment. Pure.

Every fact may be missing (None), and a missing fact denies.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

LOOK, CONFIRM, SEND = "look", "confirm", "send"
# What anybody may read in a stored decision: not where the customer is reached.
NOT_STORED = "address"


class MissingFact(LookupError):
    """A rule needs what nobody told the gate."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Something that reached the customer, or may have.

    Args:
        at: When, on the bank's clock.
        channel: How.
        is_message: Written or spoken by a machine; a person's call is none.
        is_attempt: The telephone rang.
    """

    at: dt.datetime
    channel: str
    is_message: bool
    is_attempt: bool


@dataclass(frozen=True, slots=True)
class Talk:
    """Somebody spoke with the customer, or tried to.

    Args:
        at: When, on the bank's clock.
        channel: How.
        result: spoke, no_answer or wrong_person.
    """

    at: dt.datetime
    channel: str
    result: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that has not been lifted.

    Args:
        kind: Such as complaint.
        placed_at: On the bank's clock.
        until_at: When it ends by itself; None: it does not.
    """

    kind: str
    placed_at: dt.datetime
    until_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the gate looks at. Moments are on the bank's clock unless said otherwise.

    Args:
        moment: look, confirm or send; only at `send` there is a delivery and, where allowed, a permit.
        customer_id: Primary key of the customer.
        intervention_id: Primary key of the message; None: nothing is written yet.
        delivery_id: The delivery that would be sent.
        channel: How.
        purpose: What for; consent is given for each by itself.
        address: Where; in no stored decision and no log.
        address_problem: Why the address does not do for the channel; empty: it does.
        body_sha256: `digests.message_sha256` of the words that somebody confirmed.
        is_body_intact: Whether the words that would be sent are those.
        is_edited: Whether they go beyond what the template permits.
        is_edit_approved: Whether somebody other than the author approved exactly these words.
        is_automatic: Whether no person confirms this message.
        confirmed_at: When a person confirmed this very message.
        confirmed_by: That person's key.
        is_case_open: Whether its case is open.
        level: The case's level, by name.
        reasons: How many specific reasons the case's assessment states.
        is_template_standing: Active, unaltered, and approved by another than its author.
        is_template_as_written: Whether the message was written from exactly this content.
        template_hash: Of the template's content.
        template_valid_from: None: from ever.
        template_valid_until: None: for ever.
        effect: supportive, agreed or adverse.
        is_consented: The last word for channel and purpose; None: none was ever given.
        time_zone: The customer's zone by name, or the bank's where the customer has none of their own.
        is_vulnerable: As the customer's record says.
        is_vulnerability_known: Whether whoever confirmed the message could see that.
        holds: Those not lifted.
        is_held_out: Whether the case is in the arm that is not contacted.
        is_schedule_known: Whether somebody looked at what is due.
        overdue_from: From when on something is overdue; None: nothing is due.
        contacts: What reached the customer in the last months, or may have.
        talks: Conversations and attempts of the last months, in either direction.
        holidays: Bank holidays of the last days and the year to come.
        is_breaker_open: Whether sending is stopped.
        sent_last_hour: Messages handed over within the last hour, wall clock.
        not_before_at: When it was meant to be sent at the earliest.
    """

    moment: str | None = None
    customer_id: int | None = None
    intervention_id: int | None = None
    delivery_id: UUID | None = None
    channel: str | None = None
    purpose: str | None = None
    address: str = field(default="", repr=False)
    address_problem: str | None = None
    body_sha256: str | None = None
    is_body_intact: bool | None = None
    is_edited: bool | None = None
    is_edit_approved: bool | None = None
    is_automatic: bool | None = None
    confirmed_at: dt.datetime | None = None
    confirmed_by: int | None = None
    is_case_open: bool | None = None
    level: str | None = None
    reasons: int | None = None
    is_template_standing: bool | None = None
    is_template_as_written: bool | None = None
    template_hash: str = ""
    template_valid_from: dt.datetime | None = None
    template_valid_until: dt.datetime | None = None
    effect: str | None = None
    is_consented: bool | None = None
    time_zone: str | None = None
    is_vulnerable: bool | None = None
    is_vulnerability_known: bool | None = None
    holds: tuple[Hold, ...] | None = None
    is_held_out: bool | None = None
    is_schedule_known: bool | None = None
    overdue_from: dt.datetime | None = None
    contacts: tuple[Contact, ...] | None = None
    talks: tuple[Talk, ...] | None = None
    holidays: tuple[dt.date, ...] | None = None
    is_breaker_open: bool | None = None
    sent_last_hour: int | None = None
    not_before_at: dt.datetime | None = None


def stored(facts: Facts) -> dict[str, Any]:
    """The facts as JSON, without the address."""
    plain: dict[str, Any] = msgspec.to_builtins(facts)
    del plain[NOT_STORED]
    return plain


def restored(plain: dict[str, Any]) -> Facts:
    """The facts of a stored decision. The address is not among them: no permit comes of them.

    Raises:
        msgspec.ValidationError: these are no facts.
    """
    return msgspec.convert(plain, Facts)
