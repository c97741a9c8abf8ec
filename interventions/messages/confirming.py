"""The single steps of confirming: what refuses it, what it was before, what becomes of the message, handing it over."""

import datetime as dt
from collections.abc import Mapping

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from customers import bank_clock
from interventions.contact import gate, holds
from interventions.help.helping import Refused
from interventions.messages.composing_steps import State, recorded, refuse_problems, render_again
from interventions.models import Case, Channel, Delivery, GateDecision, Intervention
from interventions.send_gate import Verdict
from interventions.sending import outbox


def refuse_unless_seen(message: Intervention, *, sha256: str | None, heeded: str | None) -> None:
    """Refuse what its reader has not seen as it stands: other words, or others to be heeded; None is not asked."""
    if sha256 not in (None, message.body_sha256):
        raise Refused(_("The words were changed since you read them. Read them again."))
    if heeded is not None and heeded != holds.seen(message.customer):
        raise Refused(_("What is to be heeded about this customer has changed. Look at it, then confirm."))


def refuse_other_words(case: Case, message: Intervention) -> None:
    """Refuse to send what is not approved as it stands: unapproved edits, and texts that records have outrun."""
    if message.state == State.AWAITING_APPROVAL:
        raise Refused(_("These words go beyond the template. Somebody else has to approve them first."))
    if (message.template.hardship, message.template.level) != (case.hardship, case.level):
        raise Refused(
            _(
                "What the case is about has changed since this was written, and another text applies now. Cancel this"
                " message and write a new one."
            )
        )
    rendered = render_again(case, message)
    if message.is_edited:
        # Figures that the records no longer give are found here.
        refuse_problems(case, message, rendered)
    elif rendered.body_sha256 != message.body_sha256:
        raise Refused(_("The records or the text have changed since this was written. Write it again."))


def confirmed_before(message: Intervention) -> tuple[Delivery | None, Verdict]:
    """What came of confirming a message that is confirmed already."""
    decision = (
        GateDecision.objects.filter(intervention=message, moment=GateDecision.Moment.CONFIRM)
        .order_by("-id")
        .first()
    )
    if decision is None:
        raise Refused(_("The message is confirmed, but nothing says by which rules. Tell the operators."))
    return message.deliveries.order_by("-created_at").first(), gate.replay(decision).verdict


def settled(message: Intervention, case: Case, *, by: User, at: dt.datetime | None) -> dt.datetime | None:
    """Confirm a message for a moment, None for now; a call for the first lawful one from then on, as far as known.

    Returns:
        When it may go out at the earliest.
    """
    if message.channel == Channel.CALL and at is not None:
        # Nobody asks again before it is made: its own time has to be lawful.
        at = gate.look(case=case, channel=Channel.CALL, at=at).next_lawful_at or at
    message.state, message.confirmed_by, message.confirmed_at = State.CONFIRMED, by, bank_clock.now()
    message.scheduled_for = at or (bank_clock.now() if message.channel == Channel.CALL else None)
    message.save(update_fields=["state", "confirmed_by", "confirmed_at", "scheduled_for"])
    recorded(message, "confirmed", by=by, scheduled_for=at.isoformat() if at else None)
    return at


def enqueue(
    message: Intervention, by: User, at: dt.datetime | None, speaks_of: Mapping[str, str]
) -> Delivery | None:
    """Put a message into the outbox; a call is made by a person."""
    if message.channel == Channel.CALL:
        return None
    try:
        return outbox.enqueue(intervention=message, by=by, not_before_at=at, speaks_of=speaks_of)
    except outbox.OutboxRefused as refusal:
        raise Refused(str(refusal)) from refusal
