"""Gathering what the send gate looks at, from the database as it is now."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from customers import bank_clock
from customers.models import Customer
from interventions.contact import addresses, breaker, contact_history
from interventions.contact.contact_rules import Rules
from interventions.contact.digests import message_sha256
from interventions.contact.gate_facts import CONFIRM, LOOK, SEND, Facts
from interventions.effect import holdout
from interventions.models import (
    Case,
    Delivery,
    EditDecision,
    GateDecision,
    Intervention,
    PolicyTemplate,
    Purpose,
)
from interventions.policy import policies
from risk.levels import Level
from risk.models import Assessment, CurrentRisk

# As far back as any pack may look (`packs.MOST_DAYS`), and some.
HISTORY = dt.timedelta(days=100)


def lock_customer(customer_id: int) -> Customer:
    """Lock a customer until the transaction ends, so that contacts with one person are decided one after another."""
    return Customer.objects.select_for_update(no_key=True).get(pk=customer_id)


def facts_of(
    *,
    delivery: Delivery | None = None,
    intervention: Intervention | None = None,
    confirming: User | None = None,
    rules: Rules | None,
) -> Facts:
    """Everything the gate looks at, for a delivery about to be sent or a message about to be confirmed.

    For a delivery the customer is locked, and the breaker counts: call it in the transaction that will mark the
    delivery as being sent, the customer locked before the delivery.

    Args:
        delivery: The one about to be sent.
        intervention: Or the one about to be confirmed.
        confirming: Who confirms it at this moment; None: whoever the record names.
        rules: Of the pack by which the gate is asked about them: it says whose holidays are kept, and what the
            breaker's limit is. None: none stands.
    """
    if delivery is not None:
        return _of_delivery(delivery, rules)
    if intervention is None:
        raise ValueError("Say which delivery or which intervention.")
    return _of_message(_fresh(intervention.pk), confirming, rules)


def facts_of_channels(
    *,
    case: Case,
    channels: Iterable[str],
    purpose: str = Purpose.SUPPORT,
    rules: Rules | None,
    is_held_out: bool | None = None,
    policy: PolicyTemplate | None = None,
    none_of: Collection[str] = (),
) -> dict[str, Facts]:
    """What the gate would look at, were a message of the case's policy written and confirmed now; by channel. The
    queries are those of one.

    Args:
        case: About which.
        purpose: What the message would be for.
        rules: As in `facts`.
        channels: `Channel`s.
        is_held_out: Whether the case is, where the caller has just asked; None: it is asked.
        policy: The one that stands for the case, where the caller has just read it; None: it is read.
        none_of: What the caller has just seen that the customer has none of: "talks", "contacts", "holds".
    """
    now, customer = bank_clock.now(), case.customer
    # By which a message would be written now; the case may still name the version before.
    policy = policy or policies.active_policy(hardship=case.hardship, level=case.level, at=now)
    # What would be written now would be of the template as it is, by somebody who sees what there is to see.
    base = Facts(
        moment=LOOK,
        purpose=purpose,
        is_automatic=False,
        is_template_as_written=True,
        is_vulnerability_known=True,
    )
    # What was read in this very moment needs no second look.
    of_policy = _of_policy(policy, now, is_standing=policy is not None)
    base = replace(base, **_of_case(case, is_held_out), **of_policy)
    base = replace(base, **_of_customer(customer, now, rules, none_of=none_of))
    base = replace(base, **_of_breaker(breaker.look(rules)))
    said = contact_history.consents_of(customer.pk, purpose)
    return {
        channel: replace(
            base,
            channel=channel,
            is_consented=said.get(channel),
            address_problem="" if addresses.of_customer(customer, channel) else "missing",
        )
        for channel in channels
    }


def _of_delivery(delivery: Delivery, rules: Rules | None) -> Facts:
    customer = lock_customer(delivery.customer_id)
    message = _fresh(delivery.intervention_id)
    facts = _of_message(message, None, rules, without=delivery, customer=customer)
    words = message_sha256(subject=delivery.subject, body=delivery.body)
    is_of_message = (
        delivery.channel == message.channel
        and delivery.customer_id == message.customer_id
        and delivery.case_id == message.case_id
    )
    return replace(
        facts,
        moment=SEND,
        delivery_id=delivery.pk,
        address=delivery.address,
        address_problem=_problem(delivery.address, addresses.of_customer(customer, delivery.channel)),
        is_body_intact=bool(facts.is_body_intact and is_of_message and words == message.body_sha256)
        and delivery.body_sha256 == message.body_sha256,
        is_template_as_written=bool(facts.is_template_as_written)
        and delivery.template_id == message.template_id,
        is_automatic=delivery.is_automatic,
        not_before_at=delivery.not_before_at,
        **_of_breaker(breaker.check_and_count(rules)),
    )


def _of_message(
    message: Intervention,
    confirming: User | None,
    rules: Rules | None,
    *,
    without: Delivery | None = None,
    customer: Customer | None = None,
) -> Facts:
    now, customer = bank_clock.now(), customer or message.customer
    is_confirmed = message.state == Intervention.State.CONFIRMED
    facts = Facts(
        moment=CONFIRM,
        intervention_id=message.pk,
        channel=message.channel,
        purpose=message.purpose,
        address_problem=_problem(addresses.of_customer(customer, message.channel)),
        body_sha256=message.body_sha256,
        is_body_intact=message_sha256(subject=message.subject, body=message.body) == message.body_sha256,
        is_edited=message.is_edited,
        is_edit_approved=message.is_edited and _is_edit_approved(message),
        is_automatic=False,
        confirmed_at=now if confirming else (message.confirmed_at if is_confirmed else None),
        confirmed_by=confirming.pk if confirming else (message.confirmed_by_id if is_confirmed else None),
        is_template_as_written=message.template_hash == message.template.content_hash,
        is_consented=contact_history.consents_of(customer.pk, message.purpose).get(message.channel),
        is_vulnerability_known=True if confirming else _knew_of_vulnerability(customer, message),
        not_before_at=message.scheduled_for,
    )
    facts = replace(facts, **_of_case(message.case), **_of_policy(message.template, now))
    facts = replace(facts, **_of_customer(customer, now, rules, without=without))
    return facts if without else replace(facts, **_of_breaker(breaker.look(rules)))


def _fresh(intervention_id: int) -> Intervention:
    return Intervention.objects.select_related("case", "customer", "template").get(pk=intervention_id)


def _of_case(case: Case, is_held_out: bool | None = None) -> Mapping[str, Any]:
    return {
        "is_case_open": case.state != Case.State.RESOLVED,
        "level": Level(case.level).label,
        "reasons": _reasons(case),
        "is_held_out": _is_held_out(case) if is_held_out is None else is_held_out,
    }


def _of_policy(
    template: PolicyTemplate | None, now: dt.datetime, *, is_standing: bool | None = None
) -> Mapping[str, Any]:
    if template is None:
        return {"is_template_standing": False, "is_template_as_written": False, "effect": None}
    begins, ends = template.valid_from, template.valid_until
    # Whether it stands apart from its validity, which the gate judges by itself.
    within = begins if begins is not None and now < begins else now
    if ends is not None and within >= ends:
        within = ends - dt.timedelta(microseconds=1)
    return {
        "is_template_standing": policies.is_usable(template, within) if is_standing is None else is_standing,
        "template_hash": template.content_hash,
        "template_valid_from": begins,
        "template_valid_until": ends,
        "effect": template.effect,
    }


def _of_customer(
    customer: Customer,
    now: dt.datetime,
    rules: Rules | None,
    *,
    without: Delivery | None = None,
    none_of: Collection[str] = (),
) -> Mapping[str, Any]:
    # As it was read with the customer, where it was; a customer who has just been locked is read without it.
    risk: CurrentRisk | None = getattr(customer, "risk", None)
    due_on = risk.next_due_on if risk else None
    since = now - HISTORY
    spoken = [] if "talks" in none_of else contact_history.spoken(customer, since=since)
    sent = [] if "contacts" in none_of else contact_history.sent(customer, since=since, without=without)
    return {
        "customer_id": customer.pk,
        "time_zone": customer.time_zone or settings.BANK_TIME_ZONE,
        "is_vulnerable": customer.is_vulnerable,
        "holds": () if "holds" in none_of else contact_history.holds(customer),
        "is_schedule_known": risk is not None,
        # Due by the end of its day, which is a day of the bank's.
        "overdue_from": bank_clock.start_of(due_on + dt.timedelta(days=1)) if due_on else None,
        "contacts": contact_history.contacts(sent, spoken),
        "talks": contact_history.talks(spoken),
        "holidays": contact_history.holidays(now, rules),
    }


def _of_breaker(state: breaker.Count) -> Mapping[str, Any]:
    return {"is_breaker_open": state.is_open, "sent_last_hour": state.sent}


def _problem(known: str, current: str | None = None) -> str:
    """What is wrong with an address: none is known, or the customer's is another by now."""
    if not known:
        return "missing"
    return "" if current is None or known == current else "changed"


def _is_held_out(case: Case) -> bool:
    return holdout.is_held_out(case)


def _is_edit_approved(message: Intervention) -> bool:
    last = EditDecision.objects.filter(intervention=message).order_by("-id").first()
    return (
        last is not None
        and last.kind == EditDecision.Kind.APPROVED
        and last.content_hash == message.body_sha256
        and last.decided_by_id != message.author_id
    )


def _knew_of_vulnerability(customer: Customer, message: Intervention) -> bool:
    """Whether the customer counted as vulnerable when somebody confirmed the message."""
    if not customer.is_vulnerable:
        return False
    asked = GateDecision.objects.filter(intervention=message, moment=GateDecision.Moment.CONFIRM)
    trace = asked.order_by("-id").values_list("trace", flat=True).first()
    return bool(trace and trace["facts"]["is_vulnerable"])


def _reasons(case: Case) -> int:
    """How many specific reasons the assessment states by which the case was last decided."""
    receipt = (
        Assessment.objects.filter(customer_id=case.customer_id, revision__lte=case.revision)
        .order_by("-revision")
        .values_list("points", "hardships")
        .first()
    )
    if receipt is None:
        return 0
    points, hardships = receipt
    return len([each for each in points.values() if each > 0]) + len(hardships)
