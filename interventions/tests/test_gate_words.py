"""What the gate said, in words."""

import datetime as dt
from typing import Any

import pytest

from interventions import send_gate
from interventions.contact import gate_sentences, gate_words
from interventions.contact.gate_facts import Hold
from interventions.contact.gate_words import in_words
from interventions.send_gate import Denial, Verdict
from interventions.tests.gate_facts import NOON, lawful, rules
from interventions.tests.test_send_gate import FOR_A_WHILE, FOR_GOOD, REVIEWED, hold

HOUR = dt.timedelta(hours=1)
INDIA = rules("india")
# What a sentence of each rule must tell.
TELLS = {
    "breaker": "nothing more goes out|stopped",
    "case": "closed",
    "purpose": "do not permit",
    "template": "policy",
    "body": "Write the message again",
    "edit": "Somebody other than the author",
    "adverse": "disadvantage",
    "confirmed": "confirm|not known",
    "consent": "agreed|does not want",
    "address": "address",
    "zone": "time zone",
    "holdout": "comparison group",
    "arrears": "overdue|overdue_from",
    "conversation": "left in peace",
    "frequency": "7 is the most",
    "message_cool_down": "20 hours",
    "call_cool_down": "4 hours",
    "wrong_person": "somebody else answered",
    "schedule": "meant for",
    "holiday": "bank holiday",
    "quiet_hours": "from 08:00 to 19:00",
}


def verdict(now: dt.datetime = NOON, **changes: Any) -> Verdict:
    return send_gate.decide(facts=lawful(**changes), rules=INDIA, now=now)


def test_every_rule_has_its_sentence() -> None:
    holds = {name for name, _ in send_gate.RULES if name.startswith("hold_")}

    assert {name for name, _ in send_gate.RULES} - holds | {
        "pack",
        "fault",
    } == gate_sentences.SENTENCES.keys()
    assert TELLS.keys() == gate_sentences.SENTENCES.keys() - {"pack", "fault"}


@pytest.mark.parametrize(
    ("rule", "changes"), [(rule, changes) for rule, changes, *_ in FOR_GOOD + FOR_A_WHILE]
)
def test_each_denial_is_told(rule: str, changes: dict[str, Any]) -> None:
    if "holds" in changes:
        changes = {**changes, "confirmed_at": NOON - 2 * HOUR}

    found = verdict(**changes)
    said = in_words(found)

    words = " ".join(said.sentences)
    if not rule.startswith("hold_"):
        assert any(part in words for part in TELLS[rule].split("|")), words
    assert said.next_lawful_at == found.next_lawful_at
    assert ("Nothing stands against it from" in words) == (found.next_lawful_at is not None)
    assert said.title == ("May not be sent now" if found.next_lawful_at else "May not be sent")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"holds": (hold("complaint"),)}, "Complaint: nobody is to contact the customer until the hold is lifted."),
        ({"holds": (hold("legal", until=HOUR),)}, "nobody is to contact the customer until 17 Feb, 13:00."),
        ({"holds": (hold("hardship"),), "confirmed_at": NOON - 2 * HOUR}, "Hardship arrangement: a person must read"),
        ({"holds": (hold("omens"),)}, "Another hold: nobody is to contact the customer"),
        ({"is_vulnerable": True}, "Vulnerability: a person must read and confirm this very message"),
        ({"is_held_out": None}, "What this needs is not known here (is_held_out)"),
        ({"effect": "adverse", "is_automatic": True}, "never sent without a person's decision"),
        ({"is_automatic": True}, "a person must read and confirm it"),
        ({"is_template_as_written": False}, "The policy's words have changed"),
        ({"template_valid_until": NOON}, "not valid at this time (from – until 17 Feb, 12:00)"),
        ({"address_problem": "changed"}, "address has changed"),
        ({"time_zone": "Mars/Olympus"}, "time zone (Mars/Olympus) is unknown"),
        ({"channel": "fax"}, "do not permit fax"),
        ({"purpose": "sales"}, "for this: sales"),
        ({"is_consented": False}, "does not want to be reached by SMS"),
    ],
)  # fmt: skip
def test_words_say_what_and_what_to_do(changes: dict[str, Any], words: str) -> None:
    assert words in " ".join(in_words(verdict(**changes)).sentences)


def test_a_day_without_hours_is_named() -> None:
    said = in_words(verdict(NOON + dt.timedelta(days=5), channel="call"))

    assert "It is Sunday where the customer lives" in said.sentences[0]
    assert "from 23 Feb, 08:00 on" in said.sentences[-1]


def test_an_hour_at_night_is_named() -> None:
    said = in_words(verdict(NOON + 8 * HOUR))

    assert "It is 20:00 where the customer lives: this channel is used from 08:00 to 19:00." in said.sentences


def test_no_rules_and_a_fault_are_told() -> None:
    without = send_gate.decide(facts=lawful(), rules=None, now=NOON)
    broken = verdict(NOON.replace(tzinfo=None))

    assert "No rules of contact are active" in in_words(without).sentences[0]
    assert "The check broke (now)" in in_words(broken).sentences[0]


def test_what_is_allowed_says_so() -> None:
    assert in_words(verdict()) == gate_words.Said("May be sent now", (), None)


@pytest.mark.parametrize("changes", REVIEWED)
def test_what_is_allowed_after_a_look_asks_for_it(changes: dict[str, Any]) -> None:
    said = in_words(verdict(**changes, confirmed_at=NOON - HOUR))

    assert said.title == "May be sent now"
    assert "read the message as this customer would" in said.sentences[0]


def test_the_same_sentence_is_said_once() -> None:
    twice = Verdict(False, "case", (Denial("case", True, {}), Denial("case", True, {})), None, (), None)

    assert len(in_words(twice).sentences) == 1
    assert Hold("legal", NOON).until_at is None
