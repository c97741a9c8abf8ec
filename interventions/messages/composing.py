"""Messages and calls for a case: written from an approved text, confirmed by a person, then handed to the outbox.

Staff fill the template's own fields and may add a line as long as it permits. Whatever else they write is an edit, and
somebody else has to approve exactly those words. Nothing is sent here: the outbox asks the gate once more right before.
"""

import datetime as dt
from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from interventions.casework.case_steps import take
from interventions.contact import gate, spoken_of
from interventions.contact.digests import message_sha256
from interventions.help import helping
from interventions.help.helping import Refused as Refused
from interventions.messages.composing_steps import (
    UNDER_WAY,
    WRITTEN,
    Words,
    decide,
    end,
    is_soon_enough,
    language_of,
    message_taken_up,
    policy_of,
    recorded,
    refuse_problems,
    refuse_time,
    render,
    render_again,
    take_back,
    write,
    write_anew,
)
from interventions.messages.confirming import (
    confirmed_before,
    enqueue,
    refuse_other_words,
    refuse_unless_seen,
    settled,
)
from interventions.messages.message_values import values_of as values_of
from interventions.messages.rendering import Rendered
from interventions.models import Case, Delivery, EditDecision, Intervention, PolicyTemplate
from interventions.send_gate import Verdict

State = Intervention.State


def draft(
    *,
    case: Case,
    channel: str,
    language: str | None = None,
    fields: Mapping[str, str] | None = None,
    personal_line: str = "",
    by: User,
) -> Intervention:
    """Write the policy's message for a case. While one is being written, it is that one: it is filled anew.

    Args:
        case: As the caller saw it; it is taken up.
        channel: A `Channel`.
        language: None: the customer's. English where the template has no text in it.
        fields: What staff fill of the template's own fields.
        personal_line: A line of their own.
        by: Who writes.

    Raises:
        Refused: no policy stands, or an edited message is under way.
        RenderingRefused: the text cannot be written so.
        Case.DoesNotExist, PermissionDenied, CaseChanged, CaseRefused: as in `helping.begun`.
    """
    with helping.begun(case=case, by=by) as held:
        template = policy_of(held)
        language = language_of(template, channel, language or held.customer.language)
        standing = Intervention.objects.filter(
            case=held, template=template, channel=channel, language=language, state__in=UNDER_WAY
        ).first()
        if standing is not None and fields is None and not personal_line:
            if standing.is_edited:
                return standing
            fields, personal_line = standing.fields, standing.personal_line
        words = Words(language=language, fields=fields or {}, personal_line=personal_line)
        rendered = render(held, template, channel, words)
        if standing is not None:
            return write_anew(standing, rendered, words, by)
        return write(held, template, channel, words, rendered, by=by)


def preview(
    *,
    case: Case,
    channel: str,
    language: str | None = None,
    fields: Mapping[str, str] | None = None,
    personal_line: str = "",
    policy: PolicyTemplate | None = None,
) -> Rendered:
    """The message as it would be written now; nothing is stored, and the case stays as it is.

    Args:
        case, channel, language, fields, personal_line: As in `draft`.
        policy: The one that stands, where the caller has just read it; None: it is read.

    Raises:
        Refused: no policy stands.
        RenderingRefused: the text cannot be written so.
    """
    words = Words(
        language=language or case.customer.language, fields=fields or {}, personal_line=personal_line
    )
    return render(case, policy or policy_of(case), channel, words)


@transaction.atomic
def edit(*, intervention: Intervention, subject: str = "", body: str, by: User) -> Intervention:
    """Write other words. Those of the template are taken as they are; others wait for somebody else's approval.

    Raises:
        Refused: it is confirmed, cancelled or decided upon, or the words threaten, invent figures or leave out what
            every message needs.
        Case.DoesNotExist, PermissionDenied, CaseRefused: as in `helping.begun`.
    """
    held, message = message_taken_up(intervention, by)
    if message.edit_decisions.exists():
        raise Refused(_("These words were decided upon. Cancel the message and write a new one."))
    subject, body = subject.strip(), body.strip()
    if (subject, body) == (message.subject, message.body):
        return message
    rendered = render_again(held, message)
    message.subject, message.body = subject, body
    message.body_sha256 = message_sha256(subject=subject, body=body)
    message.is_edited = message.body_sha256 != rendered.body_sha256
    if message.is_edited:
        refuse_problems(held, message, rendered)
    message.state = State.AWAITING_APPROVAL if message.is_edited else State.DRAFT
    message.author, message.template_hash = by, message.template.content_hash
    message.save(update_fields=["state", *WRITTEN])
    recorded(message, "edited", by=by)
    return message


def approve_edit(
    *, intervention: Intervention, by: User, reason: str, seen_sha256: str | None = None
) -> Intervention:
    """Approve exactly these words of somebody else's. They can be confirmed then.

    Args:
        intervention: The message.
        by: Who read it.
        reason: Why it may be sent so.
        seen_sha256: Of the words that were shown: their author may have changed them since. None: those of
            `intervention`, as the caller read it.

    Raises:
        PermissionDenied: not a supervisor or compliance officer, or the author.
        Refused: no decision is awaited, no reason is given, or the words are others by now.
    """
    return decide(intervention, EditDecision.Kind.APPROVED, by, reason, seen_sha256)


def refuse_edit(
    *, intervention: Intervention, by: User, reason: str, seen_sha256: str | None = None
) -> Intervention:
    """Refuse these words: the message is cancelled, kept as it was refused, and its author writes a new one.

    Raises:
        PermissionDenied, Refused: as in `approve_edit`.
    """
    return decide(intervention, EditDecision.Kind.REFUSED, by, reason, seen_sha256)


@transaction.atomic
def confirm(
    *,
    intervention: Intervention,
    by: User,
    scheduled_for: dt.datetime | None = None,
    seen_sha256: str | None = None,
    seen_holds: str | None = None,
) -> tuple[Delivery | None, Verdict]:
    """Let a message go, or plan a call: the gate is asked, and its answer stored, whatever it is.

    A denial that time alone ends may be waited for: whoever names a time to send at asks for that, and the message
    goes then or at the next lawful time, if that is later. Any other denial leaves the message a draft.

    Args:
        intervention: The message, as previewed.
        by: Who confirms it, and answers for it.
        scheduled_for: When to send or call at the earliest, on the bank's clock; None: now. A message waits at most
            MESSAGE_WAITS_DAYS_MAX days: where the next lawful time is later, the gate's denial stands. A call is
            planned for the first lawful time from then on, as far as that is known.
        seen_sha256: Of the words that were shown; None: those stored.
        seen_holds: `holds.seen` of the customer when they were shown, since confirming counts as the person's look
            that a hold asks for; None: as everything stands now.

    Returns:
        The delivery, None for a call and where the gate denies; and the gate's verdict.

    Raises:
        Refused: the words are others by now, or are not approved, or the message is not a draft, or the time is past
            or too far ahead.
        Case.DoesNotExist, PermissionDenied, CaseRefused: as in `helping.begun`.
    """
    held, message = message_taken_up(intervention, by, may_be_confirmed=True)
    if message.state == State.CONFIRMED:
        return confirmed_before(message)
    refuse_unless_seen(message, sha256=seen_sha256, heeded=seen_holds)
    if scheduled_for is not None:
        refuse_time(message, scheduled_for)
    # Before they are compared with the words: what changes in between is found later, never overlooked.
    speaks_of = spoken_of.as_it_is(message, held)
    refuse_other_words(held, message)
    verdict, _decision = gate.judge(intervention=message, confirming=by)
    may_wait = scheduled_for is not None and is_soon_enough(message, verdict.next_lawful_at)
    if not verdict.is_allowed and not may_wait:
        return None, verdict
    at = max(filter(None, (scheduled_for, verdict.next_lawful_at)), default=None)
    at = settled(message, held, by=by, at=at)
    intervention.refresh_from_db()
    return enqueue(message, by, at, speaks_of), verdict


@transaction.atomic
def cancel(*, intervention: Intervention, by: User, reason: str) -> Intervention:
    """Take a message or a planned call back. What is on its way already cannot be.

    Raises:
        Refused: it is cancelled already, was handed over, or no reason is given.
        Case.DoesNotExist, PermissionDenied, CaseRefused: as in `helping.begun`.
    """
    if not reason.strip():
        raise Refused(_("Say why the message is cancelled."))
    _case, message = message_taken_up(intervention, by, may_be_confirmed=True)
    if message.state == State.CONFIRMED:
        take_back(message)
    end(message, by, reason.strip())
    return message


def mark_reviewed(*, case: Case, by: User, note: str) -> Case:
    """Record that somebody looked at the case, and what they found. The case is taken up.

    Raises:
        Refused: nothing is noted.
        Case.DoesNotExist, PermissionDenied, CaseChanged, CaseRefused: as in `helping.taken`.
    """
    if not note.strip():
        raise Refused(_("Say what you found."))
    with helping.taken(case=case, by=by) as held:
        take(held, "reviewed", by=by, reason=note.strip())
        return held
