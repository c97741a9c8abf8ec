"""Asking the gate about messages in the database: what it is told, what it stores, and that it would say so again."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from customers import bank_clock
from customers.models import Customer
from interventions.contact import breaker, consents, contact_facts, gate, packs
from interventions.contact.digests import message_sha256
from interventions.contact.gate_facts import CONFIRM, LOOK, SEND, Facts
from interventions.models import (
    BankHoliday,
    Case,
    Channel,
    ContactPack,
    Conversation,
    Delivery,
    EditDecision,
    GateDecision,
    Intervention,
    Purpose,
)
from interventions.policy import governing
from interventions.send_gate import Verdict
from interventions.tests import deliveries, governed, staff
from interventions.tests.stage import Stage, set_up
from risk.models import CurrentRisk
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def stage() -> Iterator[Stage]:
    yield set_up()


def message(stage: Stage, **fields: Any) -> Intervention:
    return deliveries.confirmed(stage.case, by=stage.manager, template=stage.policy, **fields)


def draft(
    stage: Stage, *, channel: str = "sms", body: str = "We are there for you. Reply STOP to opt out."
) -> Intervention:
    return Intervention.objects.create(
        case=stage.case,
        customer=stage.customer,
        template=stage.policy,
        template_hash=stage.policy.content_hash,
        channel=channel,
        language="en",
        body=body,
        body_sha256=message_sha256(subject="", body=body),
        author=stage.manager,
        created_at=NOON,
    )


def about_to_confirm(stage: Stage, written: Intervention) -> Verdict:
    return gate.judge(intervention=written, confirming=stage.manager)[0]


def asked(delivery: Delivery) -> tuple[Verdict, GateDecision]:
    return gate.judge(delivery=delivery)


def test_facts_and_verdict_are_of_one_pack(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is activated in between counts from the next decision on."""
    read: list[ContactPack | None] = []
    active_pack = packs.active_pack

    def reading() -> ContactPack | None:
        read.append(active_pack())
        return read[-1]

    monkeypatch.setattr(packs, "active_pack", reading)

    about_to_confirm(stage, draft(stage))
    asked(deliveries.queued(message(stage, channel=Channel.EMAIL)))

    assert read == [_active_pack()] * 2


def test_a_lawful_delivery_gets_a_permit_and_a_decision(stage: Stage) -> None:
    delivery = deliveries.queued(message(stage))

    verdict, decision = asked(delivery)

    assert verdict.is_allowed, verdict.denials
    assert verdict.permit is not None
    assert verdict.permit.delivery_id == delivery.pk
    assert (decision.is_allowed, decision.rule, decision.moment) == (True, "", "send")
    assert decision.pack == packs.active_pack()
    assert (decision.content_hash, decision.body_sha256) == (stage.policy.content_hash, delivery.body_sha256)


def test_a_decision_holds_no_address(stage: Stage) -> None:
    delivery = deliveries.queued(message(stage))

    _, decision = asked(delivery)

    event = AuditEvent.objects.get(action="interventions.gate.allowed")
    assert delivery.address not in str(decision.trace) + str(event.detail)
    assert event.detail["trace_sha256"] == gate.sha256_of(decision)


def test_a_decision_is_decided_the_same_again(stage: Stage) -> None:
    deliveries.brought("sent", deliveries.queued(message(stage, channel=Channel.EMAIL)))
    BankHoliday.objects.create(day_on=NOON.date() + DAY, name="Shivaratri")
    _, decision = asked(deliveries.queued(message(stage)))
    assert decision.rule == "message_cool_down"

    again = gate.replay(GateDecision.objects.get(pk=decision.pk))

    assert again.is_same
    assert again.verdict.next_lawful_at == decision.next_lawful_at


def test_a_decision_without_a_pack_is_decided_the_same_again(stage: Stage) -> None:
    governing.retire(subject=_active_pack(), by=governed.officer(), reason="for the test")

    verdict, decision = asked(deliveries.queued(message(stage)))

    assert (verdict.rule, decision.pack) == ("pack", None)
    assert gate.replay(decision).is_same


def test_a_decision_that_was_altered_is_not_the_same_again(stage: Stage) -> None:
    _, decision = asked(deliveries.queued(message(stage)))

    decision.trace["facts"]["is_consented"] = False

    assert not gate.replay(decision).is_same


def test_facts_are_asked_about_at_their_own_moment_only(stage: Stage) -> None:
    facts = contact_facts.facts_of(intervention=message(stage), rules=None)

    with pytest.raises(ValueError, match="gathered to confirm"):
        gate.ask(facts=facts, moment=SEND, pack=None)
    with pytest.raises(ValueError, match="about nobody"):
        gate.ask(facts=Facts(moment=CONFIRM), moment=CONFIRM, pack=None)
    with pytest.raises(ValueError, match="Say which"):
        contact_facts.facts_of(rules=None)
    assert not GateDecision.objects.exists()


def test_a_look_stores_nothing_and_permits_nothing(stage: Stage) -> None:
    verdicts = gate.looks(case=stage.case, channels=Channel.values)

    assert all(verdict.is_allowed for verdict in verdicts.values()), verdicts
    assert all(verdict.permit is None for verdict in verdicts.values())
    assert gate.look(case=stage.case, channel="sms", at=NOON + 10 * HOUR).rule == "quiet_hours"
    assert not GateDecision.objects.exists()


def test_looks_at_all_channels_cost_as_many_queries_as_one(stage: Stage) -> None:
    with CaptureQueriesContext(
        connection,
    ) as one:
        gate.look(case=Case.objects.get(pk=stage.case.pk), channel="sms")
    with CaptureQueriesContext(connection) as all_of_them:
        gate.looks(case=Case.objects.get(pk=stage.case.pk), channels=Channel.values)

    assert len(one) == len(all_of_them) <= 20


def test_whoever_confirms_is_the_person_of_the_moment(stage: Stage) -> None:
    written = draft(stage)

    assert contact_facts.facts_of(intervention=written, rules=packs.active_rules()).confirmed_by is None
    verdict, decision = gate.judge(intervention=written, confirming=stage.manager)

    assert verdict.is_allowed, verdict.denials
    assert verdict.permit is None
    assert (decision.moment, decision.delivery) == ("confirm", None)
    assert decision.trace["facts"]["confirmed_by"] == stage.manager.pk


def _active_pack() -> ContactPack:
    return ContactPack.objects.get(state="active")


def _customer(stage: Stage, **fields: Any) -> None:
    Customer.objects.filter(pk=stage.customer.pk).update(**fields)


def _consent_withdrawn(stage: Stage) -> None:
    consents.withdraw(customer=stage.customer, channel="sms", purpose="support", source="reply")


def _overdue(stage: Stage) -> None:
    CurrentRisk.objects.filter(pk=stage.customer.pk).update(next_due_on=NOON.date() - DAY)


def _unknown_schedule(stage: Stage) -> None:
    CurrentRisk.objects.filter(pk=stage.customer.pk).delete()


def _resolved(stage: Stage) -> None:
    Case.objects.filter(pk=stage.case.pk).update(state="resolved", outcome="helped", resolved_at=NOON)


def _policy_retired(stage: Stage) -> None:
    governing.retire(subject=stage.policy, by=governed.officer(), reason="for the test")


def _conversation(stage: Stage) -> None:
    _talk(stage, "spoke", is_inbound=True)


def _wrong_person(stage: Stage) -> None:
    _talk(stage, "wrong_person")


def _talk(stage: Stage, result: str, *, is_inbound: bool = False, at: dt.datetime | None = None) -> None:
    Conversation.objects.create(
        customer=stage.customer,
        case=stage.case,
        channel="call",
        result=result,
        is_inbound=is_inbound,
        happened_at=at or NOON - HOUR,
    )


def _hold(stage: Stage, kind: str) -> None:
    stage.customer.contact_holds.create(
        kind=kind, reason="told us", placed_at=bank_clock.now(), placed_by=stage.manager
    )


def _breaker_open(stage: Stage) -> None:
    breaker.open(by=staff.supervisor(), reason="for the test")


DENIALS = {
    "breaker": _breaker_open,
    "case": _resolved,
    "template": _policy_retired,
    "consent": _consent_withdrawn,
    "zone": lambda stage: _customer(stage, time_zone="Nowhere/Land"),
    "address": lambda stage: _customer(stage, phone="+919812345678"),
    "hold_vulnerability": lambda stage: _customer(stage, is_vulnerable=True),
    "hold_hardship": lambda stage: _hold(stage, "hardship"),
    "hold_complaint": lambda stage: _hold(stage, "complaint"),
    "arrears": _overdue,
    "conversation": _conversation,
    "wrong_person": _wrong_person,
    "holiday": lambda stage: BankHoliday.objects.create(day_on=NOON.date(), region="IN-MH", name="closed"),
}


@pytest.mark.parametrize("rule", DENIALS)
def test_what_happened_since_it_was_confirmed_is_seen_right_before_it_is_sent(
    stage: Stage, rule: str
) -> None:
    delivery = deliveries.queued(message(stage))
    assert asked(delivery)[0].is_allowed

    DENIALS[rule](stage)
    # The withdrawal has cancelled it already; the gate would not let it go either.
    verdict, decision = asked(delivery)

    assert verdict.rule == decision.rule == rule
    assert gate.replay(decision).is_same
    assert AuditEvent.objects.filter(action="interventions.gate.denied").count() == 1


def test_whoever_cannot_be_reached_is_not_confirmed_for(stage: Stage) -> None:
    written = draft(stage)
    _customer(stage, phone="no telephone")

    verdict = about_to_confirm(stage, written)

    assert verdict.rule == "address"
    assert "No usable address" in gate.in_words(verdict).sentences[0]


def test_a_customer_nobody_has_assessed_is_not_contacted(stage: Stage) -> None:
    delivery = deliveries.queued(message(stage))
    facts = contact_facts.facts_of(delivery=delivery, rules=packs.active_rules())
    assert facts.is_schedule_known

    _unknown_schedule(stage)

    assert asked(delivery)[0].rule == "arrears"


def test_words_that_are_not_those_confirmed_are_denied(stage: Stage) -> None:
    """The database refuses such a row; the gate would too."""
    delivery = deliveries.queued(message(stage))
    for changes in ({"body": "Pay now."}, {"channel": "voice"}, {"body_sha256": "0" * 64}):
        forged = Delivery.objects.get(pk=delivery.pk)
        for name, value in changes.items():
            setattr(forged, name, value)

        assert "body" in [denial.rule for denial in asked(forged)[0].denials]


def test_a_message_written_from_other_words_of_the_template_is_denied(stage: Stage) -> None:
    delivery = deliveries.queued(message(stage, template_hash="0" * 64))

    assert asked(delivery)[0].rule == "template"


def test_edited_words_need_exactly_their_approval(stage: Stage) -> None:
    edited = draft(stage)
    edited.is_edited, edited.state = True, Intervention.State.AWAITING_APPROVAL
    edited.save()
    assert about_to_confirm(stage, edited).rule == "edit"

    for kind, rule in (("approved", ""), ("refused", "edit")):
        EditDecision.objects.create(
            intervention=edited,
            kind=kind,
            author=edited.author,
            decided_by=governed.officer(),
            content_hash=edited.body_sha256,
            reason="read",
        )
        assert about_to_confirm(stage, edited).rule == rule


def test_a_vulnerable_customer_s_message_goes_when_whoever_confirmed_it_knew(stage: Stage) -> None:
    _customer(stage, is_vulnerable=True)
    confirmed = message(stage)
    gate.judge(intervention=confirmed, confirming=stage.manager)

    assert asked(deliveries.queued(confirmed))[0].is_allowed


def test_a_confirmation_from_before_the_customer_was_known_as_vulnerable_does_not_count(stage: Stage) -> None:
    confirmed = message(stage)
    gate.judge(intervention=confirmed, confirming=stage.manager)
    _customer(stage, is_vulnerable=True)

    assert asked(deliveries.queued(confirmed))[0].rule == "hold_vulnerability"


def test_the_bank_s_zone_stands_in_for_a_customer_s(stage: Stage) -> None:
    assert (
        contact_facts.facts_of(intervention=message(stage), rules=packs.active_rules()).time_zone
        == "Asia/Kolkata"
    )


def test_holidays_of_elsewhere_do_not_count(stage: Stage, settings: Any) -> None:
    settings.BANK_REGION = "Pune"
    for region in ("", "IN", "IN-MH", "Pune", "GB", "INX"):
        BankHoliday.objects.create(
            day_on=NOON.date() + dt.timedelta(days=len(region)), region=region, name=region or "everywhere"
        )

    found = contact_facts.facts_of(intervention=message(stage), rules=packs.active_rules()).holidays

    assert found == tuple(NOON.date() + dt.timedelta(days=n) for n in (0, 2, 4, 5))


def test_contacts_are_everything_that_was_handed_over_and_every_call(stage: Stage) -> None:
    for state, channel in (
        ("sent", "sms"),
        ("unknown", "whatsapp"),
        ("delivered", "voice"),
        ("pending", "email"),
    ):
        deliveries.brought(
            state, deliveries.queued(message(stage, channel=channel)), contacted_at=NOON - 2 * DAY
        )
    _talk(stage, "no_answer", at=NOON - 3 * DAY)
    _talk(stage, "spoke", is_inbound=True, at=NOON - 4 * DAY)
    _talk(stage, "no_answer", at=NOON - 200 * DAY)

    facts = contact_facts.facts_of(intervention=message(stage, channel="call"), rules=packs.active_rules())

    assert facts.contacts is not None
    assert facts.talks is not None
    assert sorted((each.channel, each.is_message, each.is_attempt) for each in facts.contacts) == [
        ("call", False, True),
        ("sms", True, False),
        ("voice", True, True),
        ("whatsapp", True, False),
    ]
    assert [talk.result for talk in facts.talks] == ["spoke", "no_answer"]


def facts_now(stage: Stage, *, purpose: str = Purpose.SUPPORT) -> Facts:
    found = contact_facts.facts_of_channels(case=stage.case, channels=["sms"], purpose=purpose, rules=None)
    return found["sms"]


def test_reasons_of_an_adverse_message_are_those_of_the_assessment(stage: Stage) -> None:
    assert facts_now(stage).reasons == 4

    stage.case.revision = 0

    assert facts_now(stage).reasons == 0


def test_a_case_without_a_policy_gets_no_message(stage: Stage) -> None:
    _policy_retired(stage)

    assert gate.look(case=stage.case, channel="sms").rule == "template"
    facts = facts_now(stage, purpose=Purpose.SERVICE)
    assert (facts.moment, facts.is_template_standing, facts.is_consented) == (LOOK, False, None)


@pytest.mark.parametrize(
    ("begins", "ends"), [(NOON + HOUR, None), (None, NOON - HOUR), (NOON - HOUR, NOON + HOUR)]
)
def test_validity_is_judged_by_the_gate_and_standing_apart_from_it(
    begins: dt.datetime | None, ends: dt.datetime | None
) -> None:
    policy = governed.active_policy(valid_from=begins, valid_until=ends)

    found = contact_facts._of_policy(policy, NOON)

    assert found["is_template_standing"]
    assert (found["template_valid_from"], found["template_valid_until"]) == (begins, ends)
