"""What no message to a customer may say, and what each must. Pure.

A list of words is no judgement: it finds slips, and a second person still reads every text.
"""

import re
import unicodedata
from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interventions.messages.sms_segments import segments
from interventions.policy.forbidden_words import DIAGNOSES, PRESSURE, THREATS
from interventions.policy.readings import plain, readings

ENGLISH, HINDI = "en", "hi"
SMS, WHATSAPP, EMAIL, VOICE, CALL = "sms", "whatsapp", "email", "voice", "call"
SEGMENTS_MOST = {ENGLISH: 3, HINDI: 5}
LETTERS_MOST = {WHATSAPP: 1024, EMAIL: 5000, VOICE: 800, CALL: 1500}
# As long as values really are, so that a template is measured as it will be sent.
TYPICAL = {
    "first_name": "Venkatesh",
    "amount": "Rs 12,345.00",
    "due_on": "28 November",
    "bank_name": "Equilibrate Bank",
    "bank_phone": "1800 000 0000",
    "advice_line": "1800 000 0001",
    "rm_name": "Venkatesh Kulkarni",
    "opt_out": "Reply STOP to get no more of these messages.",
    "help_link": "Your answer: https://help.bank.example.in/h/4fT9sLq0ZbX1cVmN7kRw2Y",
    "personal_line": "",
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_FIGURE = re.compile(r"\d[\d.,:/-]*")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_OPT_OUT = {
    ENGLISH: re.compile(r"\bSTOP\b|\{opt_out\}"),
    HINDI: re.compile(r"रोकें.*\bSTOP\b|\{opt_out\}", re.DOTALL),
}
_SAID_STOP = {ENGLISH: re.compile(r"\bstop\b", re.IGNORECASE), HINDI: re.compile("रोकें")}
# In plain text (`readings.plain`).
_ADVICE = {
    ENGLISH: re.compile(r"\{advice_line\}|debt advice"),
    HINDI: re.compile(r"\{advice_line\}|कर्ज सलाह"),
}


def problems(text: str, *, channel: str, language: str, known: Collection[str] = ()) -> list[str]:
    """What is wrong with a message, in sentences for whoever wrote it; empty: nothing was found.

    Args:
        text: The message, with {placeholders} or filled.
        channel: A `Channel`; it decides the length and whether opt-out words are needed (not in a call).
        language: "en" or "hi"; words of both are looked for.
        known: What the records say (the values of the placeholders): figures and links in them are not invented.
    """
    found = problems_of_line(text, language=language, known=known)
    if channel != CALL:
        said = (_SAID_STOP if channel == VOICE else _OPT_OUT)[_of(language)]
        if not said.search(text):
            found.append(_opt_out_wanted(language))
        if not _ADVICE[_of(language)].search(plain(text)):
            found.append(_("Say where free debt advice is to be had: {advice_line}."))
    return found + _too_long(text, channel, language)


def problems_of_line(text: str, *, language: str, known: Collection[str] = ()) -> list[str]:
    """What is wrong with a sentence inside a message: its words, figures and links, not what a whole message needs."""
    read = readings(text)
    found = []
    for words, says in ((THREATS, _threatens), (DIAGNOSES, _diagnoses), (PRESSURE, _presses)):
        found += [says(each) for each in _found(words, read)]
    rest = _without(text, known)
    invented = sorted({each.group().rstrip(".,:/-") for each in _FIGURE.finditer(rest)})
    found += [
        _("No record gives the figure %(figure)s: use a placeholder.") % {"figure": each} for each in invented
    ]
    found += [_("A link that the bank's records do not give: %(link)s.") % {"link": each}
              for each in sorted(set(_LINK.findall(rest)))]  # fmt: skip
    return found


def _of(language: str) -> str:
    return HINDI if language == HINDI else ENGLISH


def _found(words: re.Pattern[str], read: Collection[str]) -> list[str]:
    """The words in any reading, in the order in which they stand; said once, whatever points a reading takes out."""
    found = [match.group().strip() for each in read for match in words.finditer(each)]
    return list({re.sub(r"[^\w\u0900-\u097f]", "", each): each for each in reversed(found)}.values())[::-1]


def _without(text: str, known: Collection[str]) -> str:
    text = _PLACEHOLDER.sub(" ", text)
    for value in sorted(filter(None, known), key=len, reverse=True):
        text = text.replace(value, " ")
    return unicodedata.normalize("NFKC", text)


def _threatens(words: str) -> str:
    return _("“%(words)s” can be read as a threat.") % {"words": words}


def _diagnoses(words: str) -> str:
    return _("“%(words)s” tells the customer what the bank believes about them.") % {"words": words}


def _presses(words: str) -> str:
    return _("“%(words)s” presses the customer.") % {"words": words}


def _opt_out_wanted(language: str) -> str:
    if _of(language) == HINDI:
        return _("Say how to get no more messages: रोकें and STOP must be in the text.")
    return _("Say how to get no more messages: STOP must be in the text.")


def _too_long(text: str, channel: str, language: str) -> list[str]:
    filled = _PLACEHOLDER.sub(lambda match: TYPICAL.get(match.group(1), "x" * 20), text)
    if channel == SMS:
        count, most = segments(filled), SEGMENTS_MOST[_of(language)]
        unit = ngettext("%(count)s part", "%(count)s parts", count) % {"count": count}
        return [] if count <= most else [
            _("The SMS is sent in %(parts)s; %(most)s are the most.") % {"parts": unit, "most": most}
        ]  # fmt: skip
    most = LETTERS_MOST[channel]
    return [] if len(filled) <= most else [
        _("The text has %(count)s letters; %(most)s are the most.") % {"count": len(filled), "most": most}
    ]  # fmt: skip
