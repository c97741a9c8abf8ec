"""The send gate, rule by rule."""

import copy
import dataclasses
import datetime as dt
import logging
from typing import Any
from uuid import uuid4

import pytest

from interventions import send_gate
from interventions.contact import gate_customer_checks
from interventions.contact.digests import message_sha256
from interventions.contact.gate_facts import CONFIRM, LOOK, Contact, Facts, Hold, Talk, restored, stored
from interventions.send_gate import Permit, PermitForged, Verdict
from interventions.sending.lapse import OVER
from interventions.tests.gate_facts import BODY, DELIVERY, NOON, lawful, rules
from interventions.transports.base import Message

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
INDIA = rules("india")
# Their absence says something: no address was stored, no template is limited, nothing is due, nobody is held to a time.
MAY_BE_NONE = {
    "template_valid_from",
    "template_valid_until",
    "overdue_from",
    "not_before_at",
    "customer_id",
    "intervention_id",
    "delivery_id",
}


def decided(now: dt.datetime = NOON, **changes: Any) -> Verdict:
    return send_gate.decide(facts=lawful(**changes), rules=INDIA, now=now)


def message(before: dt.timedelta, channel: str = "sms") -> Contact:
    return Contact(NOON - before, channel, is_message=True, is_attempt=False)


def call(before: dt.timedelta) -> Contact:
    return Contact(NOON - before, "call", is_message=False, is_attempt=True)


def talk(before: dt.timedelta, result: str = "spoke", channel: str = "call") -> Talk:
    return Talk(NOON - before, channel, result)


def hold(kind: str, *, placed: dt.timedelta = -HOUR, until: dt.timedelta | None = None) -> Hold:
    return Hold(kind, NOON + placed, None if until is None else NOON + until)


@pytest.mark.parametrize("name", ["india", "uk", "us"])
def test_what_nothing_stands_against_is_allowed(name: str) -> None:
    verdict = send_gate.decide(facts=lawful(), rules=rules(name), now=NOON + 4 * HOUR)

    assert verdict.is_allowed or verdict.rule == "quiet_hours"
    assert decided() == Verdict(True, "", (), None, decided().trace)


def test_every_rule_is_asked_in_one_order_whatever_the_others_say() -> None:
    names = [name for name, _ in send_gate.RULES]

    for verdict in (decided(), decided(is_case_open=False, is_consented=None, is_held_out=True)):
        assert [step.rule for step in verdict.trace] == names
    assert len(set(names)) == len(names)


def test_the_first_rule_that_denies_is_named_and_all_are_told() -> None:
    verdict = decided(is_consented=False, is_case_open=False, address_problem="missing")

    assert verdict.rule == "case"
    assert [denial.rule for denial in verdict.denials] == ["case", "consent", "address"]


FOR_GOOD: list[tuple[str, dict[str, Any]]] = [
    ("breaker", {"is_breaker_open": True}),
    ("breaker", {"sent_last_hour": 500}),
    ("case", {"is_case_open": False}),
    ("template", {"is_template_standing": False}),
    ("template", {"is_template_as_written": False}),
    ("template", {"template_valid_until": NOON}),
    ("body", {"is_body_intact": False}),
    ("edit", {"is_edited": True}),
    ("adverse", {"effect": "adverse", "is_automatic": False, "reasons": 0}),
    ("adverse", {"effect": "unheard of"}),
    ("confirmed", {"is_automatic": True, "level": "HIGH"}),
    ("confirmed", {"is_automatic": True, "level": "MEDIUM", "effect": "agreed"}),
    ("confirmed", {"confirmed_by": None}),
    ("confirmed", {"confirmed_at": None}),
    ("confirmed", {"moment": "another"}),
    ("consent", {"is_consented": None}),
    ("consent", {"is_consented": False}),
    ("address", {"address_problem": "missing"}),
    ("address", {"address_problem": "changed"}),
    ("holdout", {"is_held_out": True}),
    ("hold_vulnerability", {"is_vulnerable": True}),
    ("hold_vulnerability", {"holds": (hold("vulnerability"),)}),
    ("hold_hardship", {"holds": (hold("hardship"),)}),
    ("hold_arrears", {"holds": (hold("arrears"),)}),
    ("hold_complaint", {"holds": (hold("complaint"),)}),
    ("hold_legal", {"holds": (hold("legal"),)}),
    ("hold_bereavement", {"holds": (hold("bereavement"),)}),
    ("hold_other", {"holds": (hold("a new kind"),)}),
    ("arrears", {"overdue_from": NOON}),
    ("arrears", {"is_schedule_known": False}),
]


@pytest.mark.parametrize(("rule", "changes"), FOR_GOOD)
def test_what_time_does_not_end_is_denied_without_a_next_moment(rule: str, changes: dict[str, Any]) -> None:
    # Holds that ask for a look were placed after the message was confirmed.
    if "holds" in changes:
        changes = {**changes, "confirmed_at": NOON - 2 * HOUR}

    verdict = decided(**changes)

    assert (verdict.is_allowed, verdict.rule) == (False, rule)
    assert [denial.rule for denial in verdict.denials] == [rule]
    assert verdict.next_lawful_at is None
    assert verdict.permit is None


@pytest.mark.parametrize("place", ["", "India", "Mars/Olympus", "localtime", "Factory", "../etc/passwd"])
def test_nobody_is_contacted_where_the_hour_is_unknown(place: str) -> None:
    verdict = decided(time_zone=place)

    assert [denial.rule for denial in verdict.denials] == ["zone", "holiday", "quiet_hours"]
    assert verdict.next_lawful_at is None


@pytest.mark.parametrize("changes", [{"channel": "pigeon"}, {"purpose": "marketing"}])
def test_channels_and_purposes_that_the_pack_does_not_name_are_denied(changes: dict[str, Any]) -> None:
    assert decided(**changes).rule == "purpose"


FOR_A_WHILE: list[tuple[str, dict[str, Any], dt.datetime]] = [
    ("template", {"template_valid_from": NOON + HOUR}, NOON + HOUR),
    ("hold_complaint", {"holds": (hold("complaint", until=2 * HOUR),)}, NOON + 2 * HOUR),
    ("conversation", {"talks": (talk(6 * DAY), talk(20 * DAY))}, NOON + DAY),
    ("frequency", {"contacts": (call(HOUR), *(message(n * DAY) for n in range(1, 7)))}, NOON + DAY),
    ("message_cool_down", {"contacts": (message(19 * HOUR, "email"),)}, NOON + HOUR),
    ("call_cool_down", {"channel": "call", "contacts": (call(3 * HOUR),)}, NOON + HOUR),
    ("wrong_person", {"talks": (talk(29 * DAY, "wrong_person"),)}, NOON + DAY),
    ("schedule", {"not_before_at": NOON + HOUR}, NOON + HOUR),
    ("holiday", {"holidays": (dt.date(2026, 2, 17),)}, dt.datetime(2026, 2, 18, 2, 30, tzinfo=dt.UTC)),
]


@pytest.mark.parametrize(("rule", "changes", "until"), FOR_A_WHILE)
def test_what_time_ends_is_denied_until_then(rule: str, changes: dict[str, Any], until: dt.datetime) -> None:
    verdict = decided(**changes)

    assert [denial.rule for denial in verdict.denials] == [rule]
    assert verdict.next_lawful_at == until
    assert not decided(until - dt.timedelta(microseconds=1), **changes).is_allowed
    assert decided(until, **changes).is_allowed


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-02-17T19:00+05:30", "2026-02-18T08:00+05:30"),
        ("2026-02-17T07:59:59+05:30", "2026-02-17T08:00+05:30"),
        ("2026-02-21T19:00+05:30", "2026-02-22T09:00+05:30"),
    ],
)
def test_quiet_hours_end_in_the_morning(now: str, opens: str) -> None:
    verdict = decided(dt.datetime.fromisoformat(now))

    assert (verdict.rule, verdict.next_lawful_at) == ("quiet_hours", dt.datetime.fromisoformat(opens))


def test_nobody_is_called_on_a_sunday() -> None:
    verdict = decided(NOON + 5 * DAY, channel="call")

    assert verdict.rule == "quiet_hours"
    assert verdict.next_lawful_at == dt.datetime(2026, 2, 23, 2, 30, tzinfo=dt.UTC)


def test_several_waits_end_together_at_a_lawful_hour() -> None:
    verdict = decided(
        contacts=(message(HOUR),), holidays=(dt.date(2026, 2, 18),), talks=(talk(5 * DAY, "wrong_person"),)
    )

    assert [denial.rule for denial in verdict.denials] == ["message_cool_down", "wrong_person"]
    assert verdict.next_lawful_at == NOON + 25 * DAY


def test_no_next_moment_where_what_would_be_sent_has_lapsed_by_then() -> None:
    lapses: list[dict[str, Any]] = [{"template_valid_until": NOON + HOUR}, {"overdue_from": NOON + HOUR}]
    for lapse in lapses:
        assert decided(not_before_at=NOON + 2 * HOUR, **lapse).next_lawful_at is None
        assert decided(not_before_at=NOON + 2 * HOUR).next_lawful_at is not None


def test_no_next_moment_where_every_day_is_a_holiday() -> None:
    days = tuple(dt.date(2026, 2, 17) + n * DAY for n in range(2000))

    assert decided(holidays=days).next_lawful_at is None


def test_no_next_moment_where_a_channel_has_no_hours() -> None:
    hours = dict.fromkeys(("weekdays", "saturday", "sunday"))
    pack = rules("india", contact_hours=dict.fromkeys(INDIA.contact_hours, hours))

    verdict = send_gate.decide(facts=lawful(), rules=pack, now=NOON)

    assert (verdict.rule, verdict.next_lawful_at) == ("quiet_hours", None)


def test_calls_and_messages_have_cool_downs_of_their_own() -> None:
    assert decided(contacts=(call(HOUR),)).is_allowed
    assert decided(channel="call", contacts=(message(HOUR),)).is_allowed
    assert decided(channel="email", talks=(talk(DAY, "wrong_person"),)).is_allowed


def test_calls_have_a_cap_of_their_own() -> None:
    contacts = tuple(call(n * DAY) for n in (1, 2, 3))

    assert decided(contacts=contacts).is_allowed
    assert decided(channel="call", contacts=contacts).next_lawful_at == NOON + 4 * DAY


def test_a_contact_counts_until_the_cap_s_days_are_over() -> None:
    contacts = tuple(message(2 * DAY + n * HOUR) for n in range(6))

    assert decided(contacts=(*contacts, message(7 * DAY))).is_allowed
    assert not decided(contacts=(*contacts, message(7 * DAY - HOUR))).is_allowed


def test_service_messages_go_to_those_overdue_or_held_out() -> None:
    assert decided(purpose="service", overdue_from=NOON, is_held_out=True).is_allowed


def test_service_messages_may_follow_a_conversation_where_the_pack_says_so() -> None:
    pack = rules("india", after_conversation={"days": 7, "purposes": ["support"]})
    facts = lawful(purpose="service", talks=(talk(HOUR),))

    assert send_gate.decide(facts=facts, rules=pack, now=NOON).is_allowed


REVIEWED: list[dict[str, Any]] = [
    {"is_vulnerable": True, "is_vulnerability_known": True},
    {"holds": (hold("vulnerability", placed=-2 * HOUR),)},
    {"holds": (hold("hardship", placed=-2 * HOUR),)},
]


@pytest.mark.parametrize("changes", REVIEWED)
def test_a_hold_for_review_lets_pass_what_a_person_confirmed_knowing_of_it(changes: dict[str, Any]) -> None:
    assert decided(**changes, confirmed_at=NOON - HOUR).is_allowed
    assert decided(**changes, moment=LOOK, confirmed_at=None, confirmed_by=None).is_allowed
    unseen: list[dict[str, Any]] = [{"is_automatic": True, "level": "MEDIUM"}, {"confirmed_by": None}]
    for nobody in unseen:
        assert not decided(**changes, **nobody).is_allowed


def test_a_confirmation_at_the_moment_of_the_hold_did_not_know_of_it() -> None:
    changes: dict[str, Any] = {"holds": (hold("hardship", placed=-HOUR),)}

    assert not decided(**changes, confirmed_at=NOON - HOUR).is_allowed
    assert decided(**changes, confirmed_at=NOON - HOUR + dt.timedelta(microseconds=1)).is_allowed


def test_a_pack_may_deny_the_vulnerable_altogether() -> None:
    pack = rules("india", holds=dict.fromkeys(gate_customer_checks.KINDS, "deny"))

    for changes in REVIEWED:
        verdict = send_gate.decide(facts=lawful(**changes), rules=pack, now=NOON)
        assert verdict.rule.startswith("hold_")


def test_a_hold_that_is_over_holds_no_more() -> None:
    assert decided(holds=(hold("legal", placed=-DAY, until=dt.timedelta(0)),)).is_allowed


def test_a_hold_without_end_outlasts_one_that_ends() -> None:
    assert decided(holds=(hold("legal"), hold("legal", until=HOUR))).next_lawful_at is None


def test_automatic_messages_go_out_where_the_pack_says_so() -> None:
    changes: dict[str, Any] = {
        "is_automatic": True,
        "level": "MEDIUM",
        "confirmed_at": None,
        "confirmed_by": None,
    }

    assert decided(**changes).is_allowed
    assert decided(**changes, effect="adverse").rule == "adverse"
    assert decided(**changes, channel="voice").rule == "confirmed"


def test_adverse_words_go_out_with_reasons_and_a_person() -> None:
    assert decided(effect="adverse").is_allowed


def test_edited_words_go_out_when_somebody_approved_them() -> None:
    assert decided(is_edited=True, is_edit_approved=True).is_allowed


def test_a_look_needs_no_words_and_gives_no_permit() -> None:
    verdict = decided(moment=LOOK, body_sha256=None, is_body_intact=None, is_edited=None, confirmed_at=None)

    assert verdict.is_allowed
    assert verdict.permit is None


def test_without_a_pack_nothing_is_allowed() -> None:
    verdict = send_gate.decide(facts=lawful(), rules=None, now=NOON)

    assert (verdict.is_allowed, verdict.rule, verdict.next_lawful_at) == (False, "pack", None)


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Facts) if field.default is None])
def test_a_missing_fact_denies(name: str) -> None:
    """Whatever rule needs it; some are needed only in a situation, which is made here."""
    situations: dict[str, dict[str, Any]] = {
        "is_edit_approved": {"is_edited": True},
        "is_vulnerability_known": {"is_vulnerable": True},
        "level": {"is_automatic": True},
        "reasons": {"effect": "adverse"},
    }

    verdict = decided(**{**situations.get(name, {}), name: None})

    assert verdict.is_allowed == (name in MAY_BE_NONE)


def test_facts_about_nothing_are_denied() -> None:
    verdict = send_gate.decide(facts=Facts(), rules=INDIA, now=NOON)

    assert verdict.rule == "breaker"
    assert not verdict.is_allowed


def test_a_channel_without_a_cap_is_denied() -> None:
    pack = dataclasses.replace(INDIA, caps=())

    assert send_gate.decide(facts=lawful(), rules=pack, now=NOON).rule == "frequency"


@pytest.mark.parametrize("name", [name for name, _ in send_gate.RULES])
def test_a_rule_that_breaks_denies_and_cries(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("asha@example.com")

    monkeypatch.setattr(
        send_gate, "RULES", [(rule, broken if rule == name else check) for rule, check in send_gate.RULES]
    )

    with caplog.at_level(logging.CRITICAL, "interventions.send_gate"):
        verdict = decided()

    assert (verdict.rule, verdict.next_lawful_at) == ("fault", None)
    assert verdict.denials[0].looked_at == {"in": name, "error": "RuntimeError"}
    assert name in caplog.text
    assert "asha" not in caplog.text


def test_a_moment_without_a_zone_is_a_fault() -> None:
    assert decided(NOON.replace(tzinfo=None)).rule == "fault"


def sent(**changes: Any) -> Message:
    given: dict[str, Any] = {
        "delivery_id": DELIVERY,
        "key": uuid4(),
        "channel": "sms",
        "address": "+919876543210",
        "subject": "",
        "body": BODY,
        "language": "en",
        "handed_over_at": NOON,
        "lapse": OVER,
    }
    return Message(**(given | changes))


def permit_of(now: dt.datetime = NOON, **changes: Any) -> Permit:
    permit = decided(now, **changes).permit
    assert permit is not None
    return permit


def test_a_permit_covers_its_message_alone() -> None:
    permit = permit_of()

    assert permit.covers(sent())
    for changes in (
        {"delivery_id": uuid4()},
        {"channel": "whatsapp"},
        {"address": "+919876543211"},
        {"subject": "Pay now"},
        {"body": BODY + " "},
    ):
        assert not permit.covers(sent(**changes))


def test_a_permit_binds_the_subject() -> None:
    words = {"subject": "We can help", "body": BODY}
    permit = permit_of(channel="email", address="a@example.com", body_sha256=message_sha256(**words))

    assert permit.covers(sent(channel="email", address="a@example.com", **words))
    assert not permit.covers(sent(channel="email", address="a@example.com", body=BODY))


@pytest.mark.parametrize(
    ("changes", "lasts"),
    [
        ({}, dt.timedelta(minutes=15)),
        ({"template_valid_until": NOON + 5 * HOUR / 60}, dt.timedelta(minutes=5)),
        ({"overdue_from": NOON + 4 * HOUR / 60}, dt.timedelta(minutes=4)),
    ],
)
def test_a_permit_lasts_a_little_while(changes: dict[str, Any], lasts: dt.timedelta) -> None:
    permit = permit_of(**changes)

    assert permit.until == NOON + lasts
    assert permit.covers(sent(), at=NOON + lasts - dt.timedelta(microseconds=1))
    assert not permit.covers(sent(), at=NOON + lasts)


def test_a_permit_ends_where_quiet_hours_begin() -> None:
    closing = dt.datetime(2026, 2, 17, 13, 30, tzinfo=dt.UTC)

    assert permit_of(closing - dt.timedelta(minutes=1)).until == closing


@pytest.mark.parametrize(
    "changes",
    [{"moment": CONFIRM}, {"moment": LOOK}, {"address": ""}, {"delivery_id": None}],
)
def test_only_a_delivery_about_to_be_sent_gets_a_permit(changes: dict[str, Any]) -> None:
    verdict = decided(**changes)

    assert verdict.is_allowed
    assert verdict.permit is None


def test_nobody_else_makes_a_permit() -> None:
    permit = permit_of()

    with pytest.raises(PermitForged, match="Only the send gate"):
        Permit(DELIVERY, "sms", "+919876543210", "0" * 64, NOON, object())
    with pytest.raises(TypeError):
        Permit(DELIVERY, "sms", "+919876543210", "0" * 64, NOON)  # type: ignore[call-arg]
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(permit, address="+910000000000")  # type: ignore[call-arg]
    with pytest.raises(dataclasses.FrozenInstanceError):
        permit.address = "+910000000000"  # type: ignore[misc]
    assert copy.copy(permit) == permit


def test_addresses_are_in_no_stored_fact_and_no_repr() -> None:
    facts = lawful()

    assert "9876543210" not in str(stored(facts)) + repr(facts) + repr(decided()) + repr(permit_of())


def test_stored_facts_come_back_as_they_were_but_for_the_address() -> None:
    facts = lawful(
        holds=(hold("legal", until=HOUR),),
        contacts=(call(HOUR),),
        talks=(talk(HOUR),),
        holidays=(dt.date(2026, 2, 18),),
        overdue_from=NOON,
    )

    assert restored(stored(facts)) == dataclasses.replace(facts, address="")
