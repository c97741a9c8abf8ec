"""Threats that hide in a condition or behind strange spelling; and kind sentences that only sound alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions.policy import wording
from interventions.policy.readings import plain, readings

# Phrases of collection letters, and how regulators' examples of undue pressure put it.
CONDITIONS = [
    "Unless you pay we call", "Please pay or else", "Pay, otherwise we come", "Failure to pay will cost you",
    "If you do not pay by Friday", "If you don't pay", "If you dont respond", "If you fail to act",
    "If we do not hear from you", "If payment is not received", "If the amount has not been paid",
    "In case of non-payment", "Before we take further steps", "Before we refer your account", "Before we escalate",
    "We have no choice but", "To avoid further action",
    "नहीं तो हम आएँगे", "वरना हम आएँगे", "अन्यथा", "जब तक आप भुगतान नहीं करते", "यदि आप किस्त नहीं चुकाते", "अगर आपने भुगतान नहीं किया",
    "भुगतान न करने पर", "इससे पहले कि हम कदम उठाएँ", "warna dekhna", "nahi to dekhna", "jab tak aap nahi dete",
]  # fmt: skip
THREATS = [
    "Action will be taken", "You will be reported", "Your account will be blocked", "We will visit your home",
    "Our field agent", "We recover the dues", "Your case goes to our collections department", "An FIR",
    "We will tell your employer", "Your family will know", "Your entire loan becomes due",
    "कार्रवाई होगी", "आपका खाता बंद होगा", "परिवार को बता देंगे", "धमकी", "karwai hogi",
]  # fmt: skip
PRESSURE = [
    "This is your last chance", "A final opportunity", "As a last reminder", "Clear your dues", "Pay now", "Pay today",
    "You have to pay", "Do not ignore this", "Only today", "Reply within two hours", "Pay without fail",
    "आखिरी मौका", "अंतिम अवसर", "तुरन्त जमा कीजिए", "आज ही दीजिए", "turant bhugtan kijiye",
]  # fmt: skip
HIDDEN = [
    "UNLESS  YOU   PAY", "u\u200bnless you p\u2060ay", "unl\u00adess you pay", "Or  else.", "or\u00a0else",
    "or-else", "or_else", "o.r else", "lаst chаnce", "ｌａｓｔ ｃｈａｎｃｅ", "last-chance", "LAST_CHANCE",
    "la\u200dst ch\ufe0fance", "l a s t  c h a n c e", "lást chánce", "p0lice", "p.o.l.i.c.e",
    "p*o*l*i*c*e", "рοlісе", "𝐩𝐨𝐥𝐢𝐜𝐞", "p o l i c e", "l3gal act1on", "légal action", "legal, action",
    "legal/action", "क़ा\u200bनूनी", "का.नूनी", "का\u200cनूनी", "वर\u200dना",
]  # fmt: skip
KIND = [
    "Nothing changes unless you agree to it.",
    "If you cannot pay in full, call us: we can help.",
    "You do not have to pay anything extra.",
    "If you have already paid, please ignore this message.",
    "There are no extra charges for this.",
    "We can help without extra fees.",
    "If you do not need it, there is nothing for you to do.",
    "If you do not want these messages, reply STOP.",
    "Before the due date we can move it.",
    "The last 30 days. We answer within two hours.",
    "We call you back as soon as possible.",
    "You will not be charged.",
    "How would you like to pay? Now is a good time to talk.",
    "If your salary has not arrived, we can move the date.",
    "अगर आप भुगतान नहीं कर पा रहे हैं, तो कॉल करें",
    "यदि आप किस्त नहीं दे सकते, हम मदद करेंगे",
    "आपको कुछ नहीं करना होगा",
    "अगर वेतन नहीं आया है, तो हमें बताएँ",
    "जब तक आप चाहें",
    "हम समन्वय करेंगे",
    "Contact us at home@bank.example",
    "That is fine. Of course. Our courtyard. the finest. A scorecard. pursue.",
    "You can choose another option. There is no rush.",
    "Dear {first_name}, Rs 12,345.00 is due on 28 November. Call 1800 000 0000.",
    "Your instalment of {amount} falls due on {due_on}.",
    "This is no obligation. The act of kindness.",
    "If we can help, reply. If it does not suit you, tell us.",
    "The choice is yours; nothing happens if you do nothing.",
    "We take no action without you.",
    "Beware of others: we never ask for your PIN.",
    "Nobody will visit, call or write to you about this.",
]


def found(words: str, *, language: str = "en") -> list[str]:
    return wording.problems_of_line(words, language=language)


@pytest.mark.parametrize("words", CONDITIONS + THREATS)
def test_threats_are_found_in_either_language(words: str) -> None:
    for language in ("en", "hi"):
        assert any("threat" in each for each in found(f"Good day. {words}.", language=language))


@pytest.mark.parametrize("words", PRESSURE)
def test_pressure_is_found_in_either_language(words: str) -> None:
    for language in ("en", "hi"):
        assert any("presses" in each for each in found(f"Good day. {words}.", language=language))


@pytest.mark.parametrize("words", HIDDEN)
def test_strange_spelling_hides_nothing(words: str) -> None:
    assert any("threat" in each or "presses" in each for each in found(f"Good day, {words}"))


@pytest.mark.parametrize("words", KIND)
def test_kind_sentences_are_left_alone(words: str) -> None:
    assert [each for each in found(words) if "No record" not in each] == []


def test_what_is_found_is_said_once() -> None:
    (said,) = found("It is le\u200bgal-action")

    assert said == "“legal action” can be read as a threat."


def test_words_of_two_sentences_are_not_read_as_one() -> None:
    assert found("Say how you want to pay. Now we can help; act? Now or later.") == []


@given(st.text(max_size=200))
def test_any_text_has_readings(text: str) -> None:
    assert readings(text)[0] == plain(text)


@given(
    st.sampled_from(["police", "or else", "last chance", "unless you pay"]),
    st.lists(st.sampled_from("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\u0301"), min_size=1, max_size=4),
    st.data(),
)
def test_invisible_letters_anywhere_hide_nothing(words: str, hidden: list[str], data: st.DataObject) -> None:
    for each in hidden:
        place = data.draw(st.integers(0, len(words)))
        words = words[:place] + each + words[place:]

    assert found(words.upper()) != []
