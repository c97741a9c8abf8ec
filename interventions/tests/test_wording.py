"""What a message may not say and must say, and how long it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions.messages.sms_segments import GSM_7, GSM_7_EXTENDED, is_gsm_7, segments
from interventions.models import PolicyTemplate
from interventions.policy import checking, wording
from interventions.policy.content import texts_of
from interventions.policy.texts import first, making
from risk.levels import Hardship, Level

GOOD = "Dear {first_name}, call {bank_phone}. Free debt advice: {advice_line}. Reply STOP to opt out."
GOOD_HI = "नमस्ते {first_name} जी। कॉल करें: {bank_phone}। मुफ़्त कर्ज़ सलाह: {advice_line}। संदेश रोकें: STOP"


def found(text: str, *, channel: str = "sms", language: str = "en") -> list[str]:
    return wording.problems(text, channel=channel, language=language)


@pytest.mark.parametrize(("text", "language"), [(GOOD, "en"), (GOOD_HI, "hi")])
def test_good_text_has_no_problems(text: str, language: str) -> None:
    assert found(text, language=language) == []


@pytest.mark.parametrize(
    ("words", "because"),
    [
        ("We will take legal action", "threat"),
        ("LEGAL  ACTION follows", "threat"),
        ("The court will decide", "threat"),
        ("A recovery agent will visit you", "threat"),
        ("This affects your credit score", "threat"),
        ("a penalty applies", "threat"),
        ("po\u200blice", "threat"),
        ("ｐｏｌｉｃｅ", "threat"),
        ("We will contact your employer", "threat"),
        ("You are at high risk of default", "believes"),
        ("Our model says so", "believes"),
        ("You are struggling", "believes"),
        ("You spend too much", "believes"),
        ("we’ve seen? We have noticed it", "believes"),
        ("You lost your job", "believes"),
        ("You can’t afford it", "believes"),
        ("Pay immediately", "presses"),
        ("This is your final notice", "presses"),
        ("You must call", "presses"),
        ("You will be sued", "threat"),
        ("पुलिस को बताएँगे", "threat"),
        ("संपत्ति जब्त होगी", "threat"),
        ("संपत्ति ज़ब्त होगी", "threat"),
        ("क़ानूनी कार्रवाई होगी", "threat"),
        ("आपका जोखिम अधिक है", "believes"),
        ("आप बेरोज़गार हैं", "believes"),
        ("तुरंत भुगतान कीजिए", "presses"),
    ],
)
def test_words_that_harm_are_found_in_both_languages(words: str, because: str) -> None:
    for language, text in (("en", GOOD), ("hi", GOOD_HI)):
        problems = found(f"{words}. {text}", language=language)
        assert any(because in each for each in problems), problems


@pytest.mark.parametrize(
    "words",
    [
        "That is fine", "Of course", "We issue a new card", "Our courtyard", "the finest", "A scorecard", "pursue",
        "We look forward to hearing from you",
    ],
)  # fmt: skip
def test_harmless_words_are_left_alone(words: str) -> None:
    assert found(f"{words}. {GOOD}") == []


@pytest.mark.parametrize(
    ("figure", "named"),
    [("30%", "30"), ("in 3 days", "3"), ("Rs 11,000.", "11,000"), ("५ दिन", "५"), ("１2", "12")],
)
def test_figures_that_no_record_gives_are_found(figure: str, named: str) -> None:
    assert found(f"{GOOD} {figure}") == [f"No record gives the figure {named}: use a placeholder."]


def test_figures_of_the_records_are_known() -> None:
    text = "Dear Asha, Rs 11,000.00 is due on 28 November. Call 1800 1. Free debt advice: 1800 2. STOP"
    values = ["Rs 11,000.00", "28 November", "1800 1", "1800 2", ""]

    assert wording.problems(text, channel="sms", language="en", known=values) == []
    assert wording.problems(text + " 7", channel="sms", language="en", known=values) != []


def test_links_that_no_record_gives_are_found() -> None:
    (problem,) = found(f"{GOOD} See https://example.com/pay")

    assert "https://example.com/pay" in problem
    assert wording.problems(
        f"{GOOD} www.bank.example", channel="sms", language="en", known=["www.bank.example"]
    ) == []  # fmt: skip


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "email", "voice"])
@pytest.mark.parametrize("language", ["en", "hi"])
def test_every_message_needs_opt_out_and_advice(channel: str, language: str) -> None:
    problems = found("Hello {first_name}.", channel=channel, language=language)

    assert [re.search("no more messages|debt advice", each) is not None for each in problems] == [True, True]
    needed = {"sms": "{opt_out} {advice_line}"}.get(channel, "रोकें STOP stop {advice_line}")
    assert found(needed, channel=channel, language=language) == []


def test_call_needs_neither() -> None:
    assert found("Good day, {first_name}.", channel="call") == []


def test_hindi_opt_out_must_be_readable_in_hindi() -> None:
    assert found(GOOD_HI.replace("रोकें", "बंद"), language="hi") != []


@pytest.mark.parametrize(
    ("channel", "most"), [("whatsapp", 1024), ("email", 5000), ("voice", 800), ("call", 1500)]
)
def test_length_is_bounded(channel: str, most: int) -> None:
    end = " stop STOP debt advice"
    fits = "a" * (most - len(end)) + end

    assert found(fits, channel=channel) == []
    assert f"The text has {most + 1} letters" in found("a" + fits, channel=channel)[0]


def test_sms_is_measured_with_values_as_long_as_they_are() -> None:
    long = GOOD + " word" * 90

    assert "is sent in 4 parts; 3 are the most" in found(long)[0]
    assert "is sent in 6 parts; 5 are the most" in found(GOOD_HI + " शब्द" * 48, language="hi")[0]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("न" * 70, 1),
        ("न" * 71, 2),
        ("न" * 134, 2),
        ("न" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("न" * 66 + "😀" + "न" * 66, 3),
        ("`" + "a" * 70, 2),
    ],
)
def test_parts_of_an_sms(text: str, parts: int) -> None:
    assert segments(text) == parts


@given(st.text(st.sampled_from(sorted(GSM_7 | GSM_7_EXTENDED)), max_size=700))
def test_parts_hold_what_is_sent(text: str) -> None:
    septets = sum(2 if each in GSM_7_EXTENDED else 1 for each in text)

    assert is_gsm_7(text)
    assert segments(text) == min(1, len(text)) if septets <= 160 else 153 * segments(text) >= septets


@given(
    st.text(max_size=300),
    st.sampled_from(["sms", "whatsapp", "email", "voice", "call"]),
    st.sampled_from(["en", "hi", "ta"]),
)
def test_any_text_gets_an_answer(text: str, channel: str, language: str) -> None:
    assert all(isinstance(each, str) for each in found(text, channel=channel, language=language))


def shipped() -> list[PolicyTemplate]:
    return [
        PolicyTemplate(hardship=hardship, level=level, version=1, **making.columns(policy))
        for (hardship, level), policy in first.POLICIES.items()
    ]


def test_first_pack_covers_every_hardship_and_level() -> None:
    assert set(first.POLICIES) == {(hardship, level) for hardship in Hardship for level in Level}


def test_first_pack_has_no_faults() -> None:
    assert {
        str(each): checking.policy_faults(each) for each in shipped() if checking.policy_faults(each)
    } == {}


def test_first_pack_speaks_on_every_channel_where_anybody_is_contacted() -> None:
    expected = {
        ("sms", "en"),
        ("sms", "hi"),
        ("whatsapp", "en"),
        ("email", "en"),
        ("voice", "en"),
        ("call", "en"),
    }
    silent = {str(each) for each in shipped() if not each.messages}

    assert silent == {"None × LOW v1", "Income shock × LOW v1", "Expense compression × LOW v1"}
    assert all(set(texts_of(each.messages)) == expected for each in shipped() if each.messages)


def test_english_sms_are_of_the_short_alphabet() -> None:
    assert all(is_gsm_7(each.messages["sms"]["en"]) for each in shipped() if each.messages)


def test_only_changed_terms_that_a_call_offers_are_tagged_as_agreed() -> None:
    agreed = {(each.hardship, each.level) for each in shipped() if each.effect == "agreed"}

    assert agreed == {(hardship, Level.HIGH) for hardship in Hardship}
    assert all(each.relief_kinds for each in shipped() if each.effect == "agreed")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"action": " "}, "Say what staff are asked to do"),
        ({"relief_kinds": ["gift"]}, "gift is no kind of relief"),
        ({"messages": {"fax": {"en": "x"}}}, "fax is no channel"),
        ({"messages": {"sms": "x"}}, "sms is no channel"),
        ({"messages": {"sms": {"xx": "x"}}}, "SMS has no text in xx"),
        ({"messages": {"sms": {"en": 7}}}, "SMS has no text in en"),
        ({"messages": {"email": {"en": "x"}}}, "e-mail has no text in en"),
        ({"messages": {"email": {"en": {"subject": "x", "body": " "}}}}, "e-mail has no text in en"),
        ({"messages": {"sms": {"en": "{first_name"}}}, "A brace in the text"),
        ({"messages": {"sms": {"en": "{first_name!r}"}}}, "no plain placeholder"),
        ({"messages": {"email": {"en": {"subject": "Final notice", "body": GOOD}}}}, "presses the customer"),
        ({"fields": {"amount": {"label": "x", "max_length": 9}}}, "The field amount needs"),
        ({"fields": {"x y": {"label": "x", "max_length": 9}}}, "The field x y needs"),
        ({"fields": {"x": {"label": "x", "max_length": 0}}}, "The field x needs"),
        ({"fields": {"x": {"label": "x"}}}, "The field x needs"),
        ({"fields": {"x": {"label": "x", "max_length": 2, "default": "long"}}}, "The field x needs"),
    ],
)
def test_faults_of_a_policy_are_told(changes: dict[str, object], fault: str) -> None:
    template = PolicyTemplate(**{"hardship": 1, "level": 3, "version": 1, "action": "Call", **changes})

    assert any(fault in each for each in checking.policy_faults(template))
