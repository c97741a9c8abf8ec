"""What the first pack offers exists: as a kind of relief, permitted by the same policy, for the same hardship."""

import re
from collections.abc import Iterator

import pytest

from interventions.help.relief import Kind
from interventions.help.relief_rules import Rules
from interventions.policy.content import texts_of
from interventions.policy.texts.first import POLICIES
from interventions.policy.texts.making import Policy, columns
from risk.levels import Hardship, Level

# How a text speaks of a kind of relief, in English and in Hindi.
SPOKEN_OF = {
    Kind.DUE_DATE_MOVE: r"another (due )?(day|date)|due date|mov(e|ing)\b|day (right|just) (after|behind)|दूसरी\s+तारीख़"
    r"|तारीख़\s+(बदलने|वेतन)",
    Kind.INSTALMENT_SPLIT: r"split|parts|हिस्से|हिस्सों",
    Kind.PAYMENT_HOLIDAY: r"paus(e|ing)|विराम",
}
# What no relief here does: the terms of the loan itself are the lending team's.
NOT_OURS = r"tenure|restructur|refinanc|consolidat|(smaller|lower) instalment|interest rate|waive|some months|छोटी किस्त"
LENDING = "lending team"


def named(text: str) -> set[str]:
    return {kind for kind, words in SPOKEN_OF.items() if re.search(words, text, re.IGNORECASE)}


def texts(policy: Policy) -> Iterator[tuple[str, str]]:
    yield "action", policy.action
    for (channel, language), text in texts_of(columns(policy)["messages"]).items():
        yield f"{channel} {language}", f"{text.subject}\n{text.body}"


EVERY_TEXT = [
    pytest.param(policy, text, id=f"{Hardship(hardship).name} {Level(level).name} {where}")
    for (hardship, level), policy in POLICIES.items()
    for where, text in texts(policy)
]


@pytest.mark.parametrize(("policy", "text"), EVERY_TEXT)
def test_relief_that_a_text_speaks_of_is_permitted_by_its_policy(policy: Policy, text: str) -> None:
    assert named(text) <= set(policy.relief_kinds)


@pytest.mark.parametrize(("policy", "text"), EVERY_TEXT)
def test_no_text_offers_what_there_is_not(policy: Policy, text: str) -> None:
    assert re.search(NOT_OURS, text, re.IGNORECASE) is None


@pytest.mark.parametrize(("key", "policy"), POLICIES.items())
def test_sms_offers_the_same_in_both_languages(key: tuple[int, int], policy: Policy) -> None:
    found = columns(policy)["messages"].get("sms", {"en": "", "hi": ""})

    assert named(found["hi"]) == named(found["en"])


def test_pause_is_offered_where_the_bank_pauses() -> None:
    pausing = {
        Hardship(key[0]).name for key, each in POLICIES.items() if "payment_holiday" in each.relief_kinds
    }

    assert pausing == set(Rules().holiday_hardships)


def test_whoever_hands_over_to_the_lending_team_says_so_to_the_customer() -> None:
    handing = {key for key, each in POLICIES.items() if LENDING in each.action}

    assert {Hardship(hardship).name for hardship, _level in handing} == {
        "EXPENSE_COMPRESSION",
        "OVER_LEVERAGE",
    }
    assert all(LENDING in columns(POLICIES[key])["messages"]["call"]["en"] for key in handing)


@pytest.mark.parametrize("words", ["Call; offer a review and a longer tenure", "offer smaller instalments"])
def test_words_of_other_terms_are_recognised(words: str) -> None:
    assert re.search(NOT_OURS, words)
