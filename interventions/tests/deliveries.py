"""Deliveries for tests, brought into any state by steps that the database allows."""

import datetime as dt
import itertools
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from interventions.contact.digests import message_sha256
from interventions.models import Case, Channel, Delivery, GateDecision, Intervention, PolicyTemplate
from interventions.tests.cases import opened, policy
from interventions.tests.staff import manager
from risk.tests.factories import NOON

S = Delivery.State
# What comes before each state.
BEFORE = {S.SENDING: S.PENDING, S.SENT: S.SENDING, S.UNKNOWN: S.SENDING, S.DELIVERED: S.SENT}
PHONE, MAILBOX = "+919876543210", "asha@example.org"
_numbers = itertools.count(1)


def confirmed(
    case: Case | None = None,
    *,
    by: User | None = None,
    channel: str = Channel.SMS,
    subject: str = "",
    body: str = "",
    **fields: Any,
) -> Intervention:
    """A message that a person confirmed; with no words given they are its own."""
    by = by or manager(f"sender{next(_numbers)}")
    case = case or opened(to=by)
    body = body or f"Dear Asha, we are there for you ({next(_numbers)}). Reply STOP to opt out."
    template: PolicyTemplate = fields.pop("template", None) or policy()
    given = {
        "template_hash": template.content_hash,
        "language": "en",
        "created_at": NOON,
        **fields,
    }
    confirmed_at = given.pop("confirmed_at", NOON)
    message = Intervention.objects.create(
        case=case,
        customer=case.customer,
        template=template,
        channel=channel,
        subject=subject,
        body=body,
        body_sha256=message_sha256(subject=subject, body=body),
        author=by,
        **given,
    )
    message.state, message.confirmed_by, message.confirmed_at = Intervention.State.CONFIRMED, by, confirmed_at
    message.save()
    return message


def queued(intervention: Intervention | None = None, **fields: Any) -> Delivery:
    """A delivery that waits to be sent."""
    message = intervention or confirmed()
    given = {
        "address": MAILBOX if message.channel == Channel.EMAIL else PHONE,
        "not_before_at": NOON,
        **fields,
    }
    return Delivery.objects.create(
        intervention=message,
        case=message.case,
        customer=message.customer,
        template=message.template,
        channel=message.channel,
        subject=message.subject,
        body=message.body,
        body_sha256=message.body_sha256,
        **given,
    )


def brought(
    state: str,
    delivery: Delivery | None = None,
    *,
    contacted_at: dt.datetime = NOON,
    handed_over_at: dt.datetime | None = None,
    **fields: Any,
) -> Delivery:
    """A delivery in any state; other fields are set with the last step."""
    delivery = delivery or queued()
    if state in BEFORE and delivery.state != BEFORE[S(state)]:
        brought(BEFORE[S(state)], delivery, contacted_at=contacted_at, handed_over_at=handed_over_at)
    if state == S.SENDING:
        fields = {
            "claimed_by": "test",
            "claimed_at": handed_over_at or NOON,
            "contacted_at": contacted_at,
            "handed_over_at": handed_over_at or contacted_at,
            **fields,
        }
    return step(delivery, state, **fields)


def step(delivery: Delivery, state: str, **fields: Any) -> Delivery:
    """One step; towards sending the gate allows it in the same transaction."""
    with transaction.atomic():
        if state == S.SENDING:
            allow(delivery)
            delivery.attempts += 1
        delivery.state = state
        for name, value in fields.items():
            setattr(delivery, name, value)
        delivery.save()
    return delivery


def allow(delivery: Delivery, **fields: Any) -> GateDecision:
    """What the gate stores when it lets a message go."""
    given = {"is_allowed": True, "rule": "", "trace": {}, "body_sha256": delivery.body_sha256, **fields}
    return GateDecision.objects.create(
        customer=delivery.customer,
        intervention=delivery.intervention,
        delivery=delivery,
        moment=GateDecision.Moment.SEND,
        channel=delivery.channel,
        decided_at=NOON,
        **given,
    )
