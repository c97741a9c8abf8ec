"""The single steps of composing: rendering, locking, deciding about an edit, taking back."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from customers import bank_clock, roles
from interventions.casework.case_rights import taken_up
from interventions.casework.case_steps import lock
from interventions.casework.cases import LONGEST_SNOOZE
from interventions.contact import cancelling, page_links
from interventions.help.helping import Refused
from interventions.messages import rendering
from interventions.messages.message_values import values_of
from interventions.messages.rendering import Rendered
from interventions.models import (
    Case,
    Channel,
    Delivery,
    EditDecision,
    Intervention,
    PolicyTemplate,
)
from interventions.policy import policies, wording
from interventions.policy.content import ENGLISH, text_of

State = Intervention.State
UNDER_WAY = (State.DRAFT, State.AWAITING_APPROVAL)
MAY_APPROVE = frozenset({roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS})
_FIGURE = re.compile(r"\d(?:[\d.,:/-]*\d)?")
WRITTEN = (
    "fields",
    "personal_line",
    "subject",
    "body",
    "body_sha256",
    "template_hash",
    "author",
    "is_edited",
)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What staff choose and write of a message."""

    language: str
    fields: Mapping[str, str]
    personal_line: str


def policy_of(case: Case) -> PolicyTemplate:
    """The policy that stands for a case now: an older one than it was opened by is used no more."""
    found = policies.active_policy(hardship=case.hardship, level=case.level, at=bank_clock.now())
    if found is None:
        raise Refused(
            _(
                "No approved policy stands for %(hardship)s at %(level)s. A compliance officer must have one approved"
                " and activated; until then, speak with the customer if they come to you."
            )
            % {"hardship": case.get_hardship_display(), "level": case.get_level_display()}
        )
    return found


def language_of(template: PolicyTemplate, channel: str, wanted: str) -> str:
    """The language a message will be written in: the wanted one, or English where there is no text in it."""
    return wanted if text_of(template.messages, channel, wanted) else ENGLISH


def render(case: Case, template: PolicyTemplate, channel: str, words: Words) -> Rendered:
    """Write a message from the records as they are now."""
    return rendering.render(
        template=template,
        channel=channel,
        language=words.language,
        values=values_of(
            case,
            language=language_of(template, channel, words.language),
            link=page_links.address_of(case=case, template_id=template.pk, channel=channel),
        ),
        fields=words.fields,
        personal_line=words.personal_line,
    )


def render_again(case: Case, message: Intervention) -> Rendered:
    """What the message would be if it were written now with the same choices."""
    words = Words(language=message.language, fields=message.fields, personal_line=message.personal_line)
    return render(case, message.template, message.channel, words)


def write(
    case: Case, template: PolicyTemplate, channel: str, words: Words, rendered: Rendered, *, by: User
) -> Intervention:
    """A message that is written for the first time."""
    message = Intervention.objects.create(
        case=case,
        customer_id=case.customer_id,
        template=template,
        template_hash=template.content_hash,
        channel=channel,
        language=rendered.language,
        fields=dict(words.fields),
        personal_line=words.personal_line.strip(),
        subject=rendered.subject,
        body=rendered.body,
        body_sha256=rendered.body_sha256,
        author=by,
        created_at=bank_clock.now(),
    )
    recorded(message, "drafted", by=by)
    return message


def write_anew(message: Intervention, rendered: Rendered, words: Words, by: User) -> Intervention:
    """Fill a message that is being written once more."""
    if message.body_sha256 == rendered.body_sha256:
        return message
    if message.is_edited:
        raise Refused(
            _("A message with words of somebody's own is under way. Go on with it, or cancel it first.")
        )
    message.fields, message.personal_line = dict(words.fields), words.personal_line.strip()
    message.subject, message.body, message.body_sha256 = rendered.subject, rendered.body, rendered.body_sha256
    message.author, message.template_hash = by, message.template.content_hash
    message.save(update_fields=WRITTEN)
    recorded(message, "rewritten", by=by)
    return message


def message_taken_up(
    intervention: Intervention, by: User, *, may_be_confirmed: bool = False
) -> tuple[Case, Intervention]:
    """The case and the message under lock, once it is clear that they may go on with it."""
    version = Case.objects.values_list("version", flat=True).get(pk=intervention.case_id)
    case = taken_up(intervention.case_id, version, by)
    message = _locked(intervention)
    if message.state not in (*UNDER_WAY, *([State.CONFIRMED] if may_be_confirmed else [])):
        raise Refused(_("The message is %(state)s already.") % {"state": message.get_state_display()})
    return case, message


def refuse_problems(case: Case, message: Intervention, rendered: Rendered) -> None:
    """Refuse words that no approval could make good.

    Args:
        case: Whose records say what may be said.
        message: With the words of somebody's own.
        rendered: The template's words as they would be now: its figures are not invented.
    """
    if not message.body:
        raise Refused(_("A message needs words."))
    link = page_links.address_of(case=case, template_id=message.template_id, channel=message.channel)
    values = values_of(case, language=message.language, link=link).values()
    known = [*values, link, *message.fields.values(), *_FIGURE.findall(f"{rendered.subject} {rendered.body}")]
    found = wording.problems(message.body, channel=message.channel, language=message.language, known=known)
    if message.subject:
        found += wording.problems_of_line(message.subject, language=message.language, known=known)
    if found:
        raise Refused(" ".join(dict.fromkeys(found)))


def refuse_time(message: Intervention, at: dt.datetime) -> None:
    """Refuse a moment that is past, or so far ahead that nobody can tell what will be so by then."""
    if at <= bank_clock.now():
        raise Refused(_("Choose a time that is still to come, on the bank's clock."))
    if is_soon_enough(message, at):
        return
    days = _most_ahead(message).days
    if message.channel == Channel.CALL:
        raise Refused(
            _("A call is planned at most %(days)s days ahead. Choose an earlier time.") % {"days": days}
        )
    raise Refused(
        _(
            "A message waits at most %(days)s days: what it says may not be true any more by then. Choose an earlier"
            " time, or write it later."
        )
        % {"days": days}
    )


def is_soon_enough(message: Intervention, at: dt.datetime | None) -> bool:
    """Whether a message that is confirmed now may wait until a moment; None is never."""
    return at is not None and at <= bank_clock.now() + _most_ahead(message)


def _most_ahead(message: Intervention) -> dt.timedelta:
    if message.channel == Channel.CALL:
        return LONGEST_SNOOZE
    return dt.timedelta(days=settings.MESSAGE_WAITS_DAYS_MAX)


@transaction.atomic
def decide(
    intervention: Intervention, kind: EditDecision.Kind, by: User, reason: str, seen_sha256: str | None
) -> Intervention:
    """Record somebody's decision about exactly these words of somebody else's."""
    if not roles.of(by) & MAY_APPROVE:
        raise PermissionDenied(_("Only supervisors and compliance officers decide about edited messages."))
    if not reason.strip():
        raise Refused(_("Please give a reason."))
    case = lock(intervention.case_id, by=by)
    message = _locked(intervention)
    if message.author_id == by.pk:
        raise PermissionDenied(_("You wrote these words; somebody else must decide about them."))
    if message.state != State.AWAITING_APPROVAL or case.state == Case.State.RESOLVED:
        raise Refused(_("Nobody is waiting for a decision about this message."))
    if message.body_sha256 != (seen_sha256 or intervention.body_sha256):
        raise Refused(_("The words were changed since you read them. Read them again."))
    EditDecision.objects.create(
        kind=kind,
        intervention=message,
        author_id=message.author_id,
        decided_by=by,
        content_hash=message.body_sha256,
        reason=reason.strip(),
    )
    if kind == EditDecision.Kind.REFUSED:
        end(message, by, reason.strip(), verb="edit_refused")
        return message
    message.state = State.DRAFT
    message.save(update_fields=["state"])
    recorded(message, "edit_approved", by=by, reason=reason.strip())
    return message


def take_back(message: Intervention) -> None:
    """Cancel what is queued of a confirmed message, if nothing of it is on its way."""
    gone = {Delivery.State.SENDING, Delivery.State.SENT, Delivery.State.DELIVERED, Delivery.State.UNKNOWN}
    if message.deliveries.filter(state__in=gone).exists():
        raise Refused(_("The message is on its way already, or may be: it cannot be taken back."))
    cancelling.of_intervention(intervention=message, reason=gettext_noop("The message was taken back."))


def end(message: Intervention, by: User, reason: str, *, verb: str = "cancelled") -> None:
    """Cancel a message for good."""
    message.state, message.cancelled_at, message.cancel_reason = State.CANCELLED, bank_clock.now(), reason
    message.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    recorded(message, verb, by=by, reason=reason)


def recorded(message: Intervention, verb: str, *, by: User, reason: str = "", **detail: Any) -> None:
    """Tell the audit. The words themselves are personal, and kept with the message."""
    record(
        action=f"interventions.message.{verb}",
        subject_type="intervention",
        subject_id=message.pk,
        actor=by,
        customer=message.customer_id,
        reason=reason,
        detail={
            "customer_id": message.customer_id,
            "case_id": message.case_id,
            "template_id": message.template_id,
            "template_hash": message.template_hash,
            "channel": message.channel,
            "language": message.language,
            "body_sha256": message.body_sha256,
            "is_edited": message.is_edited,
            **detail,
        },
    )


def _locked(intervention: Intervention) -> Intervention:
    return (
        Intervention.objects.select_for_update(of=("self",))
        .select_related("template", "customer")
        .get(pk=intervention.pk)
    )
