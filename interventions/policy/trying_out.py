"""A policy's texts as they would read, before anybody decides: with made-up values, or for a real customer.

Nothing reaches a customer here. A test goes to the officer's own address, with made-up values, by Django's mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from audit.services import record, viewed
from customers import roles
from customers.models import Customer
from interventions import stored_words
from interventions.messages import message_values, rendering
from interventions.messages.sms_segments import segments
from interventions.models import Case, Channel, PolicyTemplate
from interventions.policy import wording
from interventions.policy.content import texts_of


class NotPossible(ValueError):
    """It cannot be tried out so; the text says why and what to do."""


@dataclass(frozen=True)
class Shown:
    """One text with its placeholders filled, or why it cannot be.

    Args:
        channel: its name.
        language: "en" or "hi".
        subject: of an e-mail.
        body: the words; empty where refused.
        parts: of an SMS; 0 elsewhere.
        refusal: why it cannot be written for this customer.
        problems: what the wording check says of it.
    """

    channel: str
    language: str
    subject: str
    body: str
    parts: int
    refusal: str
    problems: tuple[str, ...]


def with_made_up_values(template: PolicyTemplate) -> list[Shown]:
    """Every text, filled with made-up values."""
    return [
        _shown(template, channel, language, wording.TYPICAL)
        for channel, language in texts_of(template.messages)
    ]


def for_customer(*, template: PolicyTemplate, bank_id: str, by: User) -> list[Shown]:
    """Every text as this customer would read it. Audited as a view of personal data.

    Raises:
        NotPossible: not by this user, or there is no such customer.
    """
    _require_officer(by)
    customer = Customer.objects.visible_to(by).filter(bank_id=bank_id).first()
    if customer is None:
        raise NotPossible(_("There is no customer %(bank_id)s.") % {"bank_id": bank_id})
    viewed(by=by, subject_type="customer", subject_id=customer.pk, what=f"preview of {template}")
    case = Case(customer=customer)
    return [
        _shown(template, channel, language, message_values.values_of(case, language=language))
        for channel, language in texts_of(template.messages)
    ]


def send_to_oneself(*, template: PolicyTemplate, by: User) -> EmailMessage:
    """Send every text, filled with made-up values, to the officer's own address.

    Raises:
        NotPossible: not by this user, or their account has no address.
    """
    _require_officer(by)
    if not by.email:
        raise NotPossible(_("Your account has no e-mail address: ask an administrator to add it."))
    texts = "\n\n\n".join(
        f"== {shown.channel} ({shown.language}) ==\n\n{shown.subject}\n{shown.body}{shown.refusal}".strip()
        for shown in with_made_up_values(template)
    )
    message = EmailMessage(_("Test of %(policy)s") % {"policy": template}, texts, to=[by.email])
    with stored_words.kept():
        label = str(template)
    record(
        action="interventions.policy.tested",
        subject_type="policy",
        subject_id=template.pk,
        subject_label=label,
        actor=by,
    )
    message.send()
    return message


def _require_officer(by: User) -> None:
    if roles.COMPLIANCE_OFFICERS not in roles.of(by):
        raise NotPossible(_("Trying out policies is for compliance officers."))


def _shown(template: PolicyTemplate, channel: str, language: str, values: Mapping[str, str]) -> Shown:
    try:
        text = rendering.preview(template=template, channel=channel, language=language, values=values)
    except rendering.RenderingRefused as refusal:
        return Shown(str(Channel(channel).label), language, "", "", 0, str(refusal), ())
    known = [*values.values(), *(field.get("default", "") for field in template.fields.values())]
    return Shown(
        channel=str(Channel(channel).label),
        language=language,
        subject=text.subject,
        body=text.body,
        parts=segments(text.body) if channel == Channel.SMS else 0,
        refusal="",
        problems=tuple(wording.problems(text.body, channel=channel, language=language, known=known)),
    )
